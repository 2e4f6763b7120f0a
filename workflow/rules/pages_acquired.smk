"""Tables and pages of a run on acquired views."""


localrules:
    ranking,
    paired_table,
    trials_page,
    held_out_page,
    methods,
    overview,


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


rule paired_table:
    input:
        metrics=rules.ranking.output.images,
    output:
        **shown(
            "paired_table",
            caption="../../report/paired.rst",
            category="Tables",
            labels={"table": "2 paired comparison of methods"},
        ),
    log:
        STEPS["paired_table"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "paired_table.py",
            baselines=config["baselines"],
        ),
    script:
        "../scripts/paired_table.py"


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


rule methods:
    input:
        record=rules.clone.output.record,
        records=RUN.run_records,
        placements=RUN.run_placements,
    output:
        **shown(
            "methods",
            caption="../../report/methods.rst",
            category="A first look",
            labels={"page": "2 methods and how to repeat the run"},
        ),
    log:
        STEPS["methods"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "methods.py",
            configuration=RUN.configuration,
            source=DATASET["kind"],
            commit=CODE_COMMIT,
            versions=VERSIONS,
            left_out=list(LEFT_OUT),
            bibliography=sha256(BIBLIOGRAPHY.read_bytes()).hexdigest(),
        ),
    script:
        "../scripts/methods.py"


rule overview:
    input:
        record=rules.clone.output.record,
        images=rules.ranking.output.images,
        ranking=rules.ranking.output.table,
        paired=rules.paired_table.output.table,
    output:
        **shown(
            "overview",
            caption="../../report/acquired_overview.rst",
            # the menu is sorted by name, and this comes first
            category="A first look",
            labels={"page": "1 overview"},
        ),
    log:
        STEPS["overview"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "overview.py",
            settings=RUN.settings,
            commit=CODE_COMMIT,
            left_out=LEFT_OUT,
        ),
    script:
        "../scripts/overview.py"
