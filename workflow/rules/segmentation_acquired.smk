"""Segment the spinal cord from labels drawn on the acquired views, and compare what comes of them with these."""


rule label_view:
    input:
        RUN.index_first,
        labels=rules.fetch_segmentation.output.image,
        images=RUN.view_files,
        record=RUN.record_beside,
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
            "label_drawn.py",
            contrast="{contrast}",
            number=RUN.number_in_body,
            source=RUN.segmentation_uri,
            kind=RUN.label_kind,
        ),
    script:
        "../scripts/label_drawn.py"


rule segment:
    input:
        labels=RUN.label_files,
        images=RUN.view_files,
        record=rules.place.output.record,
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
            "segment_drawn.py",
            contrast="{contrast}",
            grid=RUN.grid,
            method=RUN.segmenter,
            numbers=RUN.labelled_views,
            names=RUN.label_sources,
            sources=RUN.label_uris,
            about=RUN.about_segmentation,
        ),
    script:
        "../scripts/segment_drawn.py"


rule figure_segmentation:
    input:
        scores=RUN.scores_of_image,
        segmentations=RUN.segmentations_of_image,
        images=RUN.view_files,
        record=rules.place.output.record,
    output:
        **shown(
            "figure_segmentation",
            caption="../../report/drawn_segmentation.rst",
            category="Images",
            subcategory=RUN.shown_name,
            labels=RUN.figure_labels("segmentations of the cord"),
        ),
    log:
        STEPS["figure_segmentation"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("figure_segmentation"),
    params:
        **described(
            "figure_drawn_segmentation.py",
            contrast="{contrast}",
            grid=RUN.grid,
            about=RUN.about_segmentation,
            methods=RUN.segmenter_names,
        ),
    script:
        "../scripts/figure_drawn_segmentation.py"
