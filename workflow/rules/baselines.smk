"""Reconstructions without a network."""


rule baseline:
    input:
        views=view_files,
        sidecars=view_sidecars,
    output:
        image="results/{image}_res-reference_desc-{baseline}_{contrast}.nii.gz",
        sidecar="results/{image}_res-reference_desc-{baseline}_{contrast}.json",
        record="results/models/{image}_desc-{baseline}_{contrast}.json",
    log:
        "results/logs/baseline/{image}_desc-{baseline}_{contrast}.log",
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("baseline"),
        runtime=minutes("baseline"),
        disk_mb=disk("baseline"),
    params:
        baseline="{baseline}",
        provenance=baseline_provenance,
        code=baseline_code("baseline.py"),
    script:
        "../scripts/baseline.py"
