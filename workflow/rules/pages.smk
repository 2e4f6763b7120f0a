"""Write the tables and pages of both modes."""


localrules:
    paired_table,
    overview,
    methods,


rule paired_table:
    input:
        metrics=RUN.compared_table,
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


rule overview:
    input:
        **RUN.overview_files,
        record=rules.clone.output.record,
        paired=rules.paired_table.output.table,
    output:
        **shown(
            "overview",
            caption=f"../../report/{RUN.overview_caption}.rst",
            # the menu is sorted by name: this one comes first
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
            **RUN.overview_params,
        ),
    script:
        "../scripts/overview.py"


rule methods:
    input:
        **RUN.methods_files,
        record=rules.clone.output.record,
        records=RUN.run_records,
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
            persons=RUN.persons,
            bibliography=sha256(BIBLIOGRAPHY.read_bytes()).hexdigest(),
            **RUN.methods_params,
        ),
    script:
        "../scripts/methods.py"
