"""Print the state of a run, and continue without the images that failed."""


rule status:
    input:
        RUN.index_first,
    log:
        "results/logs/status.log",
    localrule: True
    conda:
        "../../envs/isospine.yaml"
    params:
        jobs=RUN.planned_jobs,
        left_out=LEFT_OUT,
    script:
        "../scripts/status.py"


rule leave_out:
    input:
        RUN.index_first,
    log:
        "results/logs/leave_out.log",
    localrule: True
    conda:
        "../../envs/isospine.yaml"
    params:
        jobs=RUN.planned_jobs,
        left_out=LEFT_OUT,
        path=str(LEFT_OUT_FILE),
        states=["failed"],
    script:
        "../scripts/leave_out.py"


use rule leave_out as leave_out_unfinished with:
    params:
        jobs=RUN.planned_jobs,
        left_out=LEFT_OUT,
        path=str(LEFT_OUT_FILE),
        states=["failed", "running", "missing"],


rule status_table:
    input:
        RUN.index_first,
        RUN.results_table,
    output:
        **shown(
            "status_table",
            caption="../../report/status.rst",
            category="Tables",
            labels={"table": "5 status of each image"},
        ),
    log:
        STEPS["status_table"].log,
    localrule: True
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("status_table.py", jobs=RUN.job_counts, left_out=LEFT_OUT),
    script:
        "../scripts/status_table.py"
