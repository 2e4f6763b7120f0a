"""The frame of two stacks: coordinates in which both are slices across an axis, however they lie to each other.

The normals of two stacks span a plane, across which the third axis runs; a point is told by its position along each
normal and along that axis. Slices are resampled within themselves, to the frame's voxels, and never mixed with each other,
so that nothing is lost that they show.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid
from isospine.models.pretrained.cells import SpacedAxis, blocks_like, cells_of, slice_axis
from isospine.models.pretrained.stations import (
    angle_between,
    evenly,
    filled,
    normal_of,
    slice_centres,
    stations,
)
from isospine.models.prior.cells import Array, Cells
from isospine.physics.view import View

#: Stacks whose normals are nearer to each other than this angle (degrees) do not make a pair.
SMALLEST_ANGLE = 30.0

#: Voxels of a frame that is turned against the volume's grid, in voxels of that: as large, they would not hold what the grid
#: holds along its diagonals. Of 1, 0.85, 0.75 and 0.6 the best on oblique pairs of three volumes.
FINER = 0.75

#: But no more of them to a slice than the weights learned from.
MOST_VOXELS = 8.0


@dataclass(frozen=True)
class Frame:
    """Voxels along the axis that slices share, and along the normals of one or two stacks.

    Attributes
    ----------
    grid : Grid
        The voxels; its axes need not be at right angles.
    axes : tuple of two SpacedAxis
        The second and the third axis, of slices or, of one stack, of blocks.
    first : (P, C1, N2) array
        Slices of the first stack, in its own intensities.
    second : (P, N1, C2) array or None
        Of the second stack.
    measured : tuple of (C1,) and (C2,) bool arrays
        Slices of each stack that were measured; the others fill gaps between them.
    """

    grid: Grid
    axes: tuple[SpacedAxis, SpacedAxis]
    first: Array
    second: Array | None
    measured: tuple[NDArray[np.bool_], ...]

    @property
    def cells(self) -> Cells:
        """Where slices of both cross."""
        return cells_of(*self.axes)


def frames_of(stacks: Sequence[View], grid: Grid) -> list[Frame]:
    """Frames of every two stacks that lie across each other; of stacks of one plane, those of each by itself.

    Parameters
    ----------
    stacks : sequence of View
        In any position.
    grid : Grid
        Grid to reconstruct on, which gives extent and spacing.
    """
    groups = stations(stacks)
    if pairs := _pairs(groups):
        return [
            _frame([one, two], np.cross(normal_of(one[0]), normal_of(two[0])), grid) for one, two in pairs
        ]
    return [frame for group in groups for frame in _single_frames(group, grid)]


def views_of_planes(stacks: Sequence[View]) -> int:
    """Count the views that a plane of their frames shows: two if any lie across each other, else one."""
    return 2 if _pairs([[stack] for stack in stacks]) else 1


def _pairs(groups: Sequence[list[View]]) -> list[tuple[list[View], list[View]]]:
    return [
        pair for pair in combinations(groups, 2) if angle_between(pair[0][0], pair[1][0]) > SMALLEST_ANGLE
    ]


def _single_frames(group: list[View], grid: Grid) -> list[Frame]:
    """Frames of stacks of one plane, with one of their sharp axes after the other along the planes."""
    first = group[0]
    return [_frame([group], first.grid.directions[:, axis], grid) for axis in range(3) if axis != first.axis]


def _frame(groups: list[list[View]], along: FloatArray, grid: Grid) -> Frame:
    """Frame whose planes follow each other `along` a direction that all slices contain."""
    along = along / np.linalg.norm(along)
    first = normal_of(groups[0][0])
    second = normal_of(groups[1][0]) if len(groups) > 1 else np.cross(along, first)
    spacings = [float(group[0].grid.spacing[group[0].axis]) for group in groups]
    # blocks of one stack are as long as its slices
    voxels = _covering(grid, np.array([along, first, second]), (0.0, spacings[0], spacings[-1]))
    axes, data, measured = zip(
        *(_row(group, voxels, number) for number, group in enumerate(groups, 1)), strict=True
    )
    if len(groups) == 1:
        return Frame(voxels, (axes[0], blocks_like(axes[0], voxels.shape[2])), data[0], None, measured)
    return Frame(voxels, (axes[0], axes[1]), data[0], data[1], measured)


def _row(group: list[View], voxels: Grid, axis: int) -> tuple[SpacedAxis, Array, NDArray[np.bool_]]:
    """Slices of stacks that continue each other along one axis of the voxels, evenly spaced, and which were measured."""
    parts = [_slices_across(stack, voxels, axis) for stack in group]
    centres = np.concatenate([own for own, _, _, _ in parts])
    if not len(centres):
        raise InputError("views: no slice reaches into the volume to be reconstructed; check --field")
    slices = np.concatenate(
        [
            _resampled(stack, kept, voxels, axis, own)
            for stack, (own, kept, _, _) in zip(group, parts, strict=True)
            if len(kept)
        ],
        axis=axis,
    )
    order = np.argsort(centres)
    centres, slices = centres[order], np.take(slices, order, axis=axis)
    _, _, spacing, thickness = parts[0]
    every, measured = evenly(centres, spacing)
    row = slice_axis(voxels.shape[axis], every, thickness, group[0].profile, spacing)
    return row, np.ascontiguousarray(filled(slices, centres, every, axis)), measured


def _covering(grid: Grid, across: FloatArray, spacings: tuple[float, float, float]) -> Grid:
    """Voxels whose axes are read along the rows of `across` (3, 3), which cover a grid; its own if they agree.

    Otherwise they are finer, as far as slices of these spacings (mm) along each axis allow.
    """
    corners = np.array(list(product(*((-0.5, n - 0.5) for n in grid.shape))))
    position = grid.world(corners) @ across.T
    low, extent = position.min(axis=0), np.ptp(position, axis=0)
    cosines = np.abs(across @ grid.directions)
    spacing = grid.spacing[cosines.argmax(axis=1)]
    if not np.allclose(cosines, np.rint(cosines), atol=1e-4):
        spacing = np.maximum(FINER * spacing, np.minimum(spacing, np.array(spacings) / MOST_VOXELS))
    i, j, k = (max(2, int(np.ceil(n - 1e-3))) for n in extent / spacing)
    columns = np.linalg.inv(across)
    affine = np.eye(4)
    affine[:3, :3] = columns * spacing
    affine[:3, 3] = columns @ (low + spacing / 2)
    return Grid((i, j, k), affine)


def _slices_across(stack: View, voxels: Grid, axis: int) -> tuple[FloatArray, NDArray[np.intp], float, float]:
    """Centres along one axis of the voxels of those slices of a stack that reach into them, and their numbers.

    Spacing and thickness, in these voxels, come with them.
    """
    middles = slice_centres(stack)
    centres = voxels.indices(middles)[:, axis]
    step = np.array([middles[0], middles[0] + stack.grid.affine[:3, stack.axis]])
    spacing = float(np.abs(np.diff(voxels.indices(step)[:, axis]))[0])
    thickness = spacing * stack.thickness / float(stack.grid.spacing[stack.axis])
    reach = thickness / 2
    kept = np.flatnonzero((centres > -reach) & (centres < voxels.shape[axis] - 1 + reach))
    return centres[kept], kept, spacing, thickness


def _resampled(stack: View, kept: NDArray[np.intp], voxels: Grid, axis: int, centres: FloatArray) -> Array:
    """Slices at the voxels' positions within them, (P, C, N) or (P, N, C)."""
    rows = [np.arange(n, dtype=np.float64) for n in voxels.shape]
    sharp = [a for a in range(3) if a != stack.axis]
    slices = []
    for number, centre in zip(kept, centres, strict=True):
        rows[axis] = np.array([centre])
        points = np.stack(np.meshgrid(*rows, indexing="ij"), axis=-1)
        inside = stack.grid.indices(voxels.world(points))[..., sharp]
        plane: NDArray[Any] = np.take(stack.data, int(number), axis=stack.axis)
        sampled: NDArray[Any] = map_coordinates(plane, np.moveaxis(inside, -1, 0), order=3, mode="nearest")
        slices.append(sampled)
    return np.ascontiguousarray(np.concatenate(slices, axis=axis), np.float32)
