"""`isospine reconstruct`: an isotropic volume of each contrast from thick-slice views of one body."""

import logging
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from isospine.cli.options import METHOD, choices
from isospine.dataset.bids import reconstruction_sidecar
from isospine.errors import InputError
from isospine.evaluation.scores import held_out_scores
from isospine.evaluation.trials import plane_trials, trial_table
from isospine.geometry.grid import Grid, Volume
from isospine.io.atomic import write_text
from isospine.io.nifti import save_volume
from isospine.io.nifti_name import stem_of
from isospine.methods.baselines import baseline_method
from isospine.methods.networks import network_method
from isospine.methods.registry import method_names, recipe_of, usable_recipes
from isospine.models.train import train
from isospine.physics.output_grid import axes_directions, output_grid, sharpest_spacing
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES
from isospine.recipes.former_names import FORMER_NAMES, present_name, renamed
from isospine.recipes.kinds import kind_of, settings_of
from isospine.report.body_page import report_page
from isospine.training.files import save_model
from isospine.training.session import Session
from isospine.training.trainable import Model
from isospine.views.acquired import AcquiredView, check_one_body, load_acquired
from isospine.views.place import check_planes, of_one_plane, place_contrasts
from isospine.views.placed import PlacedViews, placed_set
from isospine.views.record import save_transform, view_facts
from isospine.views.view_set import ViewSet

#: Baselines that the page compares a method with.
COMPARED = ("linear", "cubic", "tikhonov", "tv")

log = logging.getLogger(__name__)


def run(options: Namespace) -> None:
    """Read the views, align them, reconstruct, and write what was asked for.

    Raises
    ------
    InputError
        If views cannot be used or do not belong together, or an option does not go with them.
    """
    check_one_body(options.views)
    groups = group_by_suffix([load_acquired(path, options.profile) for path in options.views])
    views = [one.view for group in groups.values() for one in group]
    name = chosen_method(options, groups)
    spacing = options.spacing or sharpest_spacing(views)
    directions = axes_directions(views, options.axes)
    output_grid(views, spacing, options.field, directions)  # views that do not overlap are refused at once
    placed = place_contrasts(groups, not options.no_alignment, options.slice_motion)
    stacks = [stack for own in placed.values() for stack in own.stacks]
    grid = output_grid(stacks, spacing, options.field, directions)
    beside = f" for {', '.join(groups)}" if len(groups) > 1 else ""
    log.info("%s%s on %s voxels of %.3g mm", name, beside, " x ".join(map(str, grid.shape)), spacing)
    view_sets = [placed_set(own, contrast, grid) for contrast, own in placed.items()]
    images, models = reconstruct(name, view_sets, options.seed, options.views[0].name)
    for contrast, image in images.items():
        write_contrast(options, name, placed, contrast, grid, image, models.get(contrast))
    if options.report:
        (view_set,) = view_sets
        write_report(options, name, placed[view_set.contrast], view_set, images[view_set.contrast])


def contrast_of(path: Path) -> str:
    """BIDS suffix of a file name, such as `T2w`; files that are not named as BIDS does are of one contrast."""
    stem = stem_of(path)
    return stem.split("_")[-1] if stem.startswith("sub-") else "image"


def group_by_suffix(acquired: Sequence[AcquiredView]) -> dict[str, list[AcquiredView]]:
    """Views of each contrast, in the order of the files."""
    groups: dict[str, list[AcquiredView]] = {}
    for one in acquired:
        groups.setdefault(contrast_of(one.path), []).append(one)
    return groups


def chosen_method(options: Namespace, groups: Mapping[str, Sequence[AcquiredView]]) -> str:
    """Name of the method, which is one that the views and the other options allow.

    Raises
    ------
    InputError
        Naming the option that does not go with the views.
    """
    if options.method in FORMER_NAMES:
        log.warning("--method %s: %s", options.method, renamed(options.method))
    if len(groups) > 1:
        name = present_name(options.method) if options.method else METHOD
        check_shared(options, name, ", ".join(groups))
        return name
    views = [one.view for group in groups.values() for one in group]
    check_planes(views, [])
    name = present_name(options.method) if options.method else default_method(views)
    if name not in method_names():
        raise InputError(f"--method {name}: expected one of {', '.join(method_names())}")
    if options.model and name in BASELINES:
        raise InputError(f"--model: {name} is a baseline and trains no model; leave the option out")
    return name


