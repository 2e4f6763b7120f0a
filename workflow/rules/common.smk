"""The configuration unfolded into views and methods, and what rules ask of them."""

from functools import cache
from pathlib import PurePosixPath

from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

from isospine.jobs.code import code_hash
from isospine.plan.check import check_config
from isospine.plan.labels import describe_labels, view_label
from isospine.plan.methods import plan_methods
from isospine.io.yaml import load_yaml
from isospine.plan.contrasts import contrasts_of, views_of
from isospine.errors import InputError
from isospine.io.atomic import check_output_folder
from isospine.plan.figures import (
    ablation_names,
    ablation_series,
    compared_methods,
    mapping_size_series,
    training_groups,
    viewed_methods,
)
from isospine.plan.population import choose_population
from isospine.dataset.source import describe_source
from isospine.jobs.status import read_left_out
from isospine.plan.grids import check_target_images, resolution_label
from isospine.plan.recipes import use_present_names
from isospine.plan.validation import from_text
from isospine.plan.views import are_acquired, select_views
from isospine.recipes.baselines import BASELINES

ENTITIES = ("ses", "task", "acq", "ce", "rec", "run", "echo", "part", "chunk")
IMAGE_PATTERN = (
    r"sub-[A-Za-z0-9]+(?:/ses-[A-Za-z0-9]+)?/anat/sub-[A-Za-z0-9]+"
    rf"(?:_(?:{'|'.join(ENTITIES)})-[A-Za-z0-9]+)*"
)

LEFT_OUT_FILE = Path("results/left_out.tsv")

try:
    SCHEMA = load_yaml(ROOT / "workflow/schemas/config.schema.yaml")
    # Snakemake reads the values inside a map or list of --config as text
    update_config(config, from_text(dict(workflow.config_settings.config), SCHEMA))
    for note in use_present_names(config):
        if workflow.is_main_process:
            logger.warning(note)
    check_config(config, SCHEMA)
    check_target_images(config, Path.cwd())
    check_output_folder(Path("results"))
    METHODS = plan_methods(config, SCHEMA)
    CONTRASTS = contrasts_of(config)
    DATASET = describe_source(
        config["dataset"]["source"],
        config["dataset"]["version"],
        CONTRASTS,
        Path.cwd(),
        sidecars=are_acquired(config["views"]),
    )
    LEFT_OUT = read_left_out(LEFT_OUT_FILE)
except InputError as error:
    raise WorkflowError(str(error)) from None

ACQUIRED = are_acquired(config["views"])
#: By contrast, the views that are simulated, and of all contrasts together; what two of them share has one label.
VIEWS_OF = {
    contrast: (
        {}
        if ACQUIRED
        else {view_label(view): view for view in views_of(config, contrast)}
    )
    for contrast in CONTRASTS
}
VIEWS = {label: view for views in VIEWS_OF.values() for label, view in views.items()}
RESOLUTIONS = {
    resolution_label(resolution): resolution for resolution in config["resolutions"]
}
#: The grid that methods are measured on, and of the others those whose spacing is given.
MAIN = next(iter(RESOLUTIONS)) if ACQUIRED else "reference"
FINER = [
    label
    for label, resolution in RESOLUTIONS.items()
    if label != MAIN and not isinstance(resolution, dict)
]
ABLATIONS = ablation_names(config)
COMPARED = compared_methods(config, METHODS)
VIEWED = viewed_methods(config, METHODS)
DESCRIPTIONS = describe_labels(config["views"], METHODS, config["baselines"])
PROFILE = (
    "point"
    if config["acquisition"]["sampling"] == "point"
    else config["acquisition"]["slice_profile"]
)


def fetched(path):
    """Mark a file that is fetched to be removed after its last use, unless the configuration keeps it."""
    return path if config["dataset"]["keep"] else temp(path)


@cache
def code(script, *modules):
    """Hash of the library code behind a script and of modules that it loads by name.

    Snakemake itself hashes the script only.
    """
    return code_hash(ROOT / "workflow/scripts" / script, modules)


def baseline_code(script):
    """The same of a script that runs the baseline of its job."""
    return lambda wildcards: code(script, BASELINES[wildcards.baseline].module)


