"""What methods, tables and pages are made of where views were acquired."""

from isospine.plan.views import stated_slices

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


def body_views(image, contrast):
    """Views of one contrast of a body, by the paths of their files without contrast and suffix."""
    rows = bodies_of(*manifest_state())[image][contrast]
    return {
        str(PurePosixPath(row["path"]).with_name(row["image"])): row for row in rows
    }


def image_files(image, contrast):
    return [
        f"results/sourcedata/{path}_{contrast}.nii.gz"
        for path in body_views(image, contrast)
    ]


def stated(image, contrast):
    """What the sidecars of a body's views say of their slices."""
    return [stated_slices(row) for row in body_views(image, contrast).values()]


def view_images(wildcards):
    return image_files(wildcards.image, wildcards.contrast)


def all_images(wildcards):
    """Views of all contrasts of a body."""
    return [f for contrast in CONTRASTS for f in image_files(wildcards.image, contrast)]


def all_sidecars(wildcards):
    return {contrast: stated(wildcards.image, contrast) for contrast in CONTRASTS}


def contrasts_seen(wildcards):
    """Contrasts whose views a network is trained on that is judged by one of them."""
    shared = is_shared(METHODS[wildcards.method].hyperparameters)
    return CONTRASTS if shared else [wildcards.contrast]


def images_seen(wildcards):
    return [
        file
        for contrast in contrasts_seen(wildcards)
        for file in image_files(wildcards.image, contrast)
    ]


def body_of_view(wildcards):
    return next(
        body
        for body in manifest_rows()
        if wildcards.view_image in body_views(body, wildcards.contrast)
    )


def images_beside(wildcards):
    """All views of the body and contrast that a view is of."""
    return image_files(body_of_view(wildcards), wildcards.contrast)


def placement_beside(wildcards):
    return f"results/placements/{body_of_view(wildcards)}.json"


def number_in_body(wildcards):
    views = body_views(body_of_view(wildcards), wildcards.contrast)
    return list(views).index(wildcards.view_image)


def every_view():
    """Path and contrast of every view of the run."""
    return [
        (path, contrast)
        for image in manifest_rows()
        for contrast in CONTRASTS
        for path in body_views(image, contrast)
    ]


def view_voxels(image, contrast):
    """Voxels of each view of one contrast of a body."""
    return [cost.count_voxels(row) for row in body_views(image, contrast).values()]


def results_table(wildcards):
    return "results/trials.tsv"


def view_uri(wildcards):
    row = file_rows()[wildcards.view_image, wildcards.contrast]
    return f"bids:source:{row['path']}"


def view_uris(wildcards):
    rows = body_views(wildcards.image, wildcards.contrast).values()
    return [f"bids:source:{row['path']}" for row in rows]


def held_out_parts(image, contrast):
    """Scores of every method on the held-out slices of one contrast of a body."""
    return [
        f"results/held_out/{image}_desc-{label}_{contrast}.tsv"
        for label in [*METHODS, *config["baselines"]]
    ]


def trial_parts(image, contrast):
    """Scores of every method in trials: of a network a file for each view."""
    stem = f"results/trials/{image}_desc-"
    numbers = range(len(body_views(image, contrast)))
    return [
        *(
            f"{stem}{m}_{contrast}_view-{number}.tsv"
            for m in METHODS
            for number in numbers
        ),
        *(f"{stem}{baseline}_{contrast}.tsv" for baseline in config["baselines"]),
    ]


def of_the_run(parts):
    """Files of every contrast of every body."""
    return lambda wildcards: [
        part
        for image in manifest_rows()
        for contrast in CONTRASTS
        for part in parts(image, contrast)
    ]


held_out_files, trial_files = of_the_run(held_out_parts), of_the_run(trial_parts)


def held_out_of_image(wildcards):
    return held_out_parts(wildcards.image, wildcards.contrast)


def trials_of_image(wildcards):
    return trial_parts(wildcards.image, wildcards.contrast)


def view_number(wildcards):
    return int(wildcards.number)


def page_labels(wildcards):
    """What the report's list says of a page."""
    contrast = f"{wildcards.contrast}: " if CONTRASTS[1:] else ""
    return {"page": f"{contrast}volumes, views, trials and held-out slices"}


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
        f"results/{path}_desc-placed_{contrast}.nii.gz"
        for path, contrast in every_view()
    ]
    contradictions = [
        f"results/{image}_res-{MAIN}_desc-disagreement_{contrast}.nii.gz"
        for image in manifest_rows()
        for contrast in CONTRASTS
        if len(body_views(image, contrast)) > 1
    ]
    volume = "results/{image}_res-{resolution}_desc-{label}_{contrast}.nii.gz"
    images = {"image": manifest_rows(), "contrast": CONTRASTS}
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
        f"results/placements/{path}_{contrast}_xfm.tfm"
        for path, contrast in every_view()
    ]


def run_records(wildcards):
    """Records of every training and baseline."""
    return expand(
        "results/models/{image}_desc-{label}_{contrast}.json",
        image=manifest_rows(),
        label=[*METHODS, *config["baselines"]],
        contrast=CONTRASTS,
    )


def run_placements(wildcards):
    """What was estimated of the views of every body."""
    return [f"results/placements/{image}.json" for image in manifest_rows()]


def image_name(wildcards):
    """Name of an image as the report lists it."""
    return PurePosixPath(wildcards.image).name


def figure_files(wildcards):
    """Every table and page that the report shows."""
    pages = expand(
        "results/figures/{image}_desc-acquired_{contrast}.html",
        image=manifest_rows(),
        contrast=CONTRASTS,
    )
    return [
        *pages,
        *expand(
            "results/tables/{name}.html",
            name=["ranking", "paired", "trials", "held_out", "status"],
        ),
        *(f"results/report/{name}" for name in ("overview.html", *METHODS_FILES)),
    ]
