"""Clone and index the dataset, then fetch one file per job."""

if "downloads" not in workflow.global_resources:
    # a default of --resources here, not in a profile, where the command line would replace it
    workflow.register_resource("downloads", 4)

if DATASET["kind"] == "demo":

    rule demo_dataset:
        output:
            **STEPS["demo_dataset"].files,
        log:
            STEPS["demo_dataset"].log,
        localrule: True
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
    localrule: True
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
    localrule: True
    conda:
        "../../envs/isospine.yaml"
    params:
        **described(
            "index.py",
            dataset=DATASET,
            contrasts=RUN.contrasts,
            subjects=config["dataset"]["subjects"],
            sessions=config["dataset"].get("sessions", "all"),
            exclude=config["dataset"]["exclude"],
            exclude_content=EXCLUDE_CONTENT,
            persons=config["dataset"].get("persons"),
            population=RUN.population_recipes,
            views=config["views"] if RUN.acquired else [],
            earlier=config.get("earlier") if RUN.acquired else None,
            soft=RUN.acquired and takes_soft_labels(config),
        ),
    script:
        "../scripts/index.py"


# Priorities: jobs that use an image run before the next image is fetched, and its small segmentation before the image, so
# that with dataset.keep false no image waits on the disk. On a cluster one job may make reference and cord mask from both.
rule fetch:
    input:
        RUN.index_first,
    output:
        **fetched("fetch"),
    log:
        STEPS["fetch"].log,
    cache: True
    priority: 1
    localrule: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("fetch"),
        downloads=1,
    params:
        **described("fetch.py", file=RUN.manifest_row, identity=RUN.manifest_identity),
    script:
        "../scripts/fetch.py"


rule fetch_segmentation:
    input:
        RUN.index_first,
    output:
        **fetched("fetch_segmentation"),
    log:
        STEPS["fetch_segmentation"].log,
    cache: True
    priority: 2
    localrule: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("fetch_segmentation"),
        downloads=1,
    params:
        **described(
            "fetch.py", file=RUN.segmentation_row, identity=RUN.segmentation_identity
        ),
    script:
        "../scripts/fetch.py"


rule dataset_description:
    input:
        record=rules.clone.output.record,
    output:
        **STEPS["dataset_description"].files,
    log:
        STEPS["dataset_description"].log,
    localrule: True
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("dataset_description.py", labels=RUN.descriptions),
    script:
        "../scripts/dataset_description.py"
