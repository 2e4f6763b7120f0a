"""Move acquired views to where the body was during the first of them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from isospine.errors import InputError
from isospine.geometry.fields import check_length_scales
from isospine.geometry.grid import Grid
from isospine.physics.magnitude import near_one
from isospine.physics.view import View, nearest_axis
from isospine.views.acquired import AcquiredView
from isospine.views.agreement import Agreement, agreements
from isospine.views.estimate import (
    check_motion,
    check_not_mirrored,
    estimate_gains,
    estimate_placements,
    estimation_grid,
    intensity_unit,
    reduced,
    smoothness,
)
from isospine.views.placed import PlacedViews, SliceMotion
from isospine.views.registration import register
from isospine.views.slice_motion import estimate_slice_poses
from isospine.views.slice_profiles import estimate_profiles, say_profile

#: Weight of a slice below which no method is given it.
OUTLIER_WEIGHT = 0.3

log = logging.getLogger(__name__)


def of_one_plane(views: Sequence[View]) -> bool:
    """Check whether all views are thick along about the same direction."""
    return len({nearest_axis(view, views[0].grid) for view in views}) == 1


def check_planes(views: Sequence[View], recipes: Sequence[str]) -> None:
    """Refuse views of one plane for recipes that learn from two, and warn of what they do not show.

    Raises
    ------
    InputError
        Naming the recipes.
    """
    if not of_one_plane(views):
        return
    if recipes:
        raise InputError(
            f"views: all are thick along one direction, and {', '.join(recipes)} learns from views of two planes; add a view "
            f"of another plane, or leave the recipe out (recipes: {{{recipes[0]}: null}})"
        )
    log.warning(
        "all views are thick along one direction: what lies between their slices is not known from a sharper view, and is "
        "guessed"
    )


def place_views(acquired: Sequence[AcquiredView], align: bool, slice_by_slice: bool) -> PlacedViews:
    """Move views to where the body was during the first of them.

    Parameters
    ----------
    acquired : sequence of AcquiredView
        As they were read.
    align : bool
        Estimate motion; otherwise headers are trusted on where views are, and only their brightness is matched.
    slice_by_slice : bool
        Estimate the motion of every slice as well, and leave out slices that do not fit.

    Raises
    ------
    InputError
        If views do not overlap, or a registration fails.
    """
    check_length_scales({str(one.path): one.view.grid for one in acquired})
    views = [one.view for one in acquired]
    names = [one.path.name for one in acquired]
    doubts: list[str] = []
    placements = estimate_placements(views, names, doubts.append) if align else estimate_gains(views)
    placed = PlacedViews(tuple(acquired), tuple(placements))
    if len(views) > 1:
        found = compared(placed.stacks, placed.frame)
        doubts += [
            doubt_of(name, own, align)
            for name, own in list(zip(names, found, strict=True))[1:]
            if own and own.doubtful
        ]
        profiles = estimate_profiles(placed.stacks, [one.bridged for one in acquired])
        for name, profile in zip(names, profiles, strict=True):
            log.info("%s: slice profile from the other views: %s", name, say_profile(profile))
        placed = replace(placed, agreement=tuple(found), doubts=tuple(doubts), profiles=tuple(profiles))
    return replace(placed, slices=slice_motions(placed)) if slice_by_slice else placed


def compared(stacks: Sequence[View], frame: Grid) -> list[Agreement | None]:
    """Measure how well stacks agree where they were put, in voxels not much finer than a grid."""
    # each on its own scale: agreement ignores brightness, and squares of what is very bright are beyond single precision
    near = [part for stack in stacks for part in near_one([stack])[0]]
    return agreements([reduced(stack, float(frame.spacing[0])) for stack in near], frame)


def doubt_of(name: str, agreement: Agreement, align: bool) -> str:
    """Say that a view is probably not in its place, and what to do."""
    share = f"{agreement.found:.0%} of their local variance in common, {agreement.chance:.0%} by chance"
    remedy = (
        "Crop the views to the part of the body that moves as one, and place them again."
        if align
        else "Check that the headers are of one session, or have the motion estimated."
    )
    return (
        f"{name} agrees with the other views hardly better than by chance where it was put ({share}). It is probably in the "
        f"wrong place or shows something else, and the volume and its scores mean nothing there. {remedy}"
    )


def place_contrasts(
    groups: Mapping[str, Sequence[AcquiredView]], align: bool, slice_by_slice: bool
) -> dict[str, PlacedViews]:
    """Move the views of all contrasts to where the body was during the first view of the first contrast.

    Within a contrast motion and gain are estimated together with the image; between contrasts mutual
    information gives the motion, and intensities are not compared. Parameters are those of `place_views`.

    Raises
    ------
    InputError
        As `place_views`, or if a contrast's header is mirrored against that of the first, or in other units.
    """
    check_length_scales({str(group[0].path): group[0].view.grid for group in groups.values()})
    placed = {name: place_views(group, align, slice_by_slice) for name, group in groups.items()}
    first, *others = placed
    still = placed[first].stacks[0]
    for name in others if align else ():
        placed[name] = place_contrast(placed[name], still)
    for own in placed.values():
        for doubt in own.doubts:
            log.warning("%s", doubt)
    return placed


def place_contrast(placed: PlacedViews, still: View) -> PlacedViews:
    """Move the views of a contrast to where the body was during the first view of another."""
    view, name = placed.stacks[0], placed.acquired[0].path.name
    doubts = list(placed.doubts)
    check_not_mirrored(name, view, still, doubts.append)
    motion = register(view, still)
    check_motion(name, motion, estimation_grid([still]))
    back = view.moved(np.asarray(np.linalg.inv(motion), np.float64))
    agreement = compared([still, back], estimation_grid([still, view]))[1]
    if agreement and agreement.doubtful:
        doubts.append(doubt_of(name, agreement, True))
    return replace(placed, motion=motion, doubts=tuple(doubts))


def slice_motions(placed: PlacedViews) -> tuple[SliceMotion, ...]:
    """Estimate the motion of every slice of views that were moved back.

    Raises
    ------
    InputError
        If most slices of a view do not fit the other views.
    """
    stacks, _ = near_one(placed.stacks)
    unit = intensity_unit(stacks[0])
    small = [reduced(stack, float(placed.frame.spacing[0])) for stack in stacks]
    scaled = [replace(stack, data=stack.data / np.float32(unit)) for stack in small]
    poses, _ = estimate_slice_poses(scaled, placed.frame, smoothness(scaled, placed.frame))
    owners = np.array(poses.owners)
    found = []
    for number, one in enumerate(placed.acquired):
        own = owners == number
        misfits = np.flatnonzero(poses.weights[own] < OUTLIER_WEIGHT)
        left_out = tuple(np.setdiff1d(misfits, one.bridged).tolist())
        motion = SliceMotion(poses.parameters[own], poses.motions[own], left_out)
        log.info(
            "view %d: slices moved by %.2f mm and %.2f degrees on average, %d of %d left out",
            number + 1,
            float(np.linalg.norm(motion.parameters[:, 3:], axis=1).mean()),
            float(np.linalg.norm(motion.parameters[:, :3], axis=1).mean()),
            len(left_out),
            own.sum(),
        )
        if len(left_out) > own.sum() / 2:
            raise InputError(
                f"{one.path}: {len(left_out)} of {own.sum()} slices do not fit the other views; expected a view of the "
                "same body: look at it, or leave it out"
            )
        found.append(motion)
    return tuple(found)
