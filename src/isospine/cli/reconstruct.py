"""`isospine reconstruct`: an isotropic volume from thick-slice views of one body."""

import logging
from argparse import Namespace
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from isospine.cli.contrasts import by_contrast, run_contrasts
from isospine.cli.options import METHOD, choices
from isospine.dataset.bids import reconstruction_sidecar
from isospine.errors import InputError
from isospine.evaluation.held_out import Reconstruct
from isospine.evaluation.scores import held_out_scores
from isospine.evaluation.trials import plane_trials, trial_table
from isospine.io.atomic import write_text
from isospine.io.nifti import save_volume
from isospine.methods.baselines import baseline_method
from isospine.methods.registry import check_planes, method_names, of_one_plane, reconstruct, train_recipe
from isospine.physics.output_grid import axes_directions, output_grid, sharpest_spacing
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import FORMER_NAMES, present_name, renamed
from isospine.report.body_page import report_page
from isospine.training.files import save_model
from isospine.views.acquired import check_one_body, load_acquired
from isospine.views.place import place_views
from isospine.views.placed import PlacedViews
from isospine.views.record import save_transform, view_facts

#: Baselines that the page compares a method with.
COMPARED = ("linear", "cubic", "tikhonov", "tv")

log = logging.getLogger(__name__)


def run(options: Namespace) -> None:
    """Read the views, align them, reconstruct, and write what was asked for."""
    check_one_body(options.views)
    acquired = [load_acquired(path, options.profile) for path in options.views]
    groups = by_contrast(acquired)
    if len(groups) > 1:
        return run_contrasts(options, groups)
    views = [one.view for one in acquired]
    check_planes(views, [])
    if options.method in FORMER_NAMES:
        log.warning("--method %s: %s", options.method, renamed(options.method))
    name = present_name(options.method) if options.method else default_method(views)
    if name not in method_names():
        raise InputError(f"--method {name}: expected one of {', '.join(method_names())}")
    if options.model and name in BASELINES:
        raise InputError(f"--model: {name} is a baseline and trains no model; leave the option out")
    spacing = options.spacing or sharpest_spacing(views)
    directions = axes_directions(views, options.axes)
    output_grid(views, spacing, options.field, directions)  # views that do not overlap are refused at once
    placed = place_views(acquired, not options.no_alignment, options.slice_motion)
    grid = output_grid(placed.stacks, spacing, options.field, directions)
    log.info("%s on %s voxels of %.3g mm", name, " x ".join(map(str, grid.shape)), spacing)
    if name in BASELINES:
        image = baseline_method(name)(placed.parts, grid)
    else:
        provenance = {"image": acquired[0].path.name, "contrast": "acquired"}
        model = train_recipe(name, placed.parts, grid, options.seed, provenance)
        image = model.reconstruct(grid)
        if options.model:
            save_model(model, options.model)
    if options.transforms:
        save_transforms(placed, options.transforms)
    sidecar = reconstruction_sidecar(name, grid, "isotropic", [one.path.name for one in acquired])
    sidecar |= choices(options)
    sidecar["Views"] = [view_facts(placed, number) for number in range(len(acquired))]
    save_volume(options.output, image, grid.affine, sidecar)
    log.info("wrote %s", options.output)
    if options.report:
        methods: dict[str, Reconstruct] = {baseline: baseline_method(baseline) for baseline in COMPARED}
        methods[name] = partial(reconstruct, name, seed=options.seed)
        trials = trial_table(plane_trials(placed.stacks), methods)
        slices = held_out_scores(placed, grid, methods)
        write_text(options.report, report_page(placed, grid, {name: image}, trials, slices, name))
        log.info("wrote %s", options.report)


def default_method(views: Sequence[View]) -> str:
    """A network where the views are of two planes, else total variation."""
    return "tv" if of_one_plane(views) else METHOD


def save_transforms(placed: PlacedViews, folder: Path) -> None:
    """Write the motion of each view."""
    for one, placement in zip(placed.acquired, placed.placements, strict=True):
        stem = one.path.name.removesuffix(".gz").removesuffix(".nii")
        save_transform(placement.motion, folder / f"{stem}_xfm.tfm")
