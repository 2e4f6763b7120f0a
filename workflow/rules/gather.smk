"""What the rules ask of that gather from the whole run."""


def first_image(wildcards):
    return next(iter(manifest_rows()))


def first_image_name(wildcards):
    return PurePosixPath(first_image(wildcards)).name


def first_comparison(wildcards):
    return f"results/figures/{first_image(wildcards)}_desc-comparison_{CONTRAST}.png"


def run_records(wildcards):
    """Records of every training and baseline."""
    return expand(
        "results/models/{image}_desc-{label}_{contrast}.json",
        image=manifest_rows(),
        label=[*METHODS, *config["baselines"]],
        contrast=CONTRAST,
    )


def run_sidecars(wildcards):
    """Sidecars of every view."""
    return expand(
        "results/{image}_desc-{view}_{contrast}.json",
        image=manifest_rows(),
        view=VIEWS,
        contrast=CONTRAST,
    )


def cord_is_known(wildcards):
    """Whether any image has a segmentation of the spinal cord."""
    return any(row["segmentation"] != "n/a" for row in manifest_rows().values())


def export_files(wildcards):
    """Everything that the configuration asks for, and nothing that an earlier one left behind."""
    images = {"image": manifest_rows(), "contrast": CONTRAST}
    model = "results/models/{image}_desc-{label}_{contrast}"
    volumes = [
        *expand(
            "results/{image}_desc-{label}_{contrast}.nii.gz",
            label=["reference", *VIEWS],
            **images,
        ),
        *expand(
            "results/{image}_res-reference_desc-{label}_{contrast}.nii.gz",
            label=[*METHODS, *config["baselines"]],
            **images,
        ),
        *wanted_volumes(wildcards),
        *(
            f"results/{image}_label-SC_desc-{CONTRAST}_mask.nii.gz"
            for image, row in manifest_rows().items()
            if row["segmentation"] != "n/a"
        ),
    ]
    shown = figure_files(wildcards)
    return [
        *expand("results/{name}", name=["dataset_description.json", ".bidsignore"]),
        *expand("results/{name}.tsv", name=["descriptions", "manifest", "metrics"]),
        *volumes,
        *(path.replace(".nii.gz", ".json") for path in volumes),
        *expand(
            f"{model}.{{ext}}",
            label=METHODS,
            ext=["safetensors", "tsv", "json"],
            **images,
        ),
        *expand(f"{model}.json", label=config["baselines"], **images),
        *shown,
        *(path.replace(".png", ".pdf") for path in shown if path.endswith(".png")),
        *expand("results/tables/{name}.tsv", name=["summary", "paired", "status"]),
        *expand(
            "results/tables/{image}_desc-{table}_{contrast}.tsv",
            table=["erroranatomy", "profiles"],
            **images,
        ),
    ]
