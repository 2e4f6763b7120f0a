"""The results as a dataset of their own, to be shared: asked for by name, in the folder export."""


localrules:
    export,
    export_datalad,


def export_files(wildcards):
    """Everything that the configuration asks for, and nothing that an earlier one left behind."""
    images = {"image": manifest_rows(), "contrast": CONTRAST}
    stem = "results/{image}_desc-{label}_{contrast}"
    on_grid = stem.replace("_desc-", "_res-reference_desc-")
    volumes = [
        *expand(stem + ".nii.gz", label=["reference", *VIEWS], **images),
        *expand(on_grid + ".nii.gz", label=[*METHODS, *config["baselines"]], **images),
        *finer_reconstructions(wildcards),
        *(
            f"results/{image}_label-SC_desc-{CONTRAST}_mask.nii.gz"
            for image, row in manifest_rows().items()
            if row["segmentation"] != "n/a"
        ),
    ]
    model = stem.replace("results/", "results/models/")
    shown = figure_files(wildcards)
    return [
        *expand("results/{name}", name=["dataset_description.json", ".bidsignore"]),
        *expand("results/{name}.tsv", name=["descriptions", "manifest", "metrics"]),
        *volumes,
        *(path.replace(".nii.gz", ".json") for path in volumes),
        *expand(
            model + ".{ext}",
            label=METHODS,
            ext=["safetensors", "tsv", "json"],
            **images,
        ),
        *expand(model + ".json", label=config["baselines"], **images),
        *shown,
        *(path.replace(".png", ".pdf") for path in shown if path.endswith(".png")),
        *expand("results/tables/{name}.tsv", name=["summary", "paired", "status"]),
    ]


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
