"""How close each reconstruction is to the reference."""


rule evaluate:
    input:
        reference=rules.reference.output.image,
        cord=cord_mask,
        image="results/{image}_res-reference_desc-{label}_{contrast}.nii.gz",
        record="results/models/{image}_desc-{label}_{contrast}.json",
        model=coordinate_model,
    output:
        metrics="results/metrics/{image}_desc-{label}_{contrast}.tsv",
    log:
        "results/logs/evaluate/{image}_desc-{label}_{contrast}.log",
    wildcard_constraints:
        label="|".join([*METHODS, *config["baselines"]]),
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("evaluate"),
        runtime=minutes("evaluate"),
        disk_mb=disk("evaluate"),
    params:
        acquisition=config["acquisition"],
        karthik2023=config["metrics"]["karthik2023"],
        code=code("evaluate.py"),
    script:
        "../scripts/evaluate.py"


localrules:
    metrics,


rule metrics:
    input:
        metric_files,
    output:
        table="results/metrics.tsv",
    log:
        "results/logs/metrics.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        code=code("metrics.py"),
    script:
        "../scripts/metrics.py"
