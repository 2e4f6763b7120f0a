"""`isospine reconstruct`: an isotropic volume of each contrast from thick-slice views of one body."""

import logging
from argparse import Namespace
from collections.abc import Mapping, Sequence

from isospine.cli import files, segmentation
from isospine.cli.arguments import ESTIMATED
from isospine.cli.changes import write_changes
from isospine.cli.checks import (
    check_files,
    check_options,
    check_size,
    chosen_method,
    own_path,
    tell_assumptions,
    thickness_of,
    transform_paths,
)
from isospine.cli.earlier import load_earlier
from isospine.cli.options import choices
from isospine.dataset.bids import reconstruction_sidecar
from isospine.evaluation.scores import held_out_scores
from isospine.evaluation.trials import plane_trials, trial_table
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.io.atomic import write_text
from isospine.io.nifti import check_finite, save_volume
from isospine.jobs.device import command_device, enough_memory
from isospine.methods.baselines import baseline_method
from isospine.methods.body import Body, BodyGrid, Placing, reconstruct_body, runs_network, training
from isospine.methods.networks import network_method
from isospine.methods.registry import recipe_of
from isospine.methods.segment import Segmentation
from isospine.models.earlier.model import FollowUpModel
from isospine.physics.view import range_excess
from isospine.recipes.baselines import BASELINES
from isospine.report.body_page import report_page
from isospine.training.files import save_model
from isospine.training.session import Session
from isospine.views.acquired import AcquiredView, check_one_body, load_acquired
from isospine.views.contrasts import contrasts_of, distinct_names
from isospine.views.copies import check_copies
from isospine.views.placed import PlacedViews
from isospine.views.record import save_transform, view_facts
from isospine.words import count, listed

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
    acquired = [
        load_acquired(path, stated, thickness=thickness_of(options, number))
        for number, path in enumerate(options.views)
    ]
    check_copies(acquired)
    earlier = load_earlier(options)
    groups = group(acquired, contrasts)
    views = [one.view for one in acquired]
    name = chosen_method(options, groups)
    if not runs_network(name):
        device = "cpu"
    layout = BodyGrid(options.spacing, options.field, options.axes)
    # views that do not overlap, and grids that are too large, are refused at once
    planned = layout.over(views, views)
    check_size(options, name, views, planned, COMPARED)
    labels, levels = segmentation.read(options, acquired, planned)
    placing = Placing(not options.no_alignment, options.slice_motion, options.profile == ESTIMATED)
    session = Session(options.seed, device=device)
    log.info("%s of %s", "placing" if options.no_alignment else "alignment", count(len(views), "view"))
    with enough_memory(device, "choose --device cpu"):
        body = reconstruct_body(groups, name, placing, layout, session, options.views[0].name, earlier)
    placed, grid, models = body.placed, body.grid, body.models
    # the volumes first: whatever fails after them does not lose them
    for contrast, image in body.images.items():
        told = {}
        if isinstance(model := models.get(contrast), FollowUpModel):
            told = {"EarlierScanVerdict": model.verdict["reason"]}
        write_volume(options, name, placed, contrast, grid, image, device, told)
    segmented = segmentation.write(options, labels, levels, body) if labels else None
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
        with enough_memory(device, "choose --device cpu"):
            write_report(options, name, body, session, segmented)


def group(acquired: Sequence[AcquiredView], contrasts: Sequence[str]) -> dict[str, list[AcquiredView]]:
    """Views of each contrast, in the order of the files."""
    groups: dict[str, list[AcquiredView]] = {}
    for one, contrast in zip(acquired, contrasts, strict=True):
        groups.setdefault(contrast, []).append(one)
    return groups


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
    options: Namespace, name: str, body: Body, session: Session, segmented: Segmentation | None
) -> None:
    """Write the page that says how far to trust the volume of one contrast, by trials and held-out slices of several methods.

    A trial is made of one view's own planes, where an earlier scan would show what is to be told: what is tried in its place is the
    method without it.
    """
    (view_set,) = body.view_sets
    methods = {baseline: baseline_method(baseline) for baseline in COMPARED}
    tried = recipe_of(name).get("regulariser", "tv") if options.earlier else name
    if tried not in BASELINES:
        methods[tried] = network_method(*training(tried, session, options.views[0].name))
    elif tried not in methods:
        methods[tried] = baseline_method(tried)
    log.info("report: trials of %s", listed(list(methods)))
    trials = trial_table(plane_trials(view_set), methods)
    log.info("report: held-out slices by %s", listed(list(methods)))
    slices = held_out_scores(view_set, methods)
    volumes = {name: body.images[view_set.contrast]}
    page = report_page(
        body.placed[view_set.contrast],
        body.grid,
        volumes,
        trials,
        slices,
        tried,
        options.segmentation,
        segmented,
    )
    path = files.unclaimed(options.report, options.overwrite)
    write_text(path, page)
    log.info("wrote %s", path)
