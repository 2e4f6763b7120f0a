"""Measure how close each reconstruction is to the reference."""


localrules:
    metrics,
    summary_table,
    metrics_table,
    planes_table,
    inference_table,


rule evaluate:
    input:
        reference=rules.reference.output.image,
        cord=RUN.cord_mask,
        image="results/{image}_res-reference_desc-{label}_{contrast}.nii.gz",
        record="results/models/{image}_desc-{label}_{contrast}.json",
        model=RUN.coordinate_model,
        weights=RUN.pretrained_model,
    output:
        **STEPS["evaluate"].files,
    log:
        STEPS["evaluate"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("evaluate"),
    params:
        **described(
            "evaluate.py",
            device=device("evaluate"),
            acquisition=config["acquisition"],
            karthik2023=config["metrics"]["karthik2023"],
        ),
    script:
        "../scripts/evaluate.py"


rule fixed_point:
    input:
        reference=rules.reference.output.image,
        cord=RUN.cord_mask,
        images=RUN.view_files,
        records=RUN.records,
        model=STEPS["train"].files["model"],
    output:
        **STEPS["fixed_point"].files,
    log:
        STEPS["fixed_point"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("fixed_point"),
    params:
        **described(
            "fixed_point.py",
            device=device("fixed_point"),
            loads=RUN.loaded_by_fixed_point,
            contrast="{contrast}",
            bits=config["metrics"]["fixed_point"],
        ),
    script:
        "../scripts/fixed_point.py"


rule score_slices:
    input:
        reference=rules.reference.output.image,
        image=STEPS["virtual_slices"].files["image"],
        record=STEPS["train"].files["record"],
    output:
        **STEPS["score_slices"].files,
    log:
        STEPS["score_slices"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("score_slices"),
    params:
        **described("score_slices.py", name="{plane}", plane=RUN.plane),
    script:
        "../scripts/score_slices.py"


rule planes_table:
    input:
        RUN.slice_scores,
    output:
        **shown(
            "planes_table",
            caption="../../report/planes.rst",
            category="Tables",
            labels={"table": "7 slices that were never acquired"},
        ),
    log:
        STEPS["planes_table"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("planes_table.py", persons=RUN.persons),
    script:
        "../scripts/planes_table.py"


rule metrics:
    input:
        RUN.metric_files,
    output:
        **STEPS["metrics"].files,
    log:
        STEPS["metrics"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("metrics.py", persons=RUN.persons),
    script:
        "../scripts/metrics.py"


rule summary_table:
    input:
        metrics=rules.metrics.output.table,
    output:
        **shown(
            "summary_table",
            caption="../../report/summary.rst",
            category="Tables",
            labels={"table": "1 summary by method"},
        ),
    log:
        STEPS["summary_table"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("summary_table.py"),
    script:
        "../scripts/summary_table.py"


rule metrics_table:
    input:
        metrics=report(
            STEPS["metrics"].files["table"],
            caption="../../report/metrics.rst",
            category="Tables",
            labels={"table": "4 all metrics as a file"},
        ),
    output:
        **shown(
            "metrics_table",
            caption="../../report/metrics.rst",
            category="Tables",
            labels={"table": "3 all metrics"},
        ),
    log:
        STEPS["metrics_table"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("metrics_table.py"),
    script:
        "../scripts/metrics_table.py"


rule inference_table:
    input:
        RUN.fixed_point_files,
    output:
        **shown(
            "inference_table",
            caption="../../report/inference.rst",
            category="Training and cost",
            labels={"table": "cost of a voxel"},
        ),
    log:
        STEPS["inference_table"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("inference_table.py", networks=RUN.networks_of_coordinates),
    script:
        "../scripts/inference_table.py"
