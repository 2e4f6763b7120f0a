"""Gather what comes of the segmentations of the spinal cord from labels on the views."""


rule segmentation_table:
    input:
        told_in_plan(RUN.segmentation_tables, RUN.segmentation_notes),
    output:
        **shown(
            "segmentation_table",
            caption=(
                "../../report/drawn_segmentations.rst"
                if RUN.acquired
                else "../../report/segmentations.rst"
            ),
            category="Tables",
            labels={"table": "6 segmentations"},
        ),
    log:
        STEPS["segmentation_table"].log,
    localrule: True
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("segmentation_table.py", acquired=RUN.acquired),
    script:
        "../scripts/segmentation_table.py"
