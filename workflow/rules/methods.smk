"""Train one model per image, recipe, value and seed; reconstruct with and without networks."""


rule train:
    input:
        images=RUN.view_files,
        records=RUN.records,
        references=RUN.references,
        starts=RUN.starts,
        earlier=RUN.earlier_scan,
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
            "train.py",
            device=device("train"),
            loads=RUN.loaded_by_training,
            contrasts=RUN.contrasts_trained,
            grid=RUN.grid,
            population=RUN.population,
            earlier=RUN.earlier_name,
            provenance=RUN.provenance,
            hyperparameters=RUN.hyperparameters,
            weights=RUN.weights,
            seed=RUN.seed,
        ),
    script:
        "../scripts/train.py"


rule train_shared:
    input:
        images=RUN.view_files,
        records=RUN.records,
        references=RUN.references,
        starts=RUN.starts,
        earlier=RUN.earlier_scan,
    output:
        **STEPS["train_shared"].files,
    log:
        STEPS["train_shared"].log,
    wildcard_constraints:
        method=RUN.trained_by("train_shared"),
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("train_shared"),
    params:
        **described(
            "train.py",
            device=device("train_shared"),
            loads=RUN.loaded_by_training,
            contrasts=RUN.contrasts_trained,
            grid=RUN.grid,
            population=RUN.population,
            earlier=RUN.earlier_name,
            provenance=RUN.provenance,
            hyperparameters=RUN.hyperparameters,
            weights=RUN.weights,
            seed=RUN.seed,
        ),
    script:
        "../scripts/train.py"


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
            device=device("reconstruct"),
            loads=RUN.loaded_by_reconstruction,
            image="{image}",
            method="{method}",
            spacing=RUN.target_spacing,
            target=RUN.target_content,
            resolution=RUN.target_name,
        ),
    script:
        "../scripts/reconstruct.py"


rule virtual_slices:
    input:
        model=STEPS["train"].files["model"],
    output:
        **STEPS["virtual_slices"].files,
    log:
        STEPS["virtual_slices"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("virtual_slices"),
    params:
        **described(
            "virtual_slices.py",
            device=device("virtual_slices"),
            loads=RUN.loaded_by_reconstruction,
            image="{image}",
            method="{method}",
            plane=RUN.plane,
        ),
    script:
        "../scripts/virtual_slices.py"


rule baseline:
    input:
        images=RUN.view_files,
        records=RUN.records,
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
            "baseline.py",
            loads=RUN.loaded_by_baseline,
            contrast="{contrast}",
            grid=RUN.grid,
            sources=RUN.view_uris,
            provenance=RUN.baseline_provenance,
        ),
    script:
        "../scripts/baseline.py"
