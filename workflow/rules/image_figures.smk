"""Figures of one image."""


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
            subcategory=shown_name,
            labels={"figure": "1 views and reference"},
        ),
        "results/figures/{image}_desc-views_{contrast}.pdf",
    log:
        "results/logs/figures/{image}_desc-views_{contrast}.log",
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("figure_views"),
        runtime=minutes("figure_views"),
        disk_mb=disk("figure_views"),
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
            subcategory=shown_name,
            labels={"figure": "2 reconstructions and errors"},
        ),
        "results/figures/{image}_desc-comparison_{contrast}.pdf",
    log:
        "results/logs/figures/{image}_desc-comparison_{contrast}.log",
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("figure_comparison"),
        runtime=minutes("figure_comparison"),
        disk_mb=disk("figure_comparison"),
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
        images=recipe_images("reference"),
        finer=recipe_images(),
    output:
        report(
            "results/figures/{image}_res-{resolution}_desc-planes_{contrast}.png",
            caption="../../report/finer.rst",
            category="Images",
            subcategory=shown_name,
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
            subcategory=shown_name,
            labels={"figure": "4 volumes, interactive"},
        ),
    log:
        "results/logs/figures/{image}_desc-viewer_{contrast}.log",
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("figure_viewer"),
        runtime=minutes("figure_viewer"),
        disk_mb=disk("figure_viewer"),
    params:
        name=shown_name,
        shown=VIEWED,
        code=code("figure_viewer.py"),
    script:
        "../scripts/figure_viewer.py"


rule figure_error_anatomy:
    input:
        reference=rules.reference.output.image,
        cord=cord_mask,
        images=reconstructions(VIEWED),
        metrics=metrics_of(VIEWED),
    output:
        table="results/tables/{image}_desc-erroranatomy_{contrast}.tsv",
        png=report(
            "results/figures/{image}_desc-erroranatomy_{contrast}.png",
            caption="../../report/error_anatomy.rst",
            category="Images",
            subcategory=shown_name,
            labels={"figure": "5 where the error is"},
        ),
        pdf="results/figures/{image}_desc-erroranatomy_{contrast}.pdf",
    log:
        "results/logs/figures/{image}_desc-erroranatomy_{contrast}.log",
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("figure_error_anatomy"),
        runtime=minutes("figure_error_anatomy"),
        disk_mb=disk("figure_error_anatomy"),
    params:
        name=image_name,
        shown=VIEWED,
        views=view_specs,
        profile=PROFILE,
        code=code("figure_error_anatomy.py"),
    script:
        "../scripts/figure_error_anatomy.py"


rule figure_profiles:
    input:
        reference=rules.reference.output.image,
        cord=cord_mask,
        images=reconstructions(VIEWED),
        metrics=metrics_of(VIEWED),
    output:
        table="results/tables/{image}_desc-profiles_{contrast}.tsv",
        png=report(
            "results/figures/{image}_desc-profiles_{contrast}.png",
            caption="../../report/profiles.rst",
            category="Images",
            subcategory=shown_name,
            labels={"figure": "6 intensity profiles"},
        ),
        pdf="results/figures/{image}_desc-profiles_{contrast}.pdf",
    log:
        "results/logs/figures/{image}_desc-profiles_{contrast}.log",
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("figure_profiles"),
        runtime=minutes("figure_profiles"),
        disk_mb=disk("figure_profiles"),
    params:
        name=image_name,
        shown=VIEWED,
        views=view_specs,
        code=code("figure_profiles.py"),
    script:
        "../scripts/figure_profiles.py"
