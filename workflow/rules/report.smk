"""Pages of the report that speak of the whole run."""


localrules:
    overview,


rule overview:
    input:
        metrics=rules.metrics.output.table,
        paired=rules.paired_table.output.table,
        record=rules.clone.output.record,
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
        left_out=LEFT_OUT,
        code=code("overview.py"),
    script:
        "../scripts/overview.py"
