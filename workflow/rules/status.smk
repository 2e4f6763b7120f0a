"""How far a run is, and going on without the images that failed."""


localrules:
    status,
    leave_out,
    status_table,


rule status:
    input:
        index_first,
    log:
        "results/logs/status.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        jobs=planned_jobs,
        left_out=LEFT_OUT,
    script:
        "../scripts/status.py"


rule leave_out:
    input:
        index_first,
    log:
        "results/logs/leave_out.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        jobs=planned_jobs,
        left_out=LEFT_OUT,
        path=str(LEFT_OUT_FILE),
    script:
        "../scripts/leave_out.py"


rule status_table:
    input:
        index_first,
        results_table,
    output:
        table="results/tables/status.tsv",
        page=report(
            "results/tables/status.html",
            caption="../../report/status.rst",
            category="Tables",
            labels={"table": "5 status of each image"},
        ),
    log:
        "results/logs/tables/status.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        jobs=job_counts,
        left_out=LEFT_OUT,
        code=code("status_table.py"),
    script:
        "../scripts/status_table.py"
