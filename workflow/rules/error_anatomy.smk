"""Where the errors of reconstructions lie: at which frequencies, how far from edges, and in the size of the cord."""


rule error_anatomy:
    input:
        reference=rules.reference.output.image,
        cord=cord_mask,
        images=reconstructions(VIEWED),
        metrics=metrics_of(VIEWED),
    output:
        table="results/tables/{image}_desc-erroranatomy_{contrast}.tsv",
        png=report(
            "results/figures/{image}_desc-erroranatomy_{contrast}.png",
            caption="../../report/error_anatomy.rst",
            category="Images",
            subcategory=image_name,
            labels={"figure": "5 where the error is"},
        ),
        pdf="results/figures/{image}_desc-erroranatomy_{contrast}.pdf",
    log:
        "results/logs/figures/{image}_desc-erroranatomy_{contrast}.log",
    conda:
        "../../envs/isospine.yaml"
    resources:
        mem_mb=memory("figure"),
        runtime=minutes("figure"),
        disk_mb=disk("figure"),
    params:
        name=image_name,
        shown=VIEWED,
        views=config["views"],
        profile=PROFILE,
        code=code("error_anatomy.py"),
    script:
        "../scripts/error_anatomy.py"
