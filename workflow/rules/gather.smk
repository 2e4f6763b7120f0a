"""What the rules ask of that gather from the whole run."""


def first_image(wildcards):
    return next(iter(manifest_rows()))


def first_image_name(wildcards):
    name = PurePosixPath(first_image(wildcards)).name
    return contrast_title(name, CONTRASTS[0])


def first_comparison(wildcards):
    return (
        f"results/figures/{first_image(wildcards)}_desc-comparison_{CONTRASTS[0]}.png"
    )


def error_anatomies(wildcards):
    return expand(
        "results/tables/{image}_desc-erroranatomy_{contrast}.tsv",
        image=manifest_rows(),
        contrast=CONTRASTS,
    )


def run_records(wildcards):
    """Records of every training and baseline."""
    return expand(
        "results/models/{image}_desc-{label}_{contrast}.json",
        image=manifest_rows(),
        label=[*METHODS, *config["baselines"]],
        contrast=CONTRASTS,
    )


def run_sidecars(wildcards):
    """Sidecars of every view."""
    return volumes_of(VIEWS_OF, ".json")


def volumes_of(labels, ending):
    """Files of every image on its own grid: of each contrast, those of its labels."""
    return [
        f"results/{image}_desc-{label}_{contrast}{ending}"
        for image in manifest_rows()
        for contrast in CONTRASTS
        for label in labels[contrast]
    ]


def cord_is_known(wildcards):
    """Whether any image has a segmentation of the spinal cord."""
    return any(
        segmented(row) for rows in manifest_rows().values() for row in rows.values()
    )


def segmented(row):
    return row["segmentation"] != "n/a"


def export_files(wildcards):
    """Everything that the configuration asks for, and nothing that an earlier one left behind."""
    images = {"image": manifest_rows(), "contrast": CONTRASTS}
    model = "results/models/{image}_desc-{label}_{contrast}"
    volumes = [
        *volumes_of({c: ["reference", *v] for c, v in VIEWS_OF.items()}, ".nii.gz"),
        *expand(
            "results/{image}_res-reference_desc-{label}_{contrast}.nii.gz",
            label=[*METHODS, *config["baselines"]],
            **images,
        ),
        *wanted_volumes(wildcards),
        *(
            f"results/{image}_label-SC_desc-{contrast}_mask.nii.gz"
            for image, rows in manifest_rows().items()
            for contrast, row in rows.items()
            if segmented(row)
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
