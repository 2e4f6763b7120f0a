"""Figures of the whole run."""


localrules:
    figure_ablation,
    figure_training,
    figure_cost,
    figure_rate,


rule figure_ablation:
    input:
        metrics=rules.metrics.output.table,
    output:
        screen=report(
            "results/figures/ablation_{ablation}.png",
            caption="../../report/ablation.rst",
            category="Ablations",
            labels={"ablation": "{ablation}"},
        ),
        paper="results/figures/ablation_{ablation}.pdf",
        page=report(
            "results/figures/ablation_{ablation}.html",
            caption="../../report/ablation.rst",
            category="Ablations",
            labels={"ablation": "{ablation}, interactive"},
        ),
    log:
        "results/logs/figures/ablation_{ablation}.log",
    wildcard_constraints:
        ablation="|".join(ABLATIONS) or "none",
    conda:
        "../../envs/isospine.yaml"
    params:
        name="{ablation}",
        series=series,
        baselines=config["baselines"],
        seeds=config["seeds"],
        code=code("figure_ablation.py"),
    script:
        "../scripts/figure_ablation.py"


rule figure_training:
    input:
        curves=training_curves,
    output:
        report(
            "results/figures/training.png",
            caption="../../report/training.rst",
            category="Training and cost",
            labels={"figure": "training curves"},
        ),
        "results/figures/training.pdf",
    log:
        "results/logs/figures/training.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        methods=curve_methods,
        groups=curve_groups,
        code=code("figure_training.py"),
    script:
        "../scripts/figure_training.py"


rule figure_cost:
    input:
        metrics=rules.metrics.output.table,
    output:
        report(
            "results/figures/cost.png",
            caption="../../report/cost.rst",
            category="Training and cost",
            labels={"figure": "quality against computing time"},
        ),
        "results/figures/cost.pdf",
    log:
        "results/logs/figures/cost.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        baselines=config["baselines"],
        code=code("figure_cost.py"),
    script:
        "../scripts/figure_cost.py"


rule figure_rate:
    input:
        metrics=rules.metrics.output.table,
    output:
        report(
            "results/figures/rate_distortion.png",
            caption="../../report/rate_distortion.rst",
            category="Training and cost",
            labels={"figure": "quality against model size"},
        ),
        "results/figures/rate_distortion.pdf",
    log:
        "results/logs/figures/rate_distortion.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        series=mapping_size_series(config, METHODS),
        baselines=config["baselines"],
        code=code("figure_rate.py"),
    script:
        "../scripts/figure_rate.py"
