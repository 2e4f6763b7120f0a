"""Views that a scanner acquired: put where the body was during the first of them, and reconstructed."""


rule place:
    input:
        index_first,
        images=all_images,
    output:
        record="results/placements/{image}.json",
    log:
        "results/logs/place/{image}.log",
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("place"),
        runtime=minutes("place"),
        disk_mb=disk("place"),
    params:
        sidecars=all_sidecars,
        profile=PROFILE,
        motion=config["acquired"]["motion"],
        two_planes=TWO_PLANES,
        code=code("place.py"),
    script:
        "../scripts/place.py"


rule view:
    input:
        index_first,
        images=images_beside,
        placement=placement_beside,
    output:
        image="results/{view_image}_desc-placed_{contrast}.nii.gz",
        sidecar="results/{view_image}_desc-placed_{contrast}.json",
        transform="results/placements/{view_image}_{contrast}_xfm.tfm",
    log:
        "results/logs/view/{view_image}_desc-placed_{contrast}.log",
    wildcard_constraints:
        view_image=IMAGE_PATTERN,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("view"),
        runtime=minutes("view"),
        disk_mb=disk("view"),
    params:
        contrast="{contrast}",
        number=number_in_body,
        source=view_uri,
        code=code("placed_view.py"),
    script:
        "../scripts/placed_view.py"


rule disagreement:
    input:
        images=view_images,
        placement=rules.place.output.record,
    output:
        image="results/{image}_res-{resolution}_desc-disagreement_{contrast}.nii.gz",
        sidecar="results/{image}_res-{resolution}_desc-disagreement_{contrast}.json",
    log:
        "results/logs/disagreement/{image}_res-{resolution}_{contrast}.log",
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("disagreement"),
        runtime=minutes("disagreement"),
        disk_mb=disk("disagreement"),
    params:
        contrast="{contrast}",
        grid=GRID,
        sources=view_uris,
        code=code("disagreement.py"),
    script:
        "../scripts/disagreement.py"


rule train:
    input:
        images=view_images,
        placement=rules.place.output.record,
    output:
        model="results/models/{image}_desc-{method}_{contrast}.safetensors",
        curve="results/models/{image}_desc-{method}_{contrast}.tsv",
        record="results/models/{image}_desc-{method}_{contrast}.json",
    log:
        "results/logs/train/{image}_desc-{method}_{contrast}.log",
    wildcard_constraints:
        method=labels_of("coordinate", "prior"),
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("train"),
        runtime=minutes("train"),
        disk_mb=disk("train"),
    params:
        contrast="{contrast}",
        grid=GRID,
        provenance=provenance,
        hyperparameters=hyperparameters,
        seed=seed,
        code=code("train_acquired.py"),
    script:
        "../scripts/train_acquired.py"


rule train_contrasts:
    input:
        images=all_images,
        placement=rules.place.output.record,
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
        contrasts=CONTRASTS,
        grid=GRID,
        provenance=shared_provenance,
        hyperparameters=hyperparameters,
        seed=seed,
        code=code("train_contrasts_acquired.py"),
    script:
        "../scripts/train_contrasts_acquired.py"


rule baseline:
    input:
        images=view_images,
        placement=rules.place.output.record,
    output:
        image=f"results/{{image}}_res-{MAIN}_desc-{{baseline}}_{{contrast}}.nii.gz",
        sidecar=f"results/{{image}}_res-{MAIN}_desc-{{baseline}}_{{contrast}}.json",
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
        contrast="{contrast}",
        grid=GRID,
        baseline="{baseline}",
        sources=view_uris,
        provenance=baseline_provenance,
        code=baseline_code("baseline_acquired.py"),
    script:
        "../scripts/baseline_acquired.py"
