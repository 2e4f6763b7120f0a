"""`isospine reconstruct`: an isotropic volume of each contrast from thick-slice views of one body."""

import logging
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from isospine.cli import files
from isospine.cli.changes import write_changes
from isospine.cli.checks import (
    check_content,
    check_files,
    check_options,
    check_size,
    chosen_method,
    own_path,
    tell_assumptions,
    transform_paths,
)
from isospine.cli.contrasts import contrasts_of, distinct_names
from isospine.cli.earlier import load_earlier
from isospine.cli.options import ESTIMATED, choices
from isospine.dataset.bids import reconstruction_sidecar
from isospine.evaluation.profile_choice import with_better_profiles
from isospine.evaluation.scores import held_out_scores
from isospine.evaluation.trials import plane_trials, trial_table
from isospine.geometry.grid import Affine, FloatArray, Grid, Volume
from isospine.io.atomic import write_text
from isospine.io.nifti import check_finite, save_volume
from isospine.jobs.device import command_device, device_name, enough_memory
from isospine.methods.baselines import baseline_method
from isospine.methods.networks import network_method
from isospine.methods.registry import recipe_of
from isospine.models.earlier.model import FollowUpModel
from isospine.models.train import train
from isospine.physics.output_grid import axes_directions, output_grid, sharpest_spacing
from isospine.physics.view import range_excess
from isospine.recipes.baselines import BASELINES
from isospine.recipes.kinds import kind_of, settings_of
from isospine.report.body_page import report_page
from isospine.training.files import save_model
from isospine.training.session import Session
from isospine.training.trainable import Model
from isospine.views.acquired import AcquiredView, check_one_body, load_acquired
from isospine.views.place import place_contrasts
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
        If an output would replace a file or cannot be written, there is no GPU where one is wanted, views cannot be used
        or do not belong together, an option does not go with them, or the grid takes more memory than there is.
    """
    contrasts = contrasts_of(options.views, options.contrasts)
    check_options(options, contrasts)
    device = command_device(options.device)
    check_files(options, contrasts)
    check_one_body(options.views)
    tell_assumptions(options)
    stated = "box" if options.profile == ESTIMATED else options.profile
    acquired = [load_acquired(path, stated) for path in options.views]
    check_content(acquired)
    earlier = load_earlier(options)
    groups = group(acquired, contrasts)
    views = [one.view for one in acquired]
    name = chosen_method(options, groups)
    if name in BASELINES or not kind_of(recipe_of(name)).runs_network:
        device = "cpu"
    spacing = options.spacing or sharpest_spacing(views)
    directions = axes_directions(views, options.axes)
    # views that do not overlap, and grids that are too large, are refused at once
    check_size(options, name, views, output_grid(views, spacing, options.field, directions), COMPARED)
    placed = place_contrasts(groups, not options.no_alignment, options.slice_motion)
    if options.profile == ESTIMATED:
        placed = {contrast: with_better_profiles(own) for contrast, own in placed.items()}
        for own in placed.values():
            log.info("%s", own.profile_choice)
    stacks = [stack for own in placed.values() for stack in own.stacks]
    grid = output_grid(stacks, spacing, options.field, directions)
    beside = f" for {', '.join(groups)}" if len(groups) > 1 else ""
    size = " x ".join(map(str, grid.shape))
    log.info("%s%s on %s voxels of %.3g mm, on %s", name, beside, size, spacing, device_name(device))
    view_sets = [placed_set(own, contrast, grid) for contrast, own in placed.items()]
    session = Session(options.seed, device=device)
    with enough_memory(device, "choose --device cpu"):
        images, models = reconstruct(name, view_sets, session, options.views[0].name, earlier)
    # the volumes first: whatever fails after them does not lose them
    for contrast, image in images.items():
        told = {}
        if isinstance(model := models.get(contrast), FollowUpModel):
            told = {"EarlierScanVerdict": model.verdict["reason"]}
        write_volume(options, name, placed, contrast, grid, image, device, told)
    if options.model:
        for contrast, model in models.items():
            path = own_path(options.model, contrast, contrasts)
            save_model(model, files.unclaimed(path, options.overwrite))
    if options.changes:
        (model,) = models.values()
        assert isinstance(model, FollowUpModel)
        write_changes(options, model)
    if options.transforms:
        save_transforms(options, [motion for own in placed.values() for motion in own_motions(own)])
    if options.report:
        (view_set,) = view_sets
        with enough_memory(device, "choose --device cpu"):
            write_report(
                options, name, placed[view_set.contrast], view_set, images[view_set.contrast], session
            )


def group(acquired: Sequence[AcquiredView], contrasts: Sequence[str]) -> dict[str, list[AcquiredView]]:
    """Views of each contrast, in the order of the files."""
    groups: dict[str, list[AcquiredView]] = {}
    for one, contrast in zip(acquired, contrasts, strict=True):
        groups.setdefault(contrast, []).append(one)
    return groups


def reconstruct(
    name: str,
    view_sets: Sequence[ViewSet],
    session: Session,
    image: str,
    earlier: Mapping[str, tuple[Volume, Affine]],
) -> tuple[dict[str, Volume], dict[str, Model]]:
    """Volume of each contrast by a method, and the models that it trained.

    Parameters
    ----------
    name : str
        Of a baseline or recipe.
    view_sets : sequence of ViewSet
        Views of each contrast.
    session : Session
        Seed and device of a training.
    image : str
        Provenance of the models.
    earlier : mapping of str to (volume, affine)
        The earlier scan of the same person, by its name; empty without one.
    """
    if name in BASELINES:
        baseline = baseline_method(name)
        return {one.contrast: baseline(one) for one in view_sets}, {}
    settings, own = training(name, session, image, shared=len(view_sets) > 1)
    models, _ = train(view_sets, settings, own, earlier)
    return {one.contrast: models[one.contrast].reconstruct(one.grid) for one in view_sets}, models


def training(name: str, session: Session, image: str, shared: bool = False) -> tuple[Any, Session]:
    """Settings and session of a named recipe, from seed and device."""
    provenance = {"image": image, "method": name, "recipe": name}
    if shared:
        return settings_of(recipe_of(name) | {"contrasts": "shared"}), replace(session, provenance=provenance)
    return settings_of(recipe_of(name)), replace(session, provenance=provenance | {"contrast": "acquired"})


def write_volume(
    options: Namespace,
    name: str,
    placed: Mapping[str, PlacedViews],
    contrast: str,
    grid: Grid,
    image: Volume,
    device: str,
    told: dict[str, str],
) -> None:
    """Write the volume of one contrast with its sidecar.

    Raises
    ------
    InputError
        If the method made voxels that are not finite.
    """
    check_finite(f"{options.output.name}, by {name}", image)
    sources = distinct_names(options.views)
    method = f"{name}, with {', '.join(placed)} in one network" if len(placed) > 1 else name
    sidecar = reconstruction_sidecar(method, grid, "isotropic", sources) | choices(options, device) | told
    own = placed[contrast]
    excess = range_excess(image, own.stacks)
    if excess:
        log.warning("%s, by %s, %s", options.output.name, name, excess)
    names = dict(zip(options.views, sources, strict=True))
    sidecar["Views"] = [
        view_facts(own, number) | {"Source": names[one.path]} for number, one in enumerate(own.acquired)
    ]
    output = files.unclaimed(own_path(options.output, contrast, list(placed)), options.overwrite)
    save_volume(output, image, grid.affine, sidecar)
    log.info("wrote %s", output)


def own_motions(placed: PlacedViews) -> list[FloatArray]:
    """Motion of each view of a contrast."""
    return [placement.motion for placement in placed.placements]


def save_transforms(options: Namespace, motions: Sequence[FloatArray]) -> None:
    """Write the motion of each view."""
    for motion, path in zip(motions, transform_paths(options), strict=True):
        save_transform(motion, files.unclaimed(path, options.overwrite))


def write_report(
    options: Namespace, name: str, placed: PlacedViews, view_set: ViewSet, image: Volume, session: Session
) -> None:
    """Write the page that says how far to trust the volume, by trials and held-out slices of several methods.

    A trial is made of one view's own planes, where an earlier scan would show what is to be told: what is tried in its place is the
    method without it.
    """
    methods = {baseline: baseline_method(baseline) for baseline in COMPARED}
    tried = recipe_of(name).get("regulariser", "tv") if options.earlier else name
    if tried not in BASELINES:
        methods[tried] = network_method(*training(tried, session, options.views[0].name))
    elif tried not in methods:
        methods[tried] = baseline_method(tried)
    trials = trial_table(plane_trials(view_set), methods)
    slices = held_out_scores(view_set, methods)
    page = report_page(placed, view_set.grid, {name: image}, trials, slices, tried)
    path = files.unclaimed(options.report, options.overwrite)
    write_text(path, page)
    log.info("wrote %s", path)
