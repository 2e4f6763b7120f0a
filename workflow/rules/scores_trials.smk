"""How methods do on slices that they did not see, and in trials on the views' own planes, and what shows that."""


localrules:
    held_out_table,
    trials_table,
    ranking,
    trials_page,
    held_out_page,


rule held_out_network:
    input:
        images=RUN.images_seen,
        placement=rules.place.output.record,
    output:
        **STEPS["held_out_network"].files,
    log:
        STEPS["held_out_network"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("held_out_network"),
    params:
        **described(
            "held_out_network.py",
            contrast="{contrast}",
            contrasts=RUN.contrasts_seen,
            grid=RUN.grid,
            provenance=RUN.provenance,
            hyperparameters=RUN.hyperparameters,
            seed=RUN.seed,
        ),
    script:
        "../scripts/held_out_network.py"


rule held_out_baseline:
    input:
        images=RUN.view_images,
        placement=rules.place.output.record,
    output:
        **STEPS["held_out_baseline"].files,
    log:
        STEPS["held_out_baseline"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("held_out_baseline"),
    params:
        **described(
            "held_out_baseline.py",
            loads=RUN.loaded_by_baseline,
            contrast="{contrast}",
            grid=RUN.grid,
            baseline="{baseline}",
            provenance=RUN.baseline_provenance,
        ),
    script:
        "../scripts/held_out_baseline.py"


rule trial_network:
    input:
        images=RUN.images_seen,
        placement=rules.place.output.record,
    output:
        **STEPS["trial_network"].files,
    log:
        STEPS["trial_network"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("trial_network"),
    params:
        **described(
            "trial_network.py",
            contrast="{contrast}",
            contrasts=RUN.contrasts_seen,
            number=RUN.view_number,
            provenance=RUN.provenance,
            hyperparameters=RUN.hyperparameters,
            seed=RUN.seed,
        ),
    script:
        "../scripts/trial_network.py"


rule trial_baseline:
    input:
        images=RUN.view_images,
        placement=rules.place.output.record,
    output:
        **STEPS["trial_baseline"].files,
    log:
        STEPS["trial_baseline"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("trial_baseline"),
    params:
        **described(
            "trial_baseline.py",
            loads=RUN.loaded_by_baseline,
            contrast="{contrast}",
            baseline="{baseline}",
            provenance=RUN.baseline_provenance,
        ),
    script:
        "../scripts/trial_baseline.py"


rule held_out_table:
    input:
        RUN.held_out_files,
    output:
        **STEPS["held_out_table"].files,
    log:
        STEPS["held_out_table"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("metrics.py"),
    script:
        "../scripts/metrics.py"


use rule held_out_table as trials_table with:
    input:
        RUN.trial_files,
    output:
        **STEPS["trials_table"].files,
    log:
        STEPS["trials_table"].log,


rule ranking:
    input:
        trials=rules.trials_table.output.table,
    output:
        **shown(
            "ranking",
            caption="../../report/ranking.rst",
            category="Tables",
            labels={"table": "1 methods by trials"},
        ),
    log:
        STEPS["ranking"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("ranking.py"),
    script:
        "../scripts/ranking.py"


rule trials_page:
    input:
        scores=rules.trials_table.output.table,
    output:
        **shown(
            "trials_page",
            caption="../../report/trials.rst",
            category="Tables",
            labels={"table": "3 all trials"},
        ),
    log:
        STEPS["trials_page"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "slices_page.py",
            scored="trials",
        ),
    script:
        "../scripts/slices_page.py"


rule held_out_page:
    input:
        scores=rules.held_out_table.output.table,
    output:
        **shown(
            "held_out_page",
            caption="../../report/held_out.rst",
            category="Tables",
            labels={"table": "4 all held-out slices"},
        ),
    log:
        STEPS["held_out_page"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "slices_page.py",
            scored="held-out slices",
        ),
    script:
        "../scripts/slices_page.py"


rule figure_acquired:
    input:
        images=RUN.view_images,
        placement=rules.place.output.record,
        volumes=RUN.shown_volumes,
        trials=RUN.trials_of_image,
        slices=RUN.held_out_of_image,
    output:
        **shown(
            "figure_acquired",
            caption="../../report/acquired.rst",
            category="Images",
            subcategory=RUN.image_name,
            labels=RUN.page_labels,
        ),
    log:
        STEPS["figure_acquired"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("figure_acquired"),
    params:
        **described(
            "figure_acquired.py",
            contrast="{contrast}",
            grid=RUN.grid,
            shown=RUN.shown,
        ),
    script:
        "../scripts/figure_acquired.py"
