"""How close each reconstruction is to the reference."""


localrules:
    metrics,


rule evaluate:
    input:
        reference=rules.reference.output.image,
        cord=RUN.cord_mask,
        image="results/{image}_res-reference_desc-{label}_{contrast}.nii.gz",
        record="results/models/{image}_desc-{label}_{contrast}.json",
        model=RUN.coordinate_model,
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
            acquisition=config["acquisition"],
            karthik2023=config["metrics"]["karthik2023"],
        ),
    script:
        "../scripts/evaluate.py"


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
        **described("metrics.py"),
    script:
        "../scripts/metrics.py"
