"""The plan of the run, and helpers of the rules."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from tempfile import TemporaryDirectory

from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod
from snakemake.utils import update_config

from isospine.dataset.selection import exclude_content
from isospine.dataset.source import describe_source, is_url, locate
from isospine.dataset.unsaved import check_saved
from isospine.errors import InputError
from isospine.io.atomic import check_output_folder
from isospine.io.yaml import load_yaml
from isospine.jobs.code import LIBRARY, code_hash
from isospine.jobs.gpus import machine_has_gpu
from isospine.jobs.memory import machine_memory_mb
from isospine.jobs.provenance import code_commit
from isospine.jobs.run_folder import output_of
from isospine.jobs.status import read_left_out
from isospine.plan.check import check_codecs, check_config
from isospine.plan.contrasts import contrasts_of
from isospine.plan.devices import check_given
from isospine.plan.grids import check_target_images
from isospine.plan.modes import plan_run
from isospine.plan.recipes import use_present_names
from isospine.plan.requests import requests, too_large
from isospine.plan.segmentations import takes_soft_labels
from isospine.plan.validation import from_text
from isospine.plan.views import are_acquired

LEFT_OUT_FILE = Path("results/left_out.tsv")
#: Beside the results of a plain `snakemake`, and in the output folder of `isospine run`, where they lie too.
EXPORT = "export" if output_of(Path.cwd()) is None else "results/export"
FORESEEN = TemporaryDirectory(prefix="isospine-")
BIBLIOGRAPHY = LIBRARY / "report/references.bib"
#: State of the checked-out code, and the versions that the pages name; a page of another state is written again.
CODE_COMMIT = code_commit(logger.warning if workflow.is_main_process else logger.debug)
VERSIONS = {name: version(name) for name in ("snakemake", "scikit-image")}


def overlaid(given):
    """Configuration of a module, whose keys overlay the default ones as those of --configfile do."""
    paths = workflow.modifier.path_modifier
    if paths.prefix or paths.modifies_prefixes:
        raise InputError(
            "module isospine: has a prefix, which results cannot have; "
            "remove it, and run with --directory to have them elsewhere"
        )
    whole = load_yaml(ROOT / "config/config.yaml")
    update_config(whole, given)
    return whole


@cache
def manifest():
    """Path of the manifest; requests the index once. A plan has one of its own, where it can: the images are known in it."""
    if plans_all_of_a_local_dataset():
        return foreseen_manifest()
    return Path(checkpoints.index.get().output.manifest)


def plans_all_of_a_local_dataset():
    """Whether this is a dry run of the whole, of images that are on this machine."""
    whole = set(map(str, workflow.dag_settings.targets)) <= {"all"}
    return workflow.dryrun and whole and not is_url(config["dataset"]["source"])


def foreseen_manifest():
    """Index the dataset as the run will do it, into a folder that goes with this process."""
    # numpy and pandas, which no job waits for
    from isospine.dataset.foreseen import foresee_manifest

    path = Path(FORESEEN.name) / "manifest.tsv"
    try:
        foresee_manifest(config, RUN.contrasts, RUN.population_recipes, path)
    except InputError as error:
        raise WorkflowError(str(error)) from None
    return path


def gpus_given():
    """Number of GPUs, as text, of each rule for which a profile or the command line sets it."""
    given = workflow.resource_settings.overwrite_resources
    return {
        name: str(given[name]["gpu"].raw)
        for name in given
        if "gpu" in given[name].keys()
    }


try:
    SCHEMA = load_yaml(ROOT / "workflow/schemas/config.schema.yaml")
    if workflow.modifier.is_main_snakefile():
        # Snakemake reads the values inside a map or list of --config as text
        update_config(config, from_text(dict(workflow.config_settings.config), SCHEMA))
    else:
        config = overlaid(config)
    for note in use_present_names(config):
        if workflow.is_main_process:
            logger.warning(note)
    check_config(config, SCHEMA)
    if (
        CHECKED_OUT is None
        and DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
    ):
        raise InputError(
            "--software-deployment-method conda: needs a checkout, whose code its environment runs; leave it out, since an "
            "installed isospine has all that its jobs need"
        )
    deployment = workflow.deployment_settings.deployment_method
    check_codecs(config, conda=DeploymentMethod.CONDA in deployment)
    check_target_images(config, Path.cwd())
    check_output_folder(Path("results"))
    check_given(config["resources"]["device"], gpus_given())
    DATASET = describe_source(
        config["dataset"]["source"],
        config["dataset"]["version"],
        contrasts_of(config),
        Path.cwd(),
        sidecars=are_acquired(config["views"]),
    )
    EXCLUDE_CONTENT = exclude_content(
        (
            locate(config["dataset"]["source"], Path.cwd())
            if DATASET["kind"] == "bids"
            else None
        ),
        config["dataset"]["exclude"],
        Path.cwd(),
    )
    if workflow.is_main_process:
        if note := check_saved(config["dataset"], contrasts_of(config), Path.cwd()):
            logger.warning(note)
    LEFT_OUT = read_left_out(LEFT_OUT_FILE)
    RUN = plan_run(config, SCHEMA, DATASET, LEFT_OUT, manifest)
except InputError as error:
    raise WorkflowError(str(error)) from None

STEPS = RUN.steps


def fetched(rule):
    """Files of a step, removed after their last use unless the configuration keeps them."""
    keep = config["dataset"]["keep"]
    return {n: f if keep else temp(f) for n, f in STEPS[rule].files.items()}


def shown(rule, **about):
    """Files of a step; those that the table of outputs lists go into the report."""
    step = STEPS[rule]
    return {
        n: report(f, **about) if n in step.shown else f for n, f in step.files.items()
    }


def asks(rule):
    """Memory, time and disk that the jobs of a rule request."""
    return requests(
        RUN, rule, elsewhere=lambda: not workflow.local_exec, has_gpu=has_gpu
    )


def has_gpu():
    """Whether jobs run on this machine, and it has a GPU; a job of a cluster has the GPUs that it requested."""
    return workflow.is_main_process and workflow.local_exec and machine_has_gpu()


def device(rule):
    """Word of the configuration for what the networks of a rule compute on, as a param."""
    return lambda wildcards: RUN.device(rule, wildcards)


def starts_jobs_here():
    """Whether this process starts jobs, and they run on this machine."""
    if not workflow.is_main_process or workflow.executor_plugin is None:
        return False
    return workflow.local_exec and not workflow.dryrun and not workflow.touch


@cache
def code(script, *modules):
    """Hash of the library code behind a script and of modules that it loads by name.

    Snakemake itself hashes the script only.
    """
    return code_hash(ROOT / "workflow/scripts" / script, modules)


def described(script, loads=None, **params):
    """Params of a rule, with the hash of the code behind its script and of modules loaded by name."""
    hashed = code(script) if loads is None else lambda w: code(script, *loads(w))
    return params | {"code": hashed}


def refused_in_plan(files):
    """Inputs whose refusal is an error of the plan."""

    def given(wildcards):
        try:
            return files(wildcards)
        except InputError as error:
            raise WorkflowError(str(error)) from None

    return given


def told_in_plan(files, notes):
    """The same, with notes on what the run does without, once in the process that plans it."""
    found = refused_in_plan(files)

    @cache
    def tell():
        if workflow.is_main_process:
            for note in notes():
                logger.warning(note)

    def given(wildcards):
        inputs = found(wildcards)
        tell()
        return inputs

    return given


def memory_checked(wildcards):
    """Limit local jobs to the memory of this machine, and refuse images that need more; returns no file."""
    if plans_all_of_a_local_dataset():
        # else nothing would ask for the index, whose answer the plan has already
        return STEPS["index"].files["manifest"]
    if not starts_jobs_here():
        return []
    given = workflow.global_resources.get("mem_mb")
    said = None if given is None else given.value
    limit = int(machine_memory_mb() if said is None else said)
    workflow.register_resource("mem_mb", limit)
    if problems := list(too_large(RUN, limit)):
        raise WorkflowError("\n".join(problems))
    return []
