"""What methods, tables and pages are made of where views were acquired."""

from snakemake.io import apply_wildcards

from isospine.view_specs import stated_slices

#: Grid of every method: spacing in mm, what it covers and along what it lies.
GRID = {
    "spacing": RESOLUTIONS[MAIN],
    "field": config["acquired"]["field"],
    "axes": config["acquired"]["axes"],
}
#: Recipes that learn from views of two planes.
TWO_PLANES = sorted(
    {m.recipe for m in METHODS.values() if m.hyperparameters["model"] != "coordinate"}
)


def body_views(image):
    """Views of a body, by the paths of their files without suffix."""
    rows = bodies_of(*manifest_state())[image]
    return {
        str(PurePosixPath(row["path"]).with_name(row["image"])): row for row in rows
    }


def view_images(wildcards):
    return [
        f"results/sourcedata/{path}_{wildcards.contrast}.nii.gz"
        for path in body_views(wildcards.image)
    ]


def view_sidecars(wildcards):
    """What the sidecars of a body's views say of their slices."""
    return [stated_slices(row) for row in body_views(wildcards.image).values()]


def body_of_view(wildcards):
    return next(
        body for body in manifest_rows() if wildcards.view_image in body_views(body)
    )


def images_beside(wildcards):
    """All views of the body that a view is of."""
    return [
        f"results/sourcedata/{path}_{wildcards.contrast}.nii.gz"
        for path in body_views(body_of_view(wildcards))
    ]


def sidecars_beside(wildcards):
    return [stated_slices(row) for row in body_views(body_of_view(wildcards)).values()]


def placement_beside(wildcards):
    return f"results/placements/{body_of_view(wildcards)}_{wildcards.contrast}.json"


def number_in_body(wildcards):
    return list(body_views(body_of_view(wildcards))).index(wildcards.view_image)


def slice_factors(image):
    """Of each view of a body, how many voxels of the grid one of its own stands for."""
    return [
        cost.count_voxels(row, GRID["spacing"]) / cost.count_voxels(row)
        for row in body_views(image).values()
    ]


def results_table(wildcards):
    return "results/held_out.tsv"


def view_uri(wildcards):
    return f"bids:source:{file_rows()[wildcards.view_image]['path']}"


def view_uris(wildcards):
    return [
        f"bids:source:{row['path']}" for row in body_views(wildcards.image).values()
    ]


def held_out_files(wildcards):
    return expand(
        "results/held_out/{image}_desc-{label}_{contrast}.tsv",
        image=manifest_rows(),
        label=[*METHODS, *config["baselines"]],
        contrast=CONTRAST,
    )


def held_out_of_image(wildcards):
    return expand(
        "results/held_out/{image}_desc-{label}_{contrast}.tsv",
        label=[*METHODS, *config["baselines"]],
        **wildcards,
    )


#: What a page shows beside the views and their cubic interpolation.
SHOWN = [one for one in VIEWED if one["kind"] != "interpolation"]


def shown_volumes(wildcards):
    return [
        f"results/{wildcards.image}_res-{MAIN}_desc-{one['label']}_{wildcards.contrast}.nii.gz"
        for one in SHOWN
    ]


def wanted_volumes(wildcards):
    """Every view where it was put, every method on the main grid, and every recipe as configured on every other grid."""
    views = [
        f"results/{path}_desc-placed_{CONTRAST}.nii.gz"
        for image in manifest_rows()
        for path in body_views(image)
    ]
    contradictions = [
        f"results/{image}_res-{MAIN}_desc-disagreement_{CONTRAST}.nii.gz"
        for image in manifest_rows()
        if len(body_views(image)) > 1
    ]
    volume = "results/{image}_res-{resolution}_desc-{label}_{contrast}.nii.gz"
    images = {"image": manifest_rows(), "contrast": CONTRAST}
    return [
        *views,
        *contradictions,
        *expand(
            volume,
            resolution=MAIN,
            label=[*METHODS, *config["baselines"]],
            **images,
        ),
        *expand(
            volume,
            resolution=[label for label in RESOLUTIONS if label != MAIN],
            label=configured_labels().values(),
            **images,
        ),
    ]