def check_shared(options: Namespace, name: str, listed: str) -> None:
    """Refuse a method or an option that views of several contrasts cannot have.

    Raises
    ------
    InputError
        If the method is no coordinate network, or an option is for a single contrast.
    """
    recipes = [recipe for recipe, own in usable_recipes().items() if kind_of(own).of_coordinates]
    if name not in recipes:
        raise InputError(
            f"--method {name}: the views are of several contrasts ({listed}); expected a network that they can share: one "
            f"of {', '.join(recipes)}; or give the views of one contrast alone"
        )
    for option in ("report", "slice_motion", "transforms"):
        if getattr(options, option):
            raise InputError(
                f"--{option.replace('_', '-')}: is for views of one contrast; these are of {listed}; leave the option out"
            )


def default_method(views: Sequence[View]) -> str:
    """A network where the views are of two planes, else total variation."""
    return "tv" if of_one_plane(views) else METHOD


def reconstruct(
    name: str, view_sets: Sequence[ViewSet], seed: int, image: str
) -> tuple[dict[str, Volume], dict[str, Model]]:
    """Volume of each contrast by a method, and the models that it trained.

    Parameters
    ----------
    name : str
        Of a baseline or recipe.
    view_sets : sequence of ViewSet
        Views of each contrast.
    seed : int
        Seed of a training.
    image : str
        Provenance of the models.
    """
    if name in BASELINES:
        baseline = baseline_method(name)
        return {one.contrast: baseline(one) for one in view_sets}, {}
    models, _ = train(view_sets, *training(name, seed, image, shared=len(view_sets) > 1))
    return {one.contrast: models[one.contrast].reconstruct(one.grid) for one in view_sets}, models


def training(name: str, seed: int, image: str, shared: bool = False) -> tuple[Any, Session]:
    """Settings and session of a named recipe."""
    provenance = {"image": image, "method": name, "recipe": name}
    if shared:
        return settings_of(recipe_of(name) | {"contrasts": "shared"}), Session(seed, provenance)
    return settings_of(recipe_of(name)), Session(seed, provenance | {"contrast": "acquired"})


def write_contrast(
    options: Namespace,
    name: str,
    placed: Mapping[str, PlacedViews],
    contrast: str,
    grid: Grid,
    image: Volume,
    model: Model | None,
) -> None:
    """Write the volume of one contrast, its model and the motion of its views, as far as they are asked for."""
    several = len(placed) > 1
    own = placed[contrast]
    if model is not None and options.model:
        save_model(model, with_contrast(options.model, contrast) if several else options.model)
    if options.transforms:
        save_transforms(own, options.transforms)
    sources = [one.path.name for each in placed.values() for one in each.acquired]
    method = f"{name}, with {', '.join(placed)} in one network" if several else name
    sidecar = reconstruction_sidecar(method, grid, "isotropic", sources) | choices(options)
    sidecar["Views"] = [view_facts(own, number) for number in range(len(own.acquired))]
    output = with_contrast(options.output, contrast) if several else options.output
    save_volume(output, image, grid.affine, sidecar)
    log.info("wrote %s", output)


def with_contrast(path: Path, contrast: str) -> Path:
    """Path with a contrast at the end of its name, where it does not end so already."""
    stem, dot, suffix = path.name.partition(".")
    return path if stem.endswith(f"_{contrast}") else path.with_name(f"{stem}_{contrast}{dot}{suffix}")


def save_transforms(placed: PlacedViews, folder: Path) -> None:
    """Write the motion of each view."""
    for one, placement in zip(placed.acquired, placed.placements, strict=True):
        save_transform(placement.motion, folder / f"{stem_of(one.path)}_xfm.tfm")


def write_report(
    options: Namespace, name: str, placed: PlacedViews, view_set: ViewSet, image: Volume
) -> None:
    """Write the page that says how far to trust the volume, by trials and held-out slices of several methods."""
    methods = {baseline: baseline_method(baseline) for baseline in COMPARED}
    if name not in BASELINES:
        methods[name] = network_method(*training(name, options.seed, options.views[0].name))
    elif name not in methods:
        methods[name] = baseline_method(name)
    trials = trial_table(plane_trials(view_set), methods)
    slices = held_out_scores(view_set, methods)
    write_text(options.report, report_page(placed, view_set.grid, {name: image}, trials, slices, name))
    log.info("wrote %s", options.report)
