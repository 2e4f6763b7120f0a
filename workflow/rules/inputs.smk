"""What figures and tables are made of."""


def metric_files(wildcards):
    labels = [*METHODS, *config["baselines"]]
    return expand(
        "results/metrics/{image}_desc-{label}_{contrast}.tsv",
        image=manifest_rows(),
        label=labels,
        contrast=CONTRASTS,
    )


def view_voxels(image, contrast):
    """Voxels of each view of one contrast of an image."""
    voxels = cost.count_voxels(manifest_rows()[image][contrast])
    return [voxels / view["factor"] for view in VIEWS_OF[contrast].values()]


def results_table(wildcards):
    return "results/metrics.tsv"


def wanted_volumes(wildcards):
    """Every recipe as configured (no ablation value) on every other grid, with the first seed."""
    return expand(
        "results/{image}_res-{resolution}_desc-{label}_{contrast}.nii.gz",
        image=manifest_rows(),
        resolution=[label for label in RESOLUTIONS if label != "reference"],
        label=configured_labels().values(),
        contrast=CONTRASTS,
    )


def recipe_names(wildcards):
    return list(configured_labels())


def view_planes(wildcards):
    return [view["plane"] for view in view_specs(wildcards)]


def reconstructions(methods):
    """Reconstructions of one image by the methods that a figure shows or chooses from."""
    return lambda wildcards: [
        f"results/{wildcards.image}_res-reference_desc-{one['label']}_{wildcards.contrast}.nii.gz"
        for one in methods
    ]


def metrics_of(methods):
    """Metrics of one image by the same methods."""
    return lambda wildcards: [
        f"results/metrics/{wildcards.image}_desc-{one['label']}_{wildcards.contrast}.tsv"
        for one in methods
    ]


def recipe_images(resolution=None):
    """Reconstructions of one image by every recipe as configured, on one grid or that of the wildcard."""
    return lambda wildcards: [
        f"results/{wildcards.image}_res-{resolution or wildcards.resolution}_desc-{label}_{wildcards.contrast}.nii.gz"
        for label in configured_labels().values()
    ]


def series(wildcards):
    return ablation_series(config, METHODS, wildcards.ablation)


def training_curves(wildcards):
    """Training curves of every method, image after image."""
    return expand(
        "results/models/{image}_desc-{method}_{contrast}.tsv",
        image=manifest_rows(),
        method=METHODS,
        contrast=CONTRASTS,
    )


def curve_methods(wildcards):
    """Method of each training curve, and the contrast where there are several."""
    return [
        contrast_title(method.name, contrast)
        for _ in manifest_rows()
        for method in METHODS.values()
        for contrast in CONTRASTS
    ]


def curve_groups(wildcards):
    """Methods whose curves share an axis, one group for each contrast."""
    return [
        {
            "title": contrast_title(group["title"], contrast),
            "methods": {
                contrast_title(name, contrast): title
                for name, title in group["methods"].items()
            },
        }
        for contrast in CONTRASTS
        for group in training_groups(config, METHODS)
    ]


def contrast_title(title, contrast):
    """A title, with the contrast where there are several."""
    return title if len(CONTRASTS) == 1 else f"{title}, {contrast}"


def image_name(wildcards):
    return PurePosixPath(wildcards.image).name


def shown_name(wildcards):
    """Name of an image as the report lists it."""
    return contrast_title(image_name(wildcards), wildcards.contrast)


def finer_labels(wildcards):
    """What the report's list of figures says of a finer grid."""
    return {"figure": f"3 on a grid of {RESOLUTIONS[wildcards.resolution]:g} mm"}


def figure_files(wildcards):
    """Every figure, table and page that the report shows."""
    finer = FINER if METHODS else []
    per_image = [
        "desc-views",
        "desc-comparison",
        "desc-erroranatomy",
        "desc-profiles",
        *(f"res-{r}_desc-planes" for r in finer),
    ]
    figures = expand(
        "results/figures/{image}_{figure}_{contrast}.png",
        image=manifest_rows(),
        figure=per_image,
        contrast=CONTRASTS,
    )
    figures += expand(
        "results/figures/{image}_desc-viewer_{contrast}.html",
        image=manifest_rows(),
        contrast=CONTRASTS,
    )
    figures += expand(
        "results/figures/ablation_{name}.{ext}", name=ABLATIONS, ext=["png", "html"]
    )
    if ABLATIONS:
        figures += [f"results/report/{name}" for name in NOTEBOOK_FILES]
    networks = ["training", "rate_distortion"] if METHODS else []
    figures += [f"results/figures/{name}.png" for name in networks]
    pages = ["summary.html", "paired.html", "metrics.html", "status.html"]
    return [
        *figures,
        "results/figures/cost.png",
        *(f"results/tables/{p}" for p in pages),
        *(f"results/report/{name}" for name in ("overview.html", *METHODS_FILES)),
    ]
