"""The configuration unfolded into views, methods and images, and what rules ask of them."""

import csv
from functools import cache
from hashlib import sha256
from pathlib import PurePosixPath

from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

from isospine.codehash import code_hash
from isospine.config import (
    check_config,
    describe_labels,
    load_yaml,
    plan_methods,
    resolution_label,
    view_label,
)
from isospine.errors import InputError
from isospine.files import check_output_folder
from isospine.figure_plan import (
    ablation_names,
    ablation_series,
    compared_methods,
    mapping_size_series,
    training_groups,
    viewed_methods,
)
from isospine.leave_out import choose_population
from isospine.source import describe_source
from isospine.status import read_left_out
from isospine.validation import from_text

ENTITIES = ("ses", "task", "acq", "ce", "rec", "run", "echo", "part", "chunk")
IMAGE_PATTERN = (
    r"sub-[A-Za-z0-9]+(?:/ses-[A-Za-z0-9]+)?/anat/sub-[A-Za-z0-9]+"
    rf"(?:_(?:{'|'.join(ENTITIES)})-[A-Za-z0-9]+)*"
)

LEFT_OUT_FILE = Path("results/left_out.tsv")
METHODS_FILES = ("methods.html", "methods.md", "references.bib")
REFERENCES = ROOT / "src/isospine/references.bib"

try:
    SCHEMA = load_yaml(ROOT / "workflow/schemas/config.schema.yaml")
    # Snakemake reads the values inside a map or list of --config as text
    update_config(config, from_text(dict(workflow.config_settings.config), SCHEMA))
    check_config(config, SCHEMA)
    check_output_folder(Path("results"))
    METHODS = plan_methods(config, SCHEMA)
    DATASET = describe_source(
        config["dataset"]["source"],
        config["dataset"]["version"],
        config["dataset"]["contrast"],
        Path.cwd(),
    )
    LEFT_OUT = read_left_out(LEFT_OUT_FILE)
except InputError as error:
    raise WorkflowError(str(error)) from None

CONTRAST = config["dataset"]["contrast"]
VIEWS = {view_label(view): view for view in config["views"]}
RESOLUTIONS = {
    resolution_label(resolution): resolution for resolution in config["resolutions"]
}
ABLATIONS = ablation_names(config)
COMPARED = compared_methods(config, METHODS)
VIEWED = viewed_methods(config, METHODS)
DESCRIPTIONS = describe_labels(VIEWS, METHODS, config["baselines"])
PROFILE = (
    "point"
    if config["acquisition"]["sampling"] == "point"
    else config["acquisition"]["slice_profile"]
)


def fetched(path):
    """Mark a file that is fetched to be removed after its last use, unless the configuration keeps it."""
    return path if config["dataset"]["keep"] else temp(path)


def code(script):
    """Hash of the library code behind a script; Snakemake itself hashes the script only."""
    return code_hash(ROOT / "workflow/scripts" / script)


