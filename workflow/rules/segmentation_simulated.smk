"""Segment the spinal cord from labels on the simulated views, and score what comes of them."""


rule label_view:
    input:
        mask=rules.cord_mask.output.mask,
        sidecar=rules.reference.output.sidecar,
    output:
        **STEPS["label_view"].files,
    log:
        STEPS["label_view"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("label_view"),
    params:
        **described(
            "label_view.py",
            view=RUN.view_spec,
            profile=RUN.profile,
            kind=RUN.label_kind,
        ),
    script:
        "../scripts/label_view.py"


rule segment:
    input:
        labels=RUN.label_files,
        sidecars=RUN.label_sidecars,
    output:
        **STEPS["segment"].files,
    log:
        STEPS["segment"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("segment"),
    params:
        **described(
            "segment.py",
            method=RUN.segmenter,
            sources=RUN.label_uris,
        ),
    script:
        "../scripts/segment.py"


rule figure_segmentation:
    input:
        reference=rules.reference.output.image,
        truth=rules.cord_mask.output.mask,
        images=RUN.segmentations_of_image,
    output:
        **shown(
            "figure_segmentation",
            caption="../../report/segmentation.rst",
            category="Images",
            subcategory=RUN.shown_name,
            labels={"figure": "7 segmentations of the cord"},
        ),
    log:
        STEPS["figure_segmentation"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("figure_segmentation"),
    params:
        **described(
            "figure_segmentation.py",
            about=RUN.about_segmentation,
            methods=RUN.segmenter_names,
        ),
    script:
        "../scripts/figure_segmentation.py"
