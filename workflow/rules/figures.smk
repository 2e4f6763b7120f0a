"""Figures and tables, as files and in the report."""


rule figure_views:
    input:
        reference=rules.reference.output.image,
        cord=cord_mask,
        views=view_files,
    output:
        report(
            "results/figures/{image}_desc-views_{contrast}.png",
            caption="../../report/views.rst",
            category="Images",
            subcategory=image_name,
            labels={"figure": "1 views and reference"},
        ),
        "results/figures/{image}_desc-views_{contrast}.pdf",
    log:
        "results/logs/figures/{image}_desc-views_{contrast}.log",
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("figure"),
        runtime=minutes("figure"),
        disk_mb=disk("figure"),
    params:
        planes=view_planes,
        field=120,
        code=code("figure_views.py"),
    script:
        "../scripts/figure_views.py"


rule figure_comparison:
    input:
        reference=rules.reference.output.image,
        cord=cord_mask,
        images=reconstructions(COMPARED),
        metrics=metrics_of(COMPARED),
    output:
        report(
            "results/figures/{image}_desc-comparison_{contrast}.png",
            caption="../../report/comparison.rst",
            category="Images",
            subcategory=image_name,
            labels={"figure": "2 reconstructions and errors"},
        ),
        "results/figures/{image}_desc-comparison_{contrast}.pdf",
    log:
        "results/logs/figures/{image}_desc-comparison_{contrast}.log",
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("figure"),
        runtime=minutes("figure"),
        disk_mb=disk("figure"),
    params:
        shown=COMPARED,
        field=120,
        patch=32,
        code=code("figure_comparison.py"),
    script:
        "../scripts/figure_comparison.py"


rule figure_finer:
    input:
        reference=rules.reference.output.image,
        cord=cord_mask,
        images=finer_images,
    output:
        report(
            "results/figures/{image}_res-{resolution}_desc-planes_{contrast}.png",
            caption="../../report/finer.rst",
            category="Images",
            subcategory=image_name,
            labels=finer_labels,
        ),
        "results/figures/{image}_res-{resolution}_desc-planes_{contrast}.pdf",
    log:
        "results/logs/figures/{image}_res-{resolution}_desc-planes_{contrast}.log",
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("figure_finer"),
        runtime=minutes("figure_finer"),
        disk_mb=disk("figure_finer"),
    params:
        recipes=recipe_names,
        field=64,
        code=code("figure_finer.py"),
    script:
        "../scripts/figure_finer.py"


rule figure_viewer:
    input:
        reference=rules.reference.output.image,
        cord=cord_mask,
        images=reconstructions(VIEWED),
        metrics=metrics_of(VIEWED),
    output:
        page=report(
            "results/figures/{image}_desc-viewer_{contrast}.html",
            caption="../../report/viewer.rst",
            category="Images",
            subcategory=image_name,
            labels={"figure": "4 volumes, interactive"},
        ),
    log:
        "results/logs/figures/{image}_desc-viewer_{contrast}.log",
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("figure"),
        runtime=minutes("figure"),
        disk_mb=disk("figure"),
    params:
        name=image_name,
        shown=VIEWED,
        code=code("figure_viewer.py"),
    script:
        "../scripts/figure_viewer.py"


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
        groups=training_groups(config, METHODS),
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


rule summary_table:
    input:
        metrics=rules.metrics.output.table,
    output:
        table="results/tables/summary.tsv",
        page=report(
            "results/tables/summary.html",
            caption="../../report/summary.rst",
            category="Tables",
            labels={"table": "1 summary by method"},
        ),
    log:
        "results/logs/tables/summary.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        code=code("summary_table.py"),
    script:
        "../scripts/summary_table.py"


rule paired_table:
    input:
        metrics=rules.metrics.output.table,
    output:
        table="results/tables/paired.tsv",
        page=report(
            "results/tables/paired.html",
            caption="../../report/paired.rst",
            category="Tables",
            labels={"table": "2 paired comparison of methods"},
        ),
    log:
        "results/logs/tables/paired.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        baselines=config["baselines"],
        code=code("paired_table.py"),
    script:
        "../scripts/paired_table.py"


rule metrics_table:
    input:
        metrics=report(
            "results/metrics.tsv",
            caption="../../report/metrics.rst",
            category="Tables",
            labels={"table": "4 all metrics as a file"},
        ),
    output:
        page=report(
            "results/tables/metrics.html",
            caption="../../report/metrics.rst",
            category="Tables",
            labels={"table": "3 all metrics"},
        ),
    log:
        "results/logs/tables/metrics.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        code=code("metrics_table.py"),
    script:
        "../scripts/metrics_table.py"
