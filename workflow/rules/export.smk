"""The results as a dataset of their own, to be shared: asked for by name, in the folder export."""


localrules:
    export,
    export_datalad,


rule export:
    input:
        rules.all.input,
        record=rules.clone.output.record,
        files=export_files,
    log:
        "results/logs/export.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        datalad=False,
        code=code("export.py"),
    script:
        "../scripts/export.py"


rule export_datalad:
    input:
        rules.all.input,
        record=rules.clone.output.record,
        files=export_files,
    log:
        "results/logs/export.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        datalad=True,
        code=code("export.py"),
    script:
        "../scripts/export.py"
