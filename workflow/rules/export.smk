"""Export the results as a self-contained dataset, on request by rule name, to the folder `EXPORT`."""


rule export:
    input:
        rules.all.input,
        record=rules.clone.output.record,
        files=RUN.export_files,
    log:
        "results/logs/export.log",
    localrule: True
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("export.py", folder=EXPORT, datalad=False),
    script:
        "../scripts/export.py"


use rule export as export_datalad with:
    params:
        **described("export.py", folder=EXPORT, datalad=True),
