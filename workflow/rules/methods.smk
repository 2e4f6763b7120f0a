"""What a trained model makes of its image, on any grid."""


rule reconstruct:
    input:
        model=STEPS["train"].files["model"],
        target=RUN.target_image,
    output:
        **STEPS["reconstruct"].files,
    log:
        STEPS["reconstruct"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("reconstruct"),
    params:
        **described(
            "reconstruct.py",
            image="{image}",
            method="{method}",
            spacing=RUN.target_spacing,
            resolution=RUN.target_name,
        ),
    script:
        "../scripts/reconstruct.py"
