"""Draw the figures of the whole run, and fill its notebook."""

NOTEBOOK = ROOT / "workflow/notebooks/ablation.ipynb"


localrules:
    figure_ablation,
    figure_training,
    figure_cost,
    figure_rate,
    ablation_notebook,


rule figure_ablation:
    input:
        metrics=rules.metrics.output.table,
    output:
        screen=report(
            STEPS["figure_ablation"].files["screen"],
            caption="../../report/ablation.rst",
            category="Ablations",
            labels={"ablation": "{ablation}"},
        ),
        paper=STEPS["figure_ablation"].files["paper"],
        page=report(
            STEPS["figure_ablation"].files["page"],
            caption="../../report/ablation.rst",
            category="Ablations",
            labels={"ablation": "{ablation}, interactive"},
        ),
    log:
        STEPS["figure_ablation"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "figure_ablation.py",
            name="{ablation}",
            series=RUN.series,
            baselines=config["baselines"],
            seeds=config["seeds"],
        ),
    script:
        "../scripts/figure_ablation.py"


rule figure_training:
    input:
        curves=RUN.training_curves,
    output:
        **shown(
            "figure_training",
            caption="../../report/training.rst",
            category="Training and cost",
            labels={"figure": "training curves"},
        ),
    log:
        STEPS["figure_training"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "figure_training.py",
            methods=RUN.curve_methods,
            groups=RUN.curve_groups,
        ),
    script:
        "../scripts/figure_training.py"


rule figure_cost:
    input:
        metrics=rules.metrics.output.table,
    output:
        **shown(
            "figure_cost",
            caption="../../report/cost.rst",
            category="Training and cost",
            labels={"figure": "quality against computing time"},
        ),
    log:
        STEPS["figure_cost"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "figure_cost.py",
            baselines=config["baselines"],
        ),
    script:
        "../scripts/figure_cost.py"


rule figure_rate:
    input:
        metrics=rules.metrics.output.table,
        codes=RUN.code_table,
    output:
        **shown(
            "figure_rate",
            caption="../../report/rate_distortion.rst",
            category="Training and cost",
            labels={"figure": "quality against model size"},
        ),
    log:
        STEPS["figure_rate"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "figure_rate.py",
            series=RUN.mapping_sizes,
            baselines=config["baselines"],
        ),
    script:
        "../scripts/figure_rate.py"


rule ablation_notebook:
    input:
        metrics=rules.metrics.output.table,
    output:
        **shown(
            "ablation_notebook",
            caption="../../report/ablation_notebook.rst",
            category="Ablations",
            labels={"ablation": "notebook"},
        ),
    log:
        STEPS["ablation_notebook"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "ablation_notebook.py",
            cells=sha256(NOTEBOOK.read_bytes()).hexdigest(),
            # imported by the cells, not by the script
            cells_code=code_hash(NOTEBOOK),
        ),
    script:
        "../scripts/ablation_notebook.py"
