"""One model per body, recipe, value and seed, and reconstructions without a network, of acquired views."""


rule train:
    input:
        images=RUN.view_images,
        placement=rules.place.output.record,
    output:
        **STEPS["train"].files,
    log:
        STEPS["train"].log,
    wildcard_constraints:
        method=RUN.trained_by("train"),
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("train"),
    params:
        **described(
            "train_acquired.py",
            contrast="{contrast}",
            grid=RUN.grid,
            provenance=RUN.provenance,
            hyperparameters=RUN.hyperparameters,
            seed=RUN.seed,
        ),
    script:
        "../scripts/train_acquired.py"


rule train_contrasts:
    input:
        images=RUN.all_images,
        placement=rules.place.output.record,
    output:
        **STEPS["train_contrasts"].files,
    log:
        STEPS["train_contrasts"].log,
    wildcard_constraints:
        method=RUN.trained_by("train_contrasts"),
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("train_contrasts"),
    params:
        **described(
            "train_contrasts_acquired.py",
            contrasts=RUN.contrasts,
            grid=RUN.grid,
            provenance=RUN.provenance,
            hyperparameters=RUN.hyperparameters,
            seed=RUN.seed,
        ),
    script:
        "../scripts/train_contrasts_acquired.py"


rule baseline:
    input:
        images=RUN.view_images,
        placement=rules.place.output.record,
    output:
        **STEPS["baseline"].files,
    log:
        STEPS["baseline"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("baseline"),
    params:
        **described(
            "baseline_acquired.py",
            loads=RUN.loaded_by_baseline,
            contrast="{contrast}",
            grid=RUN.grid,
            baseline="{baseline}",
            sources=RUN.view_uris,
            provenance=RUN.baseline_provenance,
        ),
    script:
        "../scripts/baseline_acquired.py"
