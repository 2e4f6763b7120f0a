"""Score methods on held-out slices and in trials on the views' own planes, and show the scores."""


localrules:
    held_out_table,
    trials_table,
    ranking,
    trials_page,
    held_out_page,


rule held_out:
    input:
        images=RUN.views_seen_by,
        records=RUN.records,
    output:
        **STEPS["held_out"].files,
    log:
        STEPS["held_out"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("held_out"),
    params:
        **described(
            "held_out.py",
            device=device("held_out"),
            loads=RUN.loaded_by_score,
            contrast="{contrast}",
            contrasts=RUN.contrasts_seen,
            grid=RUN.grid,
            provenance=RUN.scored_provenance,
            hyperparameters=RUN.scored_hyperparameters,
            weights=RUN.weights,
            seed=RUN.scored_seed,
        ),
    script:
        "../scripts/held_out.py"


rule trial:
    input:
        images=RUN.views_seen_by,
        records=RUN.records,
    output:
        **STEPS["trial"].files,
    log:
        STEPS["trial"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("trial"),
    params:
        **described(
            "trial.py",
            device=device("trial"),
            loads=RUN.loaded_by_score,
            contrast="{contrast}",
            contrasts=RUN.contrasts_seen,
            number=RUN.view_number,
            provenance=RUN.scored_provenance,
            hyperparameters=RUN.scored_hyperparameters,
            weights=RUN.weights,
            seed=RUN.scored_seed,
        ),
    script:
        "../scripts/trial.py"


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
        **described("metrics.py", persons=RUN.persons),
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
        images=RUN.view_files,
        record=RUN.record_beside,
        volumes=RUN.shown_volumes,
        trials=RUN.trials_of_image,
        slices=RUN.held_out_of_image,
    output:
        **{
            name: STEPS["figure_acquired"].files[name]
            for name in STEPS["figure_acquired"].files
            if name not in STEPS["figure_acquired"].shown
        },
        volumes_png=report(
            STEPS["figure_acquired"].files["volumes_png"],
            caption="../../report/acquired.rst",
            category="Images",
            subcategory=RUN.image_name,
            labels=RUN.figure_labels("volumes"),
        ),
        motion_png=report(
            STEPS["figure_acquired"].files["motion_png"],
            caption="../../report/motion.rst",
            category="Images",
            subcategory=RUN.image_name,
            labels=RUN.figure_labels("motion of the views"),
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


rule figure_viewer:
    input:
        images=RUN.view_files,
        record=RUN.record_beside,
        volumes=RUN.viewer_volumes,
        disagreement=RUN.disagreement_of_image,
        trials=RUN.trials_of_image,
    output:
        **shown(
            "figure_viewer",
            caption="../../report/acquired_viewer.rst",
            category="Images",
            subcategory=RUN.image_name,
            labels=RUN.figure_labels("volumes, interactive"),
        ),
    log:
        STEPS["figure_viewer"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("figure_viewer"),
    params:
        **described(
            "acquired_viewer.py",
            contrast="{contrast}",
            name=RUN.shown_name,
            grid=RUN.grid,
            shown=RUN.viewer_shown,
        ),
    script:
        "../scripts/acquired_viewer.py"
