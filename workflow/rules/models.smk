"""One model per image, recipe, value and seed, and what it makes of the image on any grid."""


rule train:
    input:
        views=view_files,
        sidecars=view_sidecars,
    output:
        model="results/models/{image}_desc-{method}_{contrast}.safetensors",
        curve="results/models/{image}_desc-{method}_{contrast}.tsv",
        record="results/models/{image}_desc-{method}_{contrast}.json",
    log:
        "results/logs/train/{image}_desc-{method}_{contrast}.log",
    wildcard_constraints:
        method=labels_of("coordinate"),
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("train"),
        runtime=minutes("train"),
        disk_mb=disk("train"),
    params:
        provenance=provenance,
        hyperparameters=hyperparameters,
        seed=seed,
        code=code("train.py"),
    script:
        "../scripts/train.py"


rule train_contrasts:
    input:
        views=view_files,
        sidecars=view_sidecars,
    output:
        **of_each_contrast("safetensors"),
        **of_each_contrast("tsv"),
        **of_each_contrast("json"),
    log:
        "results/logs/train/{image}_desc-{method}.log",
    wildcard_constraints:
        method=labels_of("coordinate", shared=True),
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("train"),
        runtime=minutes("train"),
        disk_mb=disk("train"),
    params:
        views=views_by_contrast,
        provenance=shared_provenance,
        hyperparameters=hyperparameters,
        seed=seed,
        code=code("train_contrasts.py"),
    script:
        "../scripts/train_contrasts.py"


rule train_prior:
    input:
        views=view_files,
        sidecars=view_sidecars,
    output:
        model="results/models/{image}_desc-{method}_{contrast}.safetensors",
        curve="results/models/{image}_desc-{method}_{contrast}.tsv",
        record="results/models/{image}_desc-{method}_{contrast}.json",
    log:
        "results/logs/train/{image}_desc-{method}_{contrast}.log",
    wildcard_constraints:
        method=labels_of("prior"),
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("train"),
        runtime=minutes("train"),
        disk_mb=disk("train"),
    params:
        provenance=provenance,
        hyperparameters=hyperparameters,
        seed=seed,
        code=code("train_prior.py"),
    script:
        "../scripts/train_prior.py"


rule train_population:
    input:
        views=view_files,
        sidecars=view_sidecars,
        references=population_references,
    output:
        model="results/models/{image}_desc-{method}_{contrast}.safetensors",
        curve="results/models/{image}_desc-{method}_{contrast}.tsv",
        record="results/models/{image}_desc-{method}_{contrast}.json",
    log:
        "results/logs/train/{image}_desc-{method}_{contrast}.log",
    wildcard_constraints:
        method=labels_of("population"),
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("train"),
        runtime=minutes("train"),
        disk_mb=disk("train"),
    params:
        provenance=provenance,
        population=population,
        hyperparameters=hyperparameters,
        seed=seed,
        code=code("train_population.py"),
    script:
        "../scripts/train_population.py"