def transforms(wildcards):
    """Motion of every view."""
    return [
        f"results/placements/{path}_{CONTRAST}_xfm.tfm"
        for image in manifest_rows()
        for path in body_views(image)
    ]


def run_records(wildcards):
    """Records of every training and baseline."""
    return expand(
        "results/models/{image}_desc-{label}_{contrast}.json",
        image=manifest_rows(),
        label=[*METHODS, *config["baselines"]],
        contrast=CONTRAST,
    )


def run_placements(wildcards):
    """What was estimated of the views of every body."""
    return expand(
        "results/placements/{image}_{contrast}.json",
        image=manifest_rows(),
        contrast=CONTRAST,
    )


def image_name(wildcards):
    """Name of an image as the report lists it."""
    return PurePosixPath(wildcards.image).name


def figure_files(wildcards):
    """Every table and page that the report shows."""
    pages = expand(
        "results/figures/{image}_desc-acquired_{contrast}.html",
        image=manifest_rows(),
        contrast=CONTRAST,
    )
    return [
        *pages,
        *expand(
            "results/tables/{name}.html",
            name=["ranking", "paired", "held_out", "status"],
        ),
        *(f"results/report/{name}" for name in ("overview.html", *METHODS_FILES)),
    ]


def export_files(wildcards):
    """Everything that the configuration asks for, and nothing that an earlier one left behind."""
    images = {"image": manifest_rows(), "contrast": CONTRAST}
    model = "results/models/{image}_desc-{label}_{contrast}"
    volumes = wanted_volumes(wildcards)
    return [
        *expand("results/{name}", name=["dataset_description.json", ".bidsignore"]),
        *expand("results/{name}.tsv", name=["descriptions", "manifest", "held_out"]),
        *volumes,
        *(path.replace(".nii.gz", ".json") for path in volumes),
        *run_placements(wildcards),
        *transforms(wildcards),
        *expand(
            f"{model}.{{ext}}",
            label=METHODS,
            ext=["safetensors", "tsv", "json"],
            **images,
        ),
        *expand(f"{model}.json", label=config["baselines"], **images),
        *figure_files(wildcards),
        *expand(
            "results/tables/{name}.tsv",
            name=["ranking", "held_out_images", "paired", "status"],
        ),
    ]


def image_jobs(image, row):
    """Of each planned job of a body, a file that it makes and its log."""
    body = {"image": image, "contrast": CONTRAST}
    others = [label for label in RESOLUTIONS if label != MAIN]
    configured = list(configured_labels().values())
    views = list(body_views(image))
    jobs = [
        *((rules.place.output.record, rules.fetch.log, {"image": v}) for v in views),
        (rules.place.output.record, rules.place.log, {}),
        *(
            (rules.view.output.image, rules.view.log, {"view_image": view})
            for view in views
        ),
        *((rules.train.output.model, rules.train.log, {"method": m}) for m in METHODS),
        *(
            (
                rules.reconstruct.output.image,
                rules.reconstruct.log,
                {"method": method, "resolution": resolution},
            )
            for method in METHODS
            for resolution in [MAIN, *(others if method in configured else [])]
        ),
        *(
            (rules.baseline.output.image, rules.baseline.log, {"baseline": baseline})
            for baseline in config["baselines"]
        ),
        *(
            (
                rules.held_out_network.output.scores,
                rules.held_out_network.log,
                {"method": m},
            )
            for m in METHODS
        ),
        *(
            (
                rules.held_out_baseline.output.scores,
                rules.held_out_baseline.log,
                {"baseline": b},
            )
            for b in config["baselines"]
        ),
        (rules.figure_acquired.output.page, rules.figure_acquired.log, {}),
    ]
    if len(views) > 1:
        jobs.append(
            (
                rules.disagreement.output.image,
                rules.disagreement.log,
                {"resolution": MAIN},
            )
        )
    return [
        (
            apply_wildcards(
                product, body | {k: v for k, v in own.items() if k != "image"}
            ),
            apply_wildcards(log[0], body | own),
        )
        for product, log, own in jobs
    ]
