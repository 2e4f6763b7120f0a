"""The configuration of `isospine run`: the packaged one, overlays, and options."""

import os
from argparse import Namespace
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from isospine.cli.run_views import find_views, told_view
from isospine.dataset.selection import check_labels
from isospine.dataset.source import DEMO, is_url, locate, read_description, source_kind, subject_folders
from isospine.errors import InputError
from isospine.io.yaml import load_yaml
from isospine.plan.check import Config, check_config
from isospine.plan.contrasts import contrasts_of
from isospine.plan.grids import check_target_images
from isospine.plan.methods import plan_methods
from isospine.plan.recipes import use_present_names
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.former_names import present_name
from isospine.recipes.hyperparameters import SHIPPED_WEIGHTS
from isospine.words import did_you_mean

#: Options of `isospine run` for keys of the configuration; they win over files.
OPTIONS = {
    "dataset.source": "BIDS_DIR",
    "dataset.subjects": "--participant-label",
    "dataset.sessions": "--session-label",
    "dataset.contrast": "--contrast",
    "resources.device": "--device",
}


def make_overlay(options: Namespace, pipeline: Path, started_in: Path) -> Config:
    """Overlay on the packaged configuration that some options ask for; its paths are absolute.

    Parameters
    ----------
    options : Namespace
        Of `isospine run`.
    pipeline : Path
        Folder of the workflow.
    started_in : Path
        The folder that relative paths start from.

    Raises
    ------
    InputError
        Naming the option or the key.
    """
    source = find_source(options.bids_dir, started_in)
    shipped: Config = load_yaml(pipeline / "config" / "config.yaml")
    layers = []
    if source != DEMO:
        # the ablations are what the demo is about
        layers.append({"ablations": dict.fromkeys(shipped["ablations"])})
    if options.acquired is not None:
        layers.append(load_yaml(pipeline / "config" / "acquired.yaml"))
    for file in options.config:
        layers.append(_with_absolute_paths(read_overlay(file, pipeline / "config"), started_in, source))
    layers.append(_of_options(options, source))
    overlay: Config = {}
    for layer in layers:
        overlay = merge(overlay, layer)
    if options.acquired is not None:
        overlay["views"] = _acquired_views(options, merge(shipped, overlay), source)
    if options.methods:
        overlay = merge(overlay, _choose(options.methods, merge(shipped, overlay)))
    check_overlay(overlay, pipeline, started_in)
    return overlay


def find_source(bids_dir: str, started_in: Path) -> str:
    """Source of the dataset as the configuration has it: the word demo, a URL, or an absolute path.

    Raises
    ------
    InputError
        If nothing is there, or no BIDS dataset.
    """
    if is_url(bids_dir) or (bids_dir == DEMO and not (started_in / bids_dir).exists()):
        return bids_dir
    path = Path(os.path.abspath(locate(bids_dir, started_in)))
    if source_kind(str(path), None, started_in) == "bids":
        read_description(path)
    return str(path)


def as_typed(message: str, options: Namespace) -> str:
    """Error that begins with a key of the configuration, with the option instead that was typed for it."""
    for key, option in OPTIONS.items():
        if message.startswith(f"{key}: ") and getattr(options, option.strip("-").replace("-", "_").lower()):
            return message.replace(key, option, 1)
    return message


def read_overlay(file: Path, packaged: Path) -> Config:
    """Read one overlay: a file, or one of the folder of packaged ones by its name.

    Raises
    ------
    InputError
        If there is no such file, or it holds no keys.
    """
    try:
        content = load_yaml(file if file.exists() else packaged / file)
    except FileNotFoundError as error:
        names = ", ".join(sorted(path.name for path in packaged.glob("*.yaml")))
        raise InputError(
            f"--config: {file}: no such file; expected a YAML overlay, or one of {names}"
        ) from error
    if not isinstance(content, dict):
        raise InputError(f"--config: {file}: expected keys with values, as config/README.md lists them")
    return content


def merge(config: Config, overlay: Mapping[str, Any]) -> Config:
    """Lay one configuration over another as Snakemake does: maps merge, everything else is replaced."""
    merged = deepcopy(config)
    for key, value in overlay.items():
        old = merged.get(key)
        nested = isinstance(old, dict) and isinstance(value, Mapping)
        merged[key] = merge(old or {}, value) if nested else deepcopy(value)
    return merged


