"""Write the tables and pages of both modes."""


localrules:
    paired_table,
    report_index,
    subject_page,
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


rule report_index:
    input:
        **RUN.index_files,
        record=rules.clone.output.record,
        paired=rules.paired_table.output.table,
    output:
        **shown(
            "report_index",
            caption=f"../../report/{RUN.index_caption}.rst",
            # the menu is sorted by name: this one comes first
            category="A first look",
            labels={"page": "1 results"},
        ),
    log:
        STEPS["report_index"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "report_index.py",
            settings=RUN.settings,
            settings_hash=RUN.settings_hash,
            commit=CODE_COMMIT,
            left_out=LEFT_OUT,
            subjects=RUN.report_subjects,
            pages=RUN.run_pages,
            **RUN.index_params,
        ),
    script:
        "../scripts/report_index.py"


rule subject_page:
    input:
        RUN.index_first,
        RUN.subject_inputs,
        record=rules.clone.output.record,
    output:
        **shown(
            "subject_page",
            caption="../../report/subject.rst",
            category="Subjects",
            labels={"subject": "{subject}"},
        ),
    log:
        STEPS["subject_page"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "subject_page.py",
            sections=RUN.subject_sections,
            descriptions=RUN.descriptions,
            source=DATASET["kind"],
            settings_hash=RUN.settings_hash,
            commit=CODE_COMMIT,
        ),
    script:
        "../scripts/subject_page.py"


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
