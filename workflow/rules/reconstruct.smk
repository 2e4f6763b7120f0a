"""What a trained model makes of its image, on any grid."""


rule reconstruct:
    input:
        model="results/models/{image}_desc-{method}_{contrast}.safetensors",
        target=target_image,
    output:
        image="results/{image}_res-{resolution}_desc-{method}_{contrast}.nii.gz",
        sidecar="results/{image}_res-{resolution}_desc-{method}_{contrast}.json",
    log:
        "results/logs/reconstruct/{image}_res-{resolution}_desc-{method}_{contrast}.log",
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("reconstruct"),
        runtime=minutes("reconstruct"),
        disk_mb=disk("reconstruct"),
    params:
        image="{image}",
        method="{method}",
        spacing=target_spacing,
        resolution=target_name,
        code=code("reconstruct.py"),
    script:
        "../scripts/reconstruct.py"
