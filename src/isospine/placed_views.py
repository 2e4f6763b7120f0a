"""Everything that is known of some acquired views before a reconstruction: where they are, and what of them is used."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from isospine.acquired import AcquiredView
from isospine.acquisition import View
from isospine.alignment import COEFFICIENTS, Placement, corrected
from isospine.errors import InputError
from isospine.geometry import FloatArray, Grid
from isospine.held_out import take_slices
from isospine.placing import (
    estimate_placements,
    estimation_grid,
    intensity_unit,
    reduced,
    smoothness,
)
from isospine.pose import moved
from isospine.slice_motion import estimate_slice_poses

#: Weight of a slice below which no method is given it.
OUTLIER_WEIGHT = 0.3

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PlacedViews:
    """Acquired views, and what was estimated of them.

    Attributes
    ----------
    acquired : tuple of AcquiredView
        As they were read.
    placements : tuple of Placement
        Motion and gain of each.
    stacks : tuple of View
        Each view where the body was during the first one, in its intensities.
    parts : tuple of View
        What methods are given: the stacks, or their slices one by one where these were moved.
    owners : tuple of int
        View that each part is of.
    slice_motions : dict of int to (M, 6) array
        Turns in degrees and shifts in mm of the slices of each view; empty where they were not asked for.
    left_out : dict of int to list of int
        Slices of each view that fit so badly that no method is given them.
    frame : Grid
        Grid about whose middle motion is stated.
    """

    acquired: tuple[AcquiredView, ...]
    placements: tuple[Placement, ...]
    stacks: tuple[View, ...]
    parts: tuple[View, ...]
    owners: tuple[int, ...]
    slice_motions: dict[int, FloatArray]
    left_out: dict[int, list[int]]
    frame: Grid


def place_views(acquired: Sequence[AcquiredView], align: bool, slice_by_slice: bool) -> PlacedViews:
    """Put views where the body was during the first of them.

    Parameters
    ----------
    acquired : sequence of AcquiredView
        As they were read.
    align : bool
        Estimate motion and gain; otherwise headers are trusted.
    slice_by_slice : bool
        Estimate the motion of every slice as well, and leave out slices that do not fit.

    Raises
    ------
    InputError
        If views do not overlap, or a registration fails.
    """
    views = [one.view for one in acquired]
    still = Placement(np.eye(4), np.zeros(COEFFICIENTS))
    placements = estimate_placements(views) if align else [still] * len(views)
    frame = estimation_grid(views)
    stacks = [corrected(view, one, frame) for view, one in zip(views, placements, strict=True)]
    parts, owners = list(stacks), list(range(len(stacks)))
    motions: dict[int, FloatArray] = {}
    left_out: dict[int, list[int]] = {}
    if slice_by_slice:
        unit = intensity_unit(stacks[0])
        small = [reduced(stack, float(frame.spacing[0])) for stack in stacks]
        scaled = [replace(stack, data=stack.data / np.float32(unit)) for stack in small]
        poses, _ = estimate_slice_poses(scaled, frame, smoothness(scaled, frame))
        parts, owners = [], []
        for number in range(len(stacks)):
            own = [index for index, owner in enumerate(poses.owners) if owner == number]
            motions[number] = poses.parameters[own]
            left_out[number] = [
                place for place, index in enumerate(own) if poses.weights[index] < OUTLIER_WEIGHT
            ]
            for place, index in enumerate(own):
                if place not in left_out[number]:
                    parts.append(moved(take_slices(stacks[number], place, 1), poses.motions[index]))
                    owners.append(number)
            log.info(
                "view %d: slices moved by %.2f mm and %.2f degrees in the mean, %d of %d left out",
                number + 1,
                float(np.linalg.norm(motions[number][:, 3:], axis=1).mean()),
                float(np.linalg.norm(motions[number][:, :3], axis=1).mean()),
                len(left_out[number]),
                len(own),
            )
            if len(left_out[number]) > len(own) / 2:
                raise InputError(
                    f"{acquired[number].path}: {len(left_out[number])} of {len(own)} slices do not fit to the other "
                    "views; expected a view of the same body: look at it, or leave it out"
                )
    return PlacedViews(
        tuple(acquired),
        tuple(placements),
        tuple(stacks),
        tuple(parts),
        tuple(owners),
        motions,
        left_out,
        frame,
    )