def demo_record(wildcards):
    return rules.demo_dataset.output.record if DATASET["kind"] == "demo" else []


def cord_mask(wildcards):
    """The cord mask on the reference's grid, where the dataset has a segmentation."""
    if image_row(wildcards)["segmentation"] == "n/a":
        return []
    return f"results/{wildcards.image}_label-SC_desc-{wildcards.contrast}_mask.nii.gz"


def view_spec(wildcards):
    return VIEWS[wildcards.view]


def view_specs(wildcards):
    """Plane and factor of each view of the contrast."""
    return list(VIEWS_OF[wildcards.contrast].values())


def noise_name(wildcards):
    """What the noise of a view is drawn for: contrasts of one run must not share their noise."""
    return "_".join([wildcards.image, *([wildcards.contrast] if CONTRASTS[1:] else [])])


def view_files(wildcards):
    """Views of one contrast of an image; without a contrast, those of all of them."""
    contrast = wildcards.get("contrast")
    return [
        f"results/{wildcards.image}_desc-{view}_{each}.nii.gz"
        for each in ([contrast] if contrast else CONTRASTS)
        for view in VIEWS_OF[each]
    ]


def view_sidecars(wildcards):
    return [path.replace(".nii.gz", ".json") for path in view_files(wildcards)]


def is_shared(settings):
    """Whether one network serves all contrasts of an image; a single contrast has nothing to share."""
    return settings.get("contrasts") == "shared" and len(CONTRASTS) > 1


def labels_of(*kinds, shared=False):
    """Pattern of the methods of some kinds of model, with a network for each contrast or for all of them."""
    settings = {m.label: m.hyperparameters for m in METHODS.values()}
    labels = [
        label
        for label, own in settings.items()
        if own["model"] in kinds and is_shared(own) == shared
    ]
    return "|".join(labels) or "none"


def of_each_contrast(ending):
    """Output of a training that serves all contrasts; a cached rule needs a name for each file."""
    stem = "results/models/{image}_desc-{method}"
    return {
        f"{contrast}_{ending}": f"{stem}_{contrast}.{ending}" for contrast in CONTRASTS
    }


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
    return {
        "image": PurePosixPath(wildcards.image).name,
        "contrast": wildcards.contrast,
        **method_names(wildcards),
    }


def shared_provenance(wildcards):
    """The same of a network that serves all contrasts, which adds the contrast itself."""
    image = PurePosixPath(wildcards.image).name
    return {"image": image, **method_names(wildcards)}


def method_names(wildcards):
    method = METHODS[wildcards.method]
    return {"method": method.name, "recipe": method.recipe}


def views_by_contrast(wildcards):
    """Number of views of each contrast, in the order of the files."""
    return {contrast: len(views) for contrast, views in VIEWS_OF.items()}


def population(wildcards):
    return drawn_population(wildcards.image, wildcards.method)


def drawn_population(image, label):
    """Images of other subjects that a population prior learns from, by the path of their files; none of other methods."""
    method = METHODS[label]
    count = method.hyperparameters.get("population_images", 0)
    if not count:
        return []
    try:
        return choose_population(manifest_rows(), image, count, method.seed)
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


def target_image(wildcards):
    """The image whose grid is taken, if that of an image is."""
    resolution = RESOLUTIONS[wildcards.resolution]
    return resolution["image"] if isinstance(resolution, dict) else []


def target_spacing(wildcards):
    """Spacing of another grid; None for that of the model, or of an image."""
    resolution = RESOLUTIONS[wildcards.resolution]
    given = wildcards.resolution != MAIN and not isinstance(resolution, dict)
    return resolution if given else None


def target_name(wildcards):
    """What a sidecar says of the grid."""
    if target_image(wildcards):
        return f"grid of {PurePosixPath(target_image(wildcards)).name}"
    return (
        "grid of the reference" if wildcards.resolution == "reference" else "isotropic"
    )


def configured_labels():
    """Every recipe as configured (no ablation value), with the first seed."""
    return {
        m.name: m.label
        for m in METHODS.values()
        if m.name == m.recipe and m.seed == config["seeds"][0]
    }