def _of_options(options: Namespace, source: str) -> Config:
    dataset: Config = {"source": source}
    if options.participant_label:
        dataset["subjects"] = _labels(options.participant_label, "sub-")
    if options.session_label:
        dataset["sessions"] = _labels(options.session_label, "ses-")
    if options.contrast:
        dataset["contrast"] = options.contrast if len(options.contrast) > 1 else options.contrast[0]
    return {"dataset": dataset} | ({"resources": {"device": options.device}} if options.device else {})


def _labels(given: Sequence[str], prefix: str) -> list[str]:
    return list(dict.fromkeys(label.removeprefix(prefix) for label in given))


def _acquired_views(options: Namespace, config: Config, source: str) -> list[dict[str, Any]]:
    if options.acquired:
        return [told_view(text) for text in options.acquired]
    if source == DEMO or is_url(source):
        raise InputError(
            "--acquired: views can be found in a local dataset only; name them, such as --acquired acq-ax acq-sag"
        )
    return find_views(Path(source), contrasts_of(config), config["dataset"]["subjects"])


def _choose(names: Sequence[str], config: Config) -> Config:
    """Overlay that leaves some recipes and baselines, and no ablation."""
    wanted = [present_name(name) for name in names]
    recipes = {**known_recipes(), **config["recipes"]}
    unknown = [name for name in wanted if name not in recipes and name not in BASELINES]
    if unknown:
        near = did_you_mean(unknown[0], [*recipes, *BASELINES])
        raise InputError(
            f"--methods: {', '.join(unknown)} unknown; {f'{near} ' if near else ''}expected recipes ({', '.join(sorted(recipes))}) or baselines "
            f"({', '.join(BASELINES)})"
        )
    others = {name: None for name in config["recipes"] if name not in wanted}
    chosen = {name: config["recipes"].get(name) or {} for name in wanted if name in recipes}
    return {
        "recipes": others | chosen,
        "baselines": [name for name in wanted if name in BASELINES],
        "ablations": dict.fromkeys(config["ablations"]),
    }


def _with_absolute_paths(config: Config, started_in: Path, source: str) -> Config:
    """Make paths absolute that the configuration takes as relative to the working directory."""
    made = deepcopy(config)
    dataset = made.get("dataset")
    exclude = dataset.get("exclude") if isinstance(dataset, dict) else None
    if isinstance(exclude, dict) and isinstance(exclude.get("file"), str):
        found = started_in / Path(exclude["file"]).expanduser()
        in_dataset = not is_url(source) and (Path(source) / exclude["file"]).exists()
        if found.exists() and not in_dataset:  # one in the dataset comes first
            exclude["file"] = str(found)
    sizes = made.get("resolutions")
    for size in sizes if isinstance(sizes, list) else ():
        if isinstance(size, dict) and isinstance(size.get("image"), str):
            size["image"] = str(started_in / Path(size["image"]).expanduser())
    recipes = made.get("recipes")
    for own in recipes.values() if isinstance(recipes, dict) else ():
        weights = own.get("weights") if isinstance(own, dict) else None
        if isinstance(weights, str) and weights != SHIPPED_WEIGHTS:
            own["weights"] = str(started_in / Path(weights).expanduser())
    return made


def check_overlay(overlay: Config, pipeline: Path, started_in: Path) -> None:
    """Refuse before Snakemake starts what the Snakefile would refuse, and subjects that are not there.

    Raises
    ------
    InputError
        Naming the key.
    """
    config = merge(load_yaml(pipeline / "config" / "config.yaml"), overlay)
    schema = load_yaml(pipeline / "workflow" / "schemas" / "config.schema.yaml")
    use_present_names(config)
    check_config(config, schema)
    check_target_images(config, started_in)
    plan_methods(config, schema)
    dataset = config["dataset"]
    source, subjects = dataset["source"], dataset["subjects"]
    kind = source_kind(source, dataset["version"], started_in)
    if kind == "bids" and subjects != "all":
        found = [name.removeprefix("sub-") for name in subject_folders(Path(source))]
        check_labels(subjects, found)
