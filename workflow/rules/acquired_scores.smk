"""How methods do on slices that they did not see, and in trials on the views' own planes."""


rule held_out_network:
    input:
        images=images_seen,
        placement=rules.place.output.record,
    output:
        scores="results/held_out/{image}_desc-{method}_{contrast}.tsv",
    log:
        "results/logs/held_out/{image}_desc-{method}_{contrast}.log",
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("held_out_network"),
        runtime=minutes("held_out_network"),
        disk_mb=disk("held_out_network"),
    params:
        contrast="{contrast}",
        contrasts=contrasts_seen,
        grid=GRID,
        provenance=provenance,
        hyperparameters=hyperparameters,
        seed=seed,
        code=code("held_out_network.py"),
    script:
        "../scripts/held_out_network.py"


rule held_out_baseline:
    input:
        images=view_images,
        placement=rules.place.output.record,
    output:
        scores="results/held_out/{image}_desc-{baseline}_{contrast}.tsv",
    log:
        "results/logs/held_out/{image}_desc-{baseline}_{contrast}.log",
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("held_out_baseline"),
        runtime=minutes("held_out_baseline"),
        disk_mb=disk("held_out_baseline"),
    params:
        contrast="{contrast}",
        grid=GRID,
        baseline="{baseline}",
        provenance=baseline_provenance,
        code=baseline_code("held_out_baseline.py"),
    script:
        "../scripts/held_out_baseline.py"


rule trial_network:
    input:
        images=images_seen,
        placement=rules.place.output.record,
    output:
        scores="results/trials/{image}_desc-{method}_{contrast}_view-{number}.tsv",
    log:
        "results/logs/trials/{image}_desc-{method}_{contrast}_view-{number}.log",
    wildcard_constraints:
        number="[0-9]+",
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("trial_network"),
        runtime=minutes("trial_network"),
        disk_mb=disk("trial_network"),
    params:
        contrast="{contrast}",
        contrasts=contrasts_seen,
        number=view_number,
        provenance=provenance,
        hyperparameters=hyperparameters,
        seed=seed,
        code=code("trial_network.py"),
    script:
        "../scripts/trial_network.py"


rule trial_baseline:
    input:
        images=view_images,
        placement=rules.place.output.record,
    output:
        scores="results/trials/{image}_desc-{baseline}_{contrast}.tsv",
    log:
        "results/logs/trials/{image}_desc-{baseline}_{contrast}.log",
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("trial_baseline"),
        runtime=minutes("trial_baseline"),
        disk_mb=disk("trial_baseline"),
    params:
        contrast="{contrast}",
        baseline="{baseline}",
        provenance=baseline_provenance,
        code=baseline_code("trial_baseline.py"),
    script:
        "../scripts/trial_baseline.py"
