"""Everything that is known of some acquired views before a reconstruction: where they are, and what of them is used."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from functools import cached_property

import numpy as np

from isospine.acquired import AcquiredView
from isospine.alignment import COEFFICIENTS, Placement, corrected
from isospine.errors import InputError
from isospine.geometry.fields import check_length_scales
from isospine.geometry.grid import FloatArray, Grid
from isospine.physics.output_grid import Axes, Field, axes_directions, output_grid
from isospine.physics.slices import take_slices
from isospine.physics.view import View, moved
from isospine.placing import (
    check_motion,
    check_not_mirrored,
    estimate_placements,
    estimation_grid,
    intensity_unit,
    reduced,
    smoothness,
)
from isospine.registration import register
from isospine.slice_motion import estimate_slice_poses

#: Weight of a slice below which no method is given it.
OUTLIER_WEIGHT = 0.3

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SliceMotion:
    """Motion of the slices of one view, after that of the view.

    Attributes
    ----------
    parameters : (M, 6) ndarray
        Turn in degrees of each slice about its own middle, and its shift in mm.
    motions : (M, 4, 4) ndarray
        What puts each slice back, in world coordinates.
    left_out : tuple of int
        Slices that fit so badly that no method is given them.
    """

    parameters: FloatArray
    motions: FloatArray
    left_out: tuple[int, ...]


@dataclass(frozen=True)
class PlacedViews:
    """Acquired views, and what was estimated of them.

    Attributes
    ----------
    acquired : tuple of AcquiredView
        As they were read.
    placements : tuple of Placement
        Motion and gain of each.
    slices : tuple of SliceMotion
        Of each view; empty where they were not asked for.
    motion : (4, 4) ndarray
        Motion of the body from the first view of a first contrast to that of this one, in world coordinates.
    """

    acquired: tuple[AcquiredView, ...]
    placements: tuple[Placement, ...]
    slices: tuple[SliceMotion, ...] = ()
    motion: FloatArray = attribute(default_factory=lambda: np.eye(4))

    @cached_property
    def frame(self) -> Grid:
        """Grid about whose middle motion is stated, and in whose units gain is."""
        return estimation_grid([one.view for one in self.acquired])

    @property
    def motions(self) -> list[FloatArray]:
        """Motion of the body from the first view of all to each view, in world coordinates."""
        return [placement.motion @ self.motion for placement in self.placements]

    @cached_property
    def stacks(self) -> tuple[View, ...]:
        """Each view where the body was during the first one of all, in the intensities of the first of its contrast."""
        return tuple(moved(stack, self._back) for stack in self._own_stacks)

    @cached_property
    def _own_stacks(self) -> tuple[View, ...]:
        pairs = zip(self.acquired, self.placements, strict=True)
        return tuple(corrected(one.view, placement, self.frame) for one, placement in pairs)

    @property
    def _back(self) -> FloatArray:
        return np.asarray(np.linalg.inv(self.motion), np.float64)

    @property
    def parts(self) -> tuple[View, ...]:
        """What methods are given: the stacks, or their slices one by one where these were moved."""
        return tuple(part for part, _ in self._owned())

    @property
    def owners(self) -> tuple[int, ...]:
        """View that each part is of."""
        return tuple(owner for _, owner in self._owned())

    def _owned(self) -> Iterator[tuple[View, int]]:
        if not self.slices:
            yield from zip(self.stacks, range(len(self.stacks)), strict=True)
        for number, motion in enumerate(self.slices):
            for place, back in enumerate(motion.motions):
                if place not in motion.left_out:
                    yield moved(take_slices(self._own_stacks[number], place, 1), self._back @ back), number


def body_grid(placed: PlacedViews, spacing: float, field: Field, axes: Axes) -> Grid:
    """Grid of a body's volumes; parameters are those of `output_grid`, and what its axes lie along."""
    return output_grid(placed.stacks, spacing, field, axes_directions(placed.stacks, axes))


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
    check_length_scales({str(one.path): one.view.grid for one in acquired})
    views = [one.view for one in acquired]
    still = Placement(np.eye(4), np.zeros(COEFFICIENTS))
    placements = estimate_placements(views) if align else [still] * len(views)
    placed = PlacedViews(tuple(acquired), tuple(placements))
    return replace(placed, slices=slice_motions(placed)) if slice_by_slice else placed


def place_contrasts(
    groups: Mapping[str, Sequence[AcquiredView]], align: bool, slice_by_slice: bool
) -> dict[str, PlacedViews]:
    """Put the views of all contrasts where the body was during the first view of the first one.

    Within a contrast motion and gain are estimated together with the image; between contrasts mutual information tells
    the motion, and intensities have nothing in common. Parameters are those of `place_views`, of each contrast.

    Raises
    ------
    InputError
        As `place_views`, or if a contrast's header is mirrored against that of the first, or in other units.
    """
    check_length_scales({str(group[0].path): group[0].view.grid for group in groups.values()})
    placed = {name: place_views(group, align, slice_by_slice) for name, group in groups.items()}
    if not align:
        return placed
    first, *others = placed
    still = placed[first].stacks[0]
    for name in others:
        view = placed[name].stacks[0]
        check_not_mirrored(f"the first {name} view", view, still)
        motion = register(view, still)
        check_motion(f"the first {name} view", motion, estimation_grid([still]))
        placed[name] = replace(placed[name], motion=motion)
    return placed


def slice_motions(placed: PlacedViews) -> tuple[SliceMotion, ...]:
    """Estimate the motion of every slice of views that were put back.

    Raises
    ------
    InputError
        If most slices of a view fit to no other.
    """
    unit = intensity_unit(placed.stacks[0])
    small = [reduced(stack, float(placed.frame.spacing[0])) for stack in placed.stacks]
    scaled = [replace(stack, data=stack.data / np.float32(unit)) for stack in small]
    poses, _ = estimate_slice_poses(scaled, placed.frame, smoothness(scaled, placed.frame))
    owners = np.array(poses.owners)
    found = []
    for number, one in enumerate(placed.acquired):
        own = owners == number
        left_out = tuple(np.flatnonzero(poses.weights[own] < OUTLIER_WEIGHT).tolist())
        motion = SliceMotion(poses.parameters[own], poses.motions[own], left_out)
        log.info(
            "view %d: slices moved by %.2f mm and %.2f degrees in the mean, %d of %d left out",
            number + 1,
            float(np.linalg.norm(motion.parameters[:, 3:], axis=1).mean()),
            float(np.linalg.norm(motion.parameters[:, :3], axis=1).mean()),
            len(left_out),
            own.sum(),
        )
        if len(left_out) > own.sum() / 2:
            raise InputError(
                f"{one.path}: {len(left_out)} of {own.sum()} slices do not fit to the other views; expected a view of the "
                "same body: look at it, or leave it out"
            )
        found.append(motion)
    return tuple(found)
