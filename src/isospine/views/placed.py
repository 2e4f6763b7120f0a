"""Acquired views with their estimated motion: where they lie, and which of their slices are used."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from functools import cached_property

import numpy as np

from isospine.geometry.grid import FloatArray, Grid
from isospine.physics.output_grid import Axes, Field, axes_directions, output_grid
from isospine.physics.slices import take_slices, without_slices
from isospine.physics.view import View
from isospine.views.acquired import AcquiredView
from isospine.views.agreement import Agreement
from isospine.views.estimate import estimation_grid
from isospine.views.joint import Placement, corrected
from isospine.views.slice_profiles import SliceEstimate
from isospine.views.view_set import ViewSet, are_aligned, source_name


@dataclass(frozen=True)
class SliceMotion:
    """Motion of the slices of one view, after that of the view.

    Attributes
    ----------
    parameters : (M, 6) ndarray
        Rotation in degrees of each slice about its centre, and its shift in mm.
    motions : (M, 4, 4) ndarray
        Motion that moves each slice back, in world coordinates.
    left_out : tuple of int
        Slices that fit too badly to be used.
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
    agreement : tuple of Agreement or None
        How well each view agrees with the others where it was put; empty if there are no others.
    doubts : tuple of str
        Sentences on why these views may lie in the wrong place.
    profiles : tuple of SliceEstimate or None
        Slice profile of each view as the others show it; empty if there are no others.
    uses_profiles : bool
        Whether methods are given these profiles, where there are any, instead of those stated.
    profile_choice : str
        A sentence on why, where that was to be decided.
    """

    acquired: tuple[AcquiredView, ...]
    placements: tuple[Placement, ...]
    slices: tuple[SliceMotion, ...] = ()
    motion: FloatArray = attribute(default_factory=lambda: np.eye(4))
    agreement: tuple[Agreement | None, ...] = ()
    doubts: tuple[str, ...] = ()
    profiles: tuple[SliceEstimate | None, ...] = ()
    uses_profiles: bool = False
    profile_choice: str = ""

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
        return tuple(stack.moved(self._back) for stack in self._own_stacks)

    @cached_property
    def _own_stacks(self) -> tuple[View, ...]:
        pairs = zip(self.acquired, self.placements, strict=True)
        stacks = tuple(corrected(one.view, placement, self.frame) for one, placement in pairs)
        if not self.uses_profiles:
            return stacks
        # not the acquired views: the frame that motion and gain are stated in depends on their thickness
        return tuple(
            replace(stack, thickness=own.thickness, profile=own.profile) if own else stack
            for stack, own in zip(stacks, self.profiles, strict=True)
        )

    @property
    def _back(self) -> FloatArray:
        return np.asarray(np.linalg.inv(self.motion), np.float64)

    @property
    def parts(self) -> tuple[View, ...]:
        """The input of methods: the stacks, or their slices one by one where these were moved."""
        return tuple(part for part, _ in self._owned())

    @property
    def owners(self) -> tuple[int, ...]:
        """Index of the view that each part belongs to."""
        return tuple(owner for _, owner in self._owned())

    def _owned(self) -> Iterator[tuple[View, int]]:
        if not self.slices:
            for number, (one, stack) in enumerate(zip(self.acquired, self.stacks, strict=True)):
                yield from ((part, number) for part in without_slices(stack, one.bridged))
        for number, motion in enumerate(self.slices):
            for place, back in enumerate(motion.motions):
                if place not in (*motion.left_out, *self.acquired[number].bridged):
                    yield take_slices(self._own_stacks[number], place, 1).moved(self._back @ back), number


def body_grid(placed: PlacedViews, spacing: float, field: Field, axes: Axes) -> Grid:
    """Make the grid of a body's volumes; parameters are those of `output_grid`, and its axes."""
    return output_grid(placed.stacks, spacing, field, axes_directions(placed.stacks, axes))


def placed_set(placed: PlacedViews, contrast: str, grid: Grid) -> ViewSet:
    """Make the view set from which methods reconstruct one contrast of a body on a grid."""
    parts = placed.parts
    return ViewSet(
        contrast,
        views=parts,
        stacks=placed.stacks,
        owners=placed.owners,
        grid=grid,
        grid_name="isotropic",
        sources=tuple(source_name(one.path) for one in placed.acquired),
        aligned=are_aligned(parts),
        bridged=tuple(one.bridged for one in placed.acquired),
        left_out=tuple(own.left_out for own in placed.slices),
    )
