"""Tables and pages of a run on simulated views."""

NOTEBOOK = ROOT / "workflow/notebooks/ablation.ipynb"


localrules:
    summary_table,
    paired_table,
    metrics_table,
    overview,
    methods,
    ablation_notebook,


rule summary_table:
    input:
        metrics=rules.metrics.output.table,
    output:
        **shown(
            "summary_table",
            caption="../../report/summary.rst",
            category="Tables",
            labels={"table": "1 summary by method"},
        ),
    log:
        STEPS["summary_table"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("summary_table.py"),
    script:
        "../scripts/summary_table.py"


rule paired_table:
    input:
        metrics=rules.metrics.output.table,
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


rule metrics_table:
    input:
        metrics=report(
            STEPS["metrics"].files["table"],
            caption="../../report/metrics.rst",
            category="Tables",
            labels={"table": "4 all metrics as a file"},
        ),
    output:
        **shown(
            "metrics_table",
            caption="../../report/metrics.rst",
            category="Tables",
            labels={"table": "3 all metrics"},
        ),
    log:
        STEPS["metrics_table"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("metrics_table.py"),
    script:
        "../scripts/metrics_table.py"


rule overview:
    input:
        metrics=rules.metrics.output.table,
        paired=rules.paired_table.output.table,
        record=rules.clone.output.record,
        anatomy=RUN.error_anatomies,
        hero=RUN.first_comparison,
    output:
        **shown(
            "overview",
            caption="../../report/overview.rst",
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
            image=RUN.first_image_name,
            commit=CODE_COMMIT,
            left_out=LEFT_OUT,
        ),
    script:
        "../scripts/overview.py"


rule methods:
    input:
        record=rules.clone.output.record,
        records=RUN.run_records,
        sidecars=RUN.run_sidecars,
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
            cord=RUN.cord_is_known,
            commit=CODE_COMMIT,
            versions=VERSIONS,
            left_out=list(LEFT_OUT),
            bibliography=sha256(BIBLIOGRAPHY.read_bytes()).hexdigest(),
        ),
    script:
        "../scripts/methods.py"


rule ablation_notebook:
    input:
        metrics=rules.metrics.output.table,
    output:
        **shown(
            "ablation_notebook",
            caption="../../report/ablation_notebook.rst",
            category="Ablations",
            labels={"ablation": "notebook"},
        ),
    log:
        STEPS["ablation_notebook"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "ablation_notebook.py",
            cells=sha256(NOTEBOOK.read_bytes()).hexdigest(),
            # what the cells import, the script does not
            cells_code=code_hash(NOTEBOOK),
        ),
    script:
        "../scripts/ablation_notebook.py"
