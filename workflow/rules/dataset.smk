"""From the dataset's source to the manifest, and one file of it per job."""

if "downloads" not in workflow.global_resources:
    # as a default of --resources, which a profile's would not be: the command line replaces that
    workflow.register_resource("downloads", 4)

if DATASET["kind"] == "demo":

    localrules:
        demo_dataset,

    rule demo_dataset:
        output:
            **STEPS["demo_dataset"].files,
        log:
            STEPS["demo_dataset"].log,
        conda:
            "../../envs/isospine.yaml"
        params:
            **described("demo_dataset.py"),
        script:
            "../scripts/demo_dataset.py"


rule clone:
    input:
        RUN.demo_record,
    output:
        **STEPS["clone"].files,
    log:
        STEPS["clone"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("clone.py", dataset=DATASET),
    script:
        "../scripts/clone.py"


checkpoint index:
    input:
        record=rules.clone.output.record,
    output:
        **STEPS["index"].files,
    log:
        STEPS["index"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "index.py",
            dataset=DATASET,
            contrasts=RUN.contrasts,
            subjects=config["dataset"]["subjects"],
            exclude=config["dataset"]["exclude"],
            views=config["views"] if RUN.acquired else [],
        ),
    script:
        "../scripts/index.py"


# What uses an image comes before the next image (priority), and its segmentation, which is small, before the image: with
# dataset.keep false no image waits on the disk. On a cluster reference and cord mask may be one job, which needs both.
rule fetch:
    input:
        RUN.index_first,
    output:
        **fetched("fetch"),
    log:
        STEPS["fetch"].log,
    cache: True
    priority: 1
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("fetch"),
        downloads=1,
    params:
        **described("fetch.py", file=RUN.manifest_row),
    script:
        "../scripts/fetch.py"


rule dataset_description:
    input:
        record=rules.clone.output.record,
    output:
        **STEPS["dataset_description"].files,
    log:
        STEPS["dataset_description"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("dataset_description.py", labels=RUN.descriptions),
    script:
        "../scripts/dataset_description.py"
