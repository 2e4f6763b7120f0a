"""Pages of the report that speak of the whole run."""


localrules:
    overview,
    methods,
    ablation_notebook,


rule overview:
    input:
        metrics=rules.metrics.output.table,
        paired=rules.paired_table.output.table,
        record=rules.clone.output.record,
        anatomy=error_anatomies,
        hero=first_comparison,
    output:
        page=report(
            "results/report/overview.html",
            caption="../../report/overview.rst",
            # the menu is sorted by name, and this comes first
            category="A first look",
            labels={"page": "1 overview"},
        ),
    log:
        "results/logs/report/overview.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        settings=SETTINGS,
        image=first_image_name,
        commit=CODE_COMMIT,
        left_out=LEFT_OUT,
        code=code("overview.py"),
    script:
        "../scripts/overview.py"


rule methods:
    input:
        record=rules.clone.output.record,
        records=run_records,
        sidecars=run_sidecars,
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
        cord=cord_is_known,
        commit=CODE_COMMIT,
        versions=VERSIONS,
        left_out=list(LEFT_OUT),
        bibliography=sha256(REFERENCES.read_bytes()).hexdigest(),
        code=code("methods.py"),
    script:
        "../scripts/methods.py"


rule ablation_notebook:
    input:
        metrics=rules.metrics.output.table,
    output:
        page=report(
            "results/report/ablation.html",
            caption="../../report/ablation_notebook.rst",
            category="Ablations",
            labels={"ablation": "notebook"},
        ),
        notebook="results/report/ablation.ipynb",
    log:
        "results/logs/report/ablation.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        cells=sha256(NOTEBOOK.read_bytes()).hexdigest(),
        # what the cells import, the script does not
        cells_code=code_hash(NOTEBOOK),
        code=code("ablation_notebook.py"),
    script:
        "../scripts/ablation_notebook.py"
