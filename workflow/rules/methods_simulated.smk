"""One model per image, recipe, value and seed, and reconstructions without a network, of simulated views."""


rule train:
    input:
        views=RUN.view_files,
        sidecars=RUN.view_sidecars,
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
            provenance=RUN.provenance,
            hyperparameters=RUN.hyperparameters,
            seed=RUN.seed,
        ),
    script:
        "../scripts/train.py"


rule train_contrasts:
    input:
        views=RUN.view_files,
        sidecars=RUN.view_sidecars,
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
            "train_contrasts.py",
            views=RUN.views_by_contrast,
            provenance=RUN.provenance,
            hyperparameters=RUN.hyperparameters,
            seed=RUN.seed,
        ),
    script:
        "../scripts/train_contrasts.py"


rule train_prior:
    input:
        views=RUN.view_files,
        sidecars=RUN.view_sidecars,
    output:
        **STEPS["train_prior"].files,
    log:
        STEPS["train_prior"].log,
    wildcard_constraints:
        method=RUN.trained_by("train_prior"),
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("train_prior"),
    params:
        **described(
            "train_prior.py",
            provenance=RUN.provenance,
            hyperparameters=RUN.hyperparameters,
            seed=RUN.seed,
        ),
    script:
        "../scripts/train_prior.py"


rule train_population:
    input:
        views=RUN.view_files,
        sidecars=RUN.view_sidecars,
        references=RUN.population_references,
    output:
        **STEPS["train_population"].files,
    log:
        STEPS["train_population"].log,
    wildcard_constraints:
        method=RUN.trained_by("train_population"),
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("train_population"),
    params:
        **described(
            "train_population.py",
            provenance=RUN.provenance,
            population=RUN.population,
            hyperparameters=RUN.hyperparameters,
            seed=RUN.seed,
        ),
    script:
        "../scripts/train_population.py"


rule baseline:
    input:
        views=RUN.view_files,
        sidecars=RUN.view_sidecars,
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
            baseline="{baseline}",
            provenance=RUN.baseline_provenance,
        ),
    script:
        "../scripts/baseline.py"
