"""Views that a scanner acquired: put where the body was during the first of them, reconstructed, and judged without a reference."""


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
    params:
        number=number_in_body,
        source=view_uri,
        sidecars=sidecars_beside,
        profile=PROFILE,
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
        sidecars=view_sidecars,
        profile=PROFILE,
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
        sidecars=view_sidecars,
        profile=PROFILE,
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
        sidecars=all_sidecars,
        profile=PROFILE,
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
        sidecars=view_sidecars,
        profile=PROFILE,
        grid=GRID,
        baseline="{baseline}",
        sources=view_uris,
        provenance=baseline_provenance,
        code=code("baseline_acquired.py"),
    script:
        "../scripts/baseline_acquired.py"


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
        mem_mb=memory("train"),
        runtime=minutes("train"),
        disk_mb=disk("train"),
    params:
        sidecars=sidecars_seen,
        profile=PROFILE,
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
        mem_mb=memory("baseline"),
        runtime=minutes("baseline"),
        disk_mb=disk("baseline"),
    params:
        sidecars=view_sidecars,
        profile=PROFILE,
        grid=GRID,
        baseline="{baseline}",
        provenance=baseline_provenance,
        code=code("held_out_baseline.py"),
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
        mem_mb=memory("train"),
        runtime=minutes("train"),
        disk_mb=disk("train"),
    params:
        sidecars=sidecars_seen,
        profile=PROFILE,
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
        mem_mb=memory("baseline"),
        runtime=minutes("baseline"),
        disk_mb=disk("baseline"),
    params:
        sidecars=view_sidecars,
        profile=PROFILE,
        baseline="{baseline}",
        provenance=baseline_provenance,
        code=code("trial_baseline.py"),
    script:
        "../scripts/trial_baseline.py"


localrules:
    held_out_table,
    trials_table,
    ranking,
    paired_table,
    held_out_page,
    trials_page,
    methods,
    overview,


rule held_out_table:
    input:
        held_out_files,
    output:
        table="results/held_out.tsv",
    log:
        "results/logs/held_out.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        code=code("metrics.py"),
    script:
        "../scripts/metrics.py"


rule trials_table:
    input:
        trial_files,
    output:
        table="results/trials.tsv",
    log:
        "results/logs/trials.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        code=code("metrics.py"),
    script:
        "../scripts/metrics.py"


rule figure_acquired:
    input:
        images=view_images,
        placement=rules.place.output.record,
        volumes=shown_volumes,
        trials=trials_of_image,
        slices=held_out_of_image,
    output:
        page=report(
            "results/figures/{image}_desc-acquired_{contrast}.html",
            caption="../../report/acquired.rst",
            category="Images",
            subcategory=image_name,
            labels=page_labels,
        ),
    log:
        "results/logs/figures/{image}_desc-acquired_{contrast}.log",
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("disagreement"),
        runtime=minutes("disagreement"),
        disk_mb=disk("disagreement"),
    params:
        sidecars=view_sidecars,
        profile=PROFILE,
        grid=GRID,
        shown=SHOWN,
        code=code("figure_acquired.py"),
    script:
        "../scripts/figure_acquired.py"


rule ranking:
    input:
        trials=rules.trials_table.output.table,
    output:
        images="results/tables/trial_images.tsv",
        table="results/tables/ranking.tsv",
        page=report(
            "results/tables/ranking.html",
            caption="../../report/ranking.rst",
            category="Tables",
            labels={"table": "1 methods by trials"},
        ),
    log:
        "results/logs/tables/ranking.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        code=code("ranking.py"),
    script:
        "../scripts/ranking.py"


rule paired_table:
    input:
        metrics=rules.ranking.output.images,
    output:
        table="results/tables/paired.tsv",
        page=report(
            "results/tables/paired.html",
            caption="../../report/paired.rst",
            category="Tables",
            labels={"table": "2 paired comparison of methods"},
        ),
    log:
        "results/logs/tables/paired.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        baselines=config["baselines"],
        code=code("paired_table.py"),
    script:
        "../scripts/paired_table.py"


rule trials_page:
    input:
        scores=rules.trials_table.output.table,
    output:
        page=report(
            "results/tables/trials.html",
            caption="../../report/trials.rst",
            category="Tables",
            labels={"table": "3 all trials"},
        ),
    log:
        "results/logs/tables/trials.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        scored="trials",
        code=code("slices_page.py"),
    script:
        "../scripts/slices_page.py"


rule held_out_page:
    input:
        scores=rules.held_out_table.output.table,
    output:
        page=report(
            "results/tables/held_out.html",
            caption="../../report/held_out.rst",
            category="Tables",
            labels={"table": "4 all held-out slices"},
        ),
    log:
        "results/logs/tables/held_out.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        scored="held-out slices",
        code=code("slices_page.py"),
    script:
        "../scripts/slices_page.py"


rule methods:
    input:
        record=rules.clone.output.record,
        records=run_records,
        placements=run_placements,
    output:
        page=report(
            "results/report/methods.html",
            caption="../../report/methods.rst",
            category="A first look",
            labels={"page": "2 methods and how to repeat the run"},
        ),
        text="results/report/methods.md",
        references="results/report/references.bib",
    log:
        "results/logs/report/methods.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        configuration=CONFIGURATION,
        source=DATASET["kind"],
        commit=CODE_COMMIT,
        versions=VERSIONS,
        left_out=list(LEFT_OUT),
        bibliography=sha256(REFERENCES.read_bytes()).hexdigest(),
        code=code("methods_acquired.py"),
    script:
        "../scripts/methods_acquired.py"


rule overview:
    input:
        record=rules.clone.output.record,
        images=rules.ranking.output.images,
        ranking=rules.ranking.output.table,
        paired=rules.paired_table.output.table,
    output:
        page=report(
            "results/report/overview.html",
            caption="../../report/acquired_overview.rst",
            category="A first look",
            labels={"page": "1 overview"},
        ),
    log:
        "results/logs/report/overview.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        settings=SETTINGS | {"acquired": config["acquired"]},
        commit=CODE_COMMIT,
        left_out=LEFT_OUT,
        code=code("acquired_overview.py"),
    script:
        "../scripts/acquired_overview.py"
