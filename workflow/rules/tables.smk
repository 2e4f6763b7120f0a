"""Tables of the whole run."""


localrules:
    summary_table,
    paired_table,
    metrics_table,


rule summary_table:
    input:
        metrics=rules.metrics.output.table,
    output:
        table="results/tables/summary.tsv",
        page=report(
            "results/tables/summary.html",
            caption="../../report/summary.rst",
            category="Tables",
            labels={"table": "1 summary by method"},
        ),
    log:
        "results/logs/tables/summary.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        code=code("summary_table.py"),
    script:
        "../scripts/summary_table.py"


rule paired_table:
    input:
        metrics=rules.metrics.output.table,
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


rule metrics_table:
    input:
        metrics=report(
            "results/metrics.tsv",
            caption="../../report/metrics.rst",
            category="Tables",
            labels={"table": "4 all metrics as a file"},
        ),
    output:
        page=report(
            "results/tables/metrics.html",
            caption="../../report/metrics.rst",
            category="Tables",
            labels={"table": "3 all metrics"},
        ),
    log:
        "results/logs/tables/metrics.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        code=code("metrics_table.py"),
    script:
        "../scripts/metrics_table.py"
