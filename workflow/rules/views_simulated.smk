"""Crop the reference to what the views cover, and simulate its thick-slice views."""


rule reference:
    input:
        RUN.index_first,
        image=rules.fetch.output.image,
    output:
        **STEPS["reference"].files,
    log:
        STEPS["reference"].log,
    cache: True
    priority: 3
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("reference"),
    params:
        **described("reference.py", views=RUN.view_specs, source=RUN.source_uri),
    script:
        "../scripts/reference.py"


rule cord_mask:
    input:
        RUN.index_first,
        segmentation=rules.fetch_segmentation.output.image,
        reference=rules.reference.output.image,
        sidecar=rules.reference.output.sidecar,
    output:
        **STEPS["cord_mask"].files,
    log:
        STEPS["cord_mask"].log,
    cache: True
    priority: 3
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("cord_mask"),
    params:
        **described("cord_mask.py", source=RUN.segmentation_uri),
    script:
        "../scripts/cord_mask.py"


rule view:
    input:
        reference=rules.reference.output.image,
        sidecar=rules.reference.output.sidecar,
    output:
        **STEPS["view"].files,
    log:
        STEPS["view"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("view"),
    params:
        **described(
            "view.py",
            image=RUN.noise_name,
            view=RUN.view_spec,
            profile=RUN.profile,
            noise=config["acquisition"]["noise"],
        ),
    script:
        "../scripts/view.py"


rule record_views:
    input:
        images=RUN.view_files,
        sidecars=RUN.view_sidecars,
    output:
        **STEPS["record_views"].files,
    log:
        STEPS["record_views"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("record_views"),
    params:
        **described("record_views.py", views=RUN.views_by_contrast),
    script:
        "../scripts/record_views.py"
