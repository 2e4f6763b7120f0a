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
from isospine.models.prior.cells import Array, Cells
from isospine.physics.view import View

#: Stacks whose normals are nearer to each other than this angle (degrees) do not make a pair.
SMALLEST_ANGLE = 30.0


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
    """

    grid: Grid
    axes: tuple[SpacedAxis, SpacedAxis]
    first: Array
    second: Array | None

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
    if pairs := _pairs(stacks):
        return [_pair_frame(pair, grid) for pair in pairs]
    return [frame for stack in stacks for frame in _single_frames(stack, grid)]


def views_of_planes(stacks: Sequence[View]) -> int:
    """Count the views that a plane of their frames shows: two if any lie across each other, else one."""
    return 2 if _pairs(stacks) else 1


def _pairs(stacks: Sequence[View]) -> list[tuple[View, View]]:
    return [pair for pair in combinations(stacks, 2) if _angle(*pair) > SMALLEST_ANGLE]


def _angle(first: View, second: View) -> float:
    return float(np.degrees(np.arccos(np.clip(np.abs(_normal(first) @ _normal(second)), 0, 1))))


def _normal(stack: View) -> FloatArray:
    """Unit vector along which the slices' planes follow each other."""
    first, second = (stack.grid.directions[:, axis] for axis in range(3) if axis != stack.axis)
    normal = np.cross(first, second)
    normal *= np.sign(normal @ stack.grid.directions[:, stack.axis])
    return np.asarray(normal / np.linalg.norm(normal))


def _single_frames(stack: View, grid: Grid) -> list[Frame]:
    """Frames of one stack, with one of its sharp axes after the other along the planes."""
    return [_frame([stack], stack.grid.directions[:, axis], grid) for axis in range(3) if axis != stack.axis]


def _pair_frame(pair: tuple[View, View], grid: Grid) -> Frame:
    return _frame(list(pair), np.cross(_normal(pair[0]), _normal(pair[1])), grid)


def _frame(stacks: list[View], along: FloatArray, grid: Grid) -> Frame:
    """Frame whose planes follow each other `along` a direction that all slices contain."""
    along = along / np.linalg.norm(along)
    first = _normal(stacks[0])
    across = np.array([along, first, _normal(stacks[1]) if len(stacks) > 1 else np.cross(along, first)])
    voxels = _covering(grid, across)
    axes, data = [], []
    for number, stack in enumerate(stacks, 1):
        axis, kept = _slices_across(stack, voxels, number)
        axes.append(axis)
        data.append(_resampled(stack, kept, voxels, number, axis.centres))
    if len(stacks) == 1:
        return Frame(voxels, (axes[0], blocks_like(axes[0], voxels.shape[2])), data[0], None)
    return Frame(voxels, (axes[0], axes[1]), data[0], data[1])


def _covering(grid: Grid, across: FloatArray) -> Grid:
    """Voxels whose axes are read along the rows of `across` (3, 3), which cover a grid; its own if they agree."""
    corners = np.array(list(product(*((-0.5, n - 0.5) for n in grid.shape))))
    position = grid.world(corners) @ across.T
    low, extent = position.min(axis=0), np.ptp(position, axis=0)
    spacing = grid.spacing[np.abs(across @ grid.directions).argmax(axis=1)]
    i, j, k = (max(2, int(np.ceil(n - 1e-3))) for n in extent / spacing)
    columns = np.linalg.inv(across)
    affine = np.eye(4)
    affine[:3, :3] = columns * spacing
    affine[:3, 3] = columns @ (low + spacing / 2)
    return Grid((i, j, k), affine)


def _slices_across(stack: View, voxels: Grid, axis: int) -> tuple[SpacedAxis, NDArray[np.intp]]:
    """Slices of a stack along one axis of the voxels, and the numbers of those that reach into them."""
    centre = np.tile((np.array(stack.grid.shape) - 1) / 2, (stack.grid.shape[stack.axis], 1))
    centre[:, stack.axis] = np.arange(len(centre))
    centres = voxels.indices(stack.grid.world(centre))[:, axis]
    size = float(stack.grid.spacing[stack.axis]) / stack.thickness
    spacing = float(np.abs(np.diff(centres)).mean()) if len(centres) > 1 else None
    thickness = spacing / size if spacing else stack.thickness / float(voxels.spacing[axis])
    length = voxels.shape[axis]
    kept = np.flatnonzero((centres > -thickness / 2) & (centres < length - 1 + thickness / 2))
    kept = kept[np.argsort(centres[kept])]
    if not len(kept):
        raise InputError("views: no slice reaches into the volume to be reconstructed; check --field")
    return slice_axis(length, centres[kept], thickness, stack.profile, spacing), kept


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
