"""Interpolate views on a grid."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline

from isospine.geometry.grid import Grid, Volume
from isospine.geometry.resample import resample
from isospine.physics.operator import is_aligned
from isospine.physics.view import View

#: Weight of a view beyond its slices, per mm: it decides only where no view has a slice.
BEYOND = np.float32(1e-6)


def average(views: Sequence[View], data: Sequence[Volume], grid: Grid, degree: Literal[1, 3]) -> Volume:
    """Mean of the interpolations of view-shaped `data`, at each voxel over the views that cover it.

    Where none does, as in a slice that was left out of a stack, the nearest slices of all views are averaged with
    weights of one over their distance; between two slices this is linear interpolation.
    """
    if all(is_aligned(view, grid) and covers_axis(view, grid) for view in views):
        parts = [interpolate(view, values, grid, degree) for view, values in zip(views, data, strict=True)]
        return np.mean(parts, axis=0, dtype=np.float32)
    total, weights = np.zeros(grid.shape, np.float32), np.zeros(grid.shape, np.float32)
    for view, values in zip(views, data, strict=True):
        weight = BEYOND / np.maximum(distance_beyond(view, grid), BEYOND)
        total += weight * resample(values, view.grid, grid, degree)
        weights += weight
    return np.asarray(total / weights, np.float32)


def covers(view: View, grid: Grid) -> NDArray[np.bool_]:
    """Mark the voxels of a grid within the slices of a view, or in the gaps between them."""
    return distance_beyond(view, grid) == 0


def covers_axis(view: View, grid: Grid) -> bool:
    """Check whether the slices of an aligned view reach from one end of the grid to the other."""
    ends = np.zeros((2, 3))
    ends[1, view.axis] = grid.shape[view.axis] - 1
    first, last = view.grid.indices(grid.world(ends))[:, view.axis]
    return bool(first > -0.501 and last < view.grid.shape[view.axis] - 0.499)


def distance_beyond(view: View, grid: Grid) -> Volume:
    """Distance in mm of each voxel of a grid to the nearest voxel centre of a view; 0 within the view's voxels."""
    distances = np.empty(grid.shape, np.float32)
    last = np.array(view.grid.shape) - 1.0
    plane = np.stack(np.meshgrid(*map(np.arange, grid.shape[1:]), indexing="ij"), -1).astype(np.float64)
    for layer in range(grid.shape[0]):  # one at a time, which bounds the memory
        indices = np.insert(plane, 0, layer, axis=-1)
        position = view.grid.indices(grid.world(indices))
        inside = ((position > -0.5) & (position < last + 0.5)).all(axis=-1)
        outside = np.linalg.norm((position - np.clip(position, 0, last)) * view.grid.spacing, axis=-1)
        distances[layer] = np.where(inside, 0, outside)
    return distances


def interpolate(view: View, data: Volume, grid: Grid, degree: Literal[1, 3]) -> Volume:
    """Spline interpolation of view-shaped `data` along the view's thick axis onto the fine grid.

    Parameters
    ----------
    view : View
        Gives the slice positions.
    data : (I, J, K) array
        Values at the view's voxels.
    grid : Grid
        Fine grid, aligned with the view.
    degree : {1, 3}
        Degree of the spline.
    """
    axis = view.axis
    fine = np.zeros((grid.shape[axis], 3))
    fine[:, axis] = np.arange(len(fine))
    position = view.grid.indices(grid.world(fine))[:, axis]
    # the stack is mirrored at its outer faces, not at its outer slice centres, which would bias the borders
    margin = 4
    padding = [(margin, margin) if a == axis else (0, 0) for a in range(3)]
    mirrored = np.pad(data, padding, mode="symmetric")
    spline = make_interp_spline(np.arange(mirrored.shape[axis]) - margin, mirrored, k=degree, axis=axis)
    return spline(position).astype(np.float32)
