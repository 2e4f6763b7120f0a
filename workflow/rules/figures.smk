"""Draw the figures of one image."""


rule figure_views:
    input:
        reference=rules.reference.output.image,
        cord=RUN.cord_mask,
        views=RUN.view_files,
    output:
        **shown(
            "figure_views",
            caption="../../report/views.rst",
            category="Images",
            subcategory=RUN.shown_name,
            labels={"figure": "1 views and reference"},
        ),
    log:
        STEPS["figure_views"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("figure_views"),
    params:
        **described(
            "figure_views.py",
            planes=RUN.view_planes,
            field=120,
        ),
    script:
        "../scripts/figure_views.py"


rule figure_comparison:
    input:
        reference=rules.reference.output.image,
        cord=RUN.cord_mask,
        images=RUN.compared_images,
        metrics=RUN.compared_metrics,
    output:
        **shown(
            "figure_comparison",
            caption="../../report/comparison.rst",
            category="Images",
            subcategory=RUN.shown_name,
            labels={"figure": "2 reconstructions and errors"},
        ),
    log:
        STEPS["figure_comparison"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("figure_comparison"),
    params:
        **described(
            "figure_comparison.py",
            shown=RUN.compared,
            field=120,
            patch=32,
        ),
    script:
        "../scripts/figure_comparison.py"


rule figure_finer:
    input:
        reference=rules.reference.output.image,
        cord=RUN.cord_mask,
        images=RUN.recipe_images,
        finer=RUN.finer_images,
    output:
        **shown(
            "figure_finer",
            caption="../../report/finer.rst",
            category="Images",
            subcategory=RUN.shown_name,
            labels=RUN.finer_labels,
        ),
    log:
        STEPS["figure_finer"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("figure_finer"),
    params:
        **described(
            "figure_finer.py",
            recipes=list(RUN.configured),
            field=64,
        ),
    script:
        "../scripts/figure_finer.py"


rule figure_viewer:
    input:
        reference=rules.reference.output.image,
        cord=RUN.cord_mask,
        images=RUN.viewed_images,
        metrics=RUN.viewed_metrics,
    output:
        **shown(
            "figure_viewer",
            caption="../../report/viewer.rst",
            category="Images",
            subcategory=RUN.shown_name,
            labels={"figure": "4 volumes, interactive"},
        ),
    log:
        STEPS["figure_viewer"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("figure_viewer"),
    params:
        **described(
            "figure_viewer.py",
            name=RUN.shown_name,
            shown=RUN.viewed,
        ),
    script:
        "../scripts/figure_viewer.py"


rule figure_along_cord:
    input:
        reference=rules.reference.output.image,
        cord=RUN.cord_mask,
        images=RUN.followed_images,
        metrics=RUN.followed_metrics,
    output:
        **shown(
            "figure_along_cord",
            caption="../../report/along_cord.rst",
            category="Images",
            subcategory=RUN.shown_name,
            labels={"figure": "8 along the cord, interactive"},
        ),
    log:
        STEPS["figure_along_cord"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("figure_along_cord"),
    params:
        **described(
            "figure_along_cord.py",
            name=RUN.shown_name,
            shown=RUN.followed,
        ),
    script:
        "../scripts/figure_along_cord.py"


rule figure_error_anatomy:
    input:
        reference=rules.reference.output.image,
        cord=RUN.cord_mask,
        images=RUN.measured_images,
        metrics=RUN.measured_metrics,
    output:
        **shown(
            "figure_error_anatomy",
            caption="../../report/error_anatomy.rst",
            category="Images",
            subcategory=RUN.shown_name,
            labels={"figure": "5 where the error is"},
        ),
    log:
        STEPS["figure_error_anatomy"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("figure_error_anatomy"),
    params:
        **described(
            "figure_error_anatomy.py",
            name=RUN.image_name,
            shown=RUN.measured,
            views=RUN.view_specs,
            profile=RUN.profile,
        ),
    script:
        "../scripts/figure_error_anatomy.py"


rule figure_profiles:
    input:
        reference=rules.reference.output.image,
        cord=RUN.cord_mask,
        images=RUN.measured_images,
        metrics=RUN.measured_metrics,
    output:
        **shown(
            "figure_profiles",
            caption="../../report/profiles.rst",
            category="Images",
            subcategory=RUN.shown_name,
            labels={"figure": "6 intensity profiles"},
        ),
    log:
        STEPS["figure_profiles"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("figure_profiles"),
    params:
        **described(
            "figure_profiles.py",
            name=RUN.image_name,
            shown=RUN.measured,
            views=RUN.view_specs,
        ),
    script:
        "../scripts/figure_profiles.py"
