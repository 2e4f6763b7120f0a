"""From the dataset's source to one checked image per job."""

if "downloads" not in workflow.global_resources:
    # as a default of --resources, which a profile's would not be: the command line replaces that
    workflow.register_resource("downloads", 4)

if DATASET["kind"] == "demo":

    localrules:
        demo_dataset,

    rule demo_dataset:
        output:
            record="results/sourcedata/demo.json",
        log:
            "results/logs/demo_dataset.log",
        conda:
            "../../envs/isospine.yaml"
        params:
            code=code("demo_dataset.py"),
        script:
            "../scripts/demo_dataset.py"


rule clone:
    input:
        demo_record,
    output:
        record="results/sourcedata/dataset.json",
    log:
        "results/logs/clone.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        dataset=DATASET,
        code=code("clone.py"),
    script:
        "../scripts/clone.py"


checkpoint index:
    input:
        record=rules.clone.output.record,
    output:
        manifest="results/manifest.tsv",
    log:
        "results/logs/index.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        dataset=DATASET,
        contrasts=CONTRASTS,
        subjects=config["dataset"]["subjects"],
        exclude=config["dataset"]["exclude"],
        views=config["views"] if ACQUIRED else [],
        code=code("index.py"),
    script:
        "../scripts/index.py"


# What uses an image comes before the next image (priority), and its segmentation, which is small, before the image: with
# dataset.keep false no image waits on the disk. On a cluster reference and cord mask may be one job, which needs both.
rule fetch:
    input:
        index_first,
    output:
        image=fetched("results/sourcedata/{image}_{contrast}.nii.gz"),
    log:
        "results/logs/fetch/{image}_{contrast}.log",
    cache: True
    priority: 1
    conda:
        "../../envs/isospine.yaml"
    resources:
        downloads=1,
        mem_mb=memory("fetch"),
        runtime=minutes("fetch"),
        disk_mb=disk("fetch"),
    params:
        file=manifest_row,
        code=code("fetch.py"),
    script:
        "../scripts/fetch.py"


rule fetch_segmentation:
    input:
        index_first,
    output:
        image=fetched("results/sourcedata/{image}_{contrast}_label-SC_seg.nii.gz"),
    log:
        "results/logs/fetch/{image}_{contrast}_label-SC_seg.log",
    cache: True
    priority: 2
    conda:
        "../../envs/isospine.yaml"
    resources:
        downloads=1,
        mem_mb=memory("fetch"),
        runtime=minutes("fetch"),
        disk_mb=disk("fetch"),
    params:
        file=segmentation_row,
        code=code("fetch.py"),
    script:
        "../scripts/fetch.py"


rule dataset_description:
    input:
        record=rules.clone.output.record,
    output:
        description="results/dataset_description.json",
        labels="results/descriptions.tsv",
        ignore="results/.bidsignore",
    log:
        "results/logs/dataset_description.log",
    conda:
        "../../envs/isospine.yaml"
    params:
        labels=DESCRIPTIONS,
        code=code("dataset_description.py"),
    script:
        "../scripts/dataset_description.py"