@cache
def read_rows(manifest, changed, all_images):
    """Rows of one state of the manifest; asked for by every job of a plan, so read once."""
    with open(manifest, encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {
        str(PurePosixPath(row["path"]).with_name(row["image"])): row
        for row in rows
        if all_images or row["image"] not in LEFT_OUT
    }


@cache
def manifest_file():
    """The manifest; asks for the index first, and where that was made once no more."""
    return Path(checkpoints.index.get().output.manifest)


def manifest_rows(all_images=False):
    """Images of the run, by the path of their files without suffix; asks for the index first."""
    manifest = manifest_file()
    return read_rows(manifest, manifest.stat().st_mtime_ns, all_images)


def demo_record(wildcards):
    return rules.demo_dataset.output.record if DATASET["kind"] == "demo" else []


def manifest_row(wildcards):
    """Where one image is and which bytes it must have."""
    row = manifest_rows()[wildcards.image]
    return {key: row[key] for key in ("path", "annex_key", "size", "sha256")}


def segmentation_row(wildcards):
    """Where the cord segmentation of one image is and which bytes it must have."""
    row = manifest_rows()[wildcards.image]
    columns = {"path": "segmentation"} | {
        key: f"segmentation_{key}" for key in ("annex_key", "size", "sha256")
    }
    return {key: row[column] for key, column in columns.items()}


def index_first(wildcards):
    """No file, but the images must be known before this rule's params are."""
    manifest_rows()
    return []


def cord_mask(wildcards):
    """The cord mask on the reference's grid, where the dataset has a segmentation."""
    if manifest_rows()[wildcards.image]["segmentation"] == "n/a":
        return []
    return f"results/{wildcards.image}_label-SC_desc-{wildcards.contrast}_mask.nii.gz"


def view_spec(wildcards):
    return VIEWS[wildcards.view]


def view_files(wildcards):
    return [
        f"results/{wildcards.image}_desc-{view}_{wildcards.contrast}.nii.gz"
        for view in VIEWS
    ]


def view_sidecars(wildcards):
    return [path.replace(".nii.gz", ".json") for path in view_files(wildcards)]


def labels_of(kind):
    """Pattern of the methods of one kind of model."""
    labels = [m.label for m in METHODS.values() if m.hyperparameters["model"] == kind]
    return "|".join(labels) or "none"


def coordinate_model(wildcards):
    """The model of a coordinate network, which holds an image by itself; of other methods nothing."""
    method = METHODS.get(wildcards.label)
    if method is None or method.hyperparameters["model"] != "coordinate":
        return []
    return f"results/models/{wildcards.image}_desc-{wildcards.label}_{wildcards.contrast}.safetensors"


def hyperparameters(wildcards):
    return METHODS[wildcards.method].hyperparameters


def provenance(wildcards):
    """What a model file says about itself."""
    method = METHODS[wildcards.method]
    return {
        "image": PurePosixPath(wildcards.image).name,
        "contrast": wildcards.contrast,
        "method": method.name,
        "recipe": method.recipe,
    }


def population(wildcards):
    """Images of other subjects that a population prior learns from, by the path of their files."""
    method = METHODS[wildcards.method]
    count = method.hyperparameters["population_images"]
    try:
        return choose_population(manifest_rows(), wildcards.image, count, method.seed)
    except InputError as error:
        raise WorkflowError(str(error)) from None


def population_references(wildcards):
    return [
        f"results/{image}_desc-reference_{wildcards.contrast}.nii.gz"
        for image in population(wildcards)
    ]


def baseline_provenance(wildcards):
    """What the record of a baseline says about itself."""
    image = PurePosixPath(wildcards.image).name
    return {
        "image": image,
        "contrast": wildcards.contrast,
        "method": wildcards.baseline,
    }


def source_uri(wildcards):
    return f"bids:source:{manifest_row(wildcards)['path']}"


def segmentation_uri(wildcards):
    return f"bids:source:{segmentation_row(wildcards)['path']}"


def seed(wildcards):
    return METHODS[wildcards.method].seed


def target_spacing(wildcards):
    return RESOLUTIONS[wildcards.resolution]


def metric_files(wildcards):
    labels = [*METHODS, *config["baselines"]]
    return expand(
        "results/metrics/{image}_desc-{label}_{contrast}.tsv",
        image=manifest_rows(),
        label=labels,
        contrast=CONTRAST,
    )


def finer_reconstructions(wildcards):
    """Every recipe as configured (no ablation value) on every other grid, with the first seed."""
    labels = [
        m.label
        for m in METHODS.values()
        if m.name == m.recipe and m.seed == config["seeds"][0]
    ]
    return expand(
        "results/{image}_res-{resolution}_desc-{label}_{contrast}.nii.gz",
        image=manifest_rows(),
        resolution=[label for label in RESOLUTIONS if label != "reference"],
        label=labels,
        contrast=CONTRAST,
    )


def configured_labels():
    """Every recipe as configured (no ablation value), with the first seed."""
    return {
        m.name: m.label
        for m in METHODS.values()
        if m.name == m.recipe and m.seed == config["seeds"][0]
    }


def recipe_names(wildcards):
    return list(configured_labels())


def view_planes(wildcards):
    return [view["plane"] for view in VIEWS.values()]


def compared_images(wildcards):
    """Reconstructions of one image that its comparison shows or chooses from."""
    return [
        f"results/{wildcards.image}_res-reference_desc-{one['label']}_{wildcards.contrast}.nii.gz"
        for one in COMPARED
    ]


def compared_metrics(wildcards):
    return [
        f"results/metrics/{wildcards.image}_desc-{one['label']}_{wildcards.contrast}.tsv"
        for one in COMPARED
    ]


def viewed_images(wildcards):
    """Reconstructions of one image that its viewer shows or chooses from."""
    return [
        f"results/{wildcards.image}_res-reference_desc-{one['label']}_{wildcards.contrast}.nii.gz"
        for one in VIEWED
    ]


def viewed_metrics(wildcards):
    return [
        f"results/metrics/{wildcards.image}_desc-{one['label']}_{wildcards.contrast}.tsv"
        for one in VIEWED
    ]


def finer_images(wildcards):
    """Reconstructions of one image on one finer grid."""
    return [
        f"results/{wildcards.image}_res-{wildcards.resolution}_desc-{label}_{wildcards.contrast}.nii.gz"
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
        contrast=CONTRAST,
    )


def curve_methods(wildcards):
    """Method of each training curve."""
    return [method.name for _ in manifest_rows() for method in METHODS.values()]


def image_name(wildcards):
    """Name of an image as the report lists it."""
    return PurePosixPath(wildcards.image).name


def finer_labels(wildcards):
    """What the report's list of figures says of a finer grid."""
    return {"figure": f"3 on a grid of {RESOLUTIONS[wildcards.resolution]:g} mm"}


def figure_files(wildcards):
    """Every figure, table and page that the report shows."""
    finer = [label for label in RESOLUTIONS if label != "reference"] if METHODS else []
    per_image = [
        "desc-views",
        "desc-comparison",
        *(f"res-{r}_desc-planes" for r in finer),
    ]
    figures = expand(
        "results/figures/{image}_{figure}_{contrast}.png",
        image=manifest_rows(),
        figure=per_image,
        contrast=CONTRAST,
    )
    figures += expand(
        "results/figures/{image}_desc-viewer_{contrast}.html",
        image=manifest_rows(),
        contrast=CONTRAST,
    )
    figures += [f"results/figures/ablation_{name}.png" for name in ABLATIONS]
    networks = ["training", "rate_distortion"] if METHODS else []
    figures += [f"results/figures/{name}.png" for name in networks]
    pages = ["summary.html", "paired.html", "metrics.html", "status.html"]
    return [
        *figures,
        "results/figures/cost.png",
        *(f"results/tables/{p}" for p in pages),
        *(f"results/report/{name}" for name in ("overview.html", *METHODS_FILES)),
    ]
