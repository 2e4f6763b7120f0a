"""Tables and pages of a run on acquired views."""


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
        mem_mb=memory("figure_acquired"),
        runtime=minutes("figure_acquired"),
        disk_mb=disk("figure_acquired"),
    params:
        contrast="{contrast}",
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
