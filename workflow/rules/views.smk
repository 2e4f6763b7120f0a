"""The reference, cropped to what the views cover, and its thick-slice views."""


rule reference:
    input:
        index_first,
        image=rules.fetch.output.image,
    output:
        image="results/{image}_desc-reference_{contrast}.nii.gz",
        sidecar="results/{image}_desc-reference_{contrast}.json",
    log:
        "results/logs/reference/{image}_{contrast}.log",
    cache: True
    priority: 3
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("reference"),
        runtime=minutes("reference"),
        disk_mb=disk("reference"),
    params:
        views=view_specs,
        source=source_uri,
        code=code("reference.py"),
    script:
        "../scripts/reference.py"


rule cord_mask:
    input:
        index_first,
        segmentation=rules.fetch_segmentation.output.image,
        reference=rules.reference.output.image,
        sidecar=rules.reference.output.sidecar,
    output:
        mask="results/{image}_label-SC_desc-{contrast}_mask.nii.gz",
        sidecar="results/{image}_label-SC_desc-{contrast}_mask.json",
    log:
        "results/logs/cord_mask/{image}_{contrast}.log",
    cache: True
    priority: 3
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("reference"),
        runtime=minutes("reference"),
        disk_mb=disk("reference"),
    params:
        source=segmentation_uri,
        code=code("cord_mask.py"),
    script:
        "../scripts/cord_mask.py"


rule view:
    input:
        reference=rules.reference.output.image,
        sidecar=rules.reference.output.sidecar,
    output:
        image="results/{image}_desc-{view}_{contrast}.nii.gz",
        sidecar="results/{image}_desc-{view}_{contrast}.json",
    log:
        "results/logs/view/{image}_desc-{view}_{contrast}.log",
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("view"),
        runtime=minutes("view"),
        disk_mb=disk("view"),
    params:
        image=noise_name,
        view=view_spec,
        profile=PROFILE,
        noise=config["acquisition"]["noise"],
        code=code("view.py"),
    script:
        "../scripts/view.py"
