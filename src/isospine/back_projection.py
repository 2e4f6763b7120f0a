"""Interpolation of views, and of what an image leaves unexplained of them.

Source: Irani & Peleg, Improving resolution by image registration, CVGIP 1991.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline

from isospine.acquisition import View
from isospine.geometry import Grid
from isospine.nifti import Volume
from isospine.resampling import resample
from isospine.view_operator import is_aligned, view_operator


def average(views: Sequence[View], data: Sequence[Volume], grid: Grid, degree: Literal[1, 3]) -> Volume:
    """Mean of the interpolations of view-shaped `data`, at each voxel over the views that cover it; 0 where none does."""
    if all(is_aligned(view, grid) for view in views):
        parts = [interpolate(view, values, grid, degree) for view, values in zip(views, data, strict=True)]
        return np.mean(parts, axis=0, dtype=np.float32)
    total, count = np.zeros(grid.shape, np.float32), np.zeros(grid.shape, np.float32)
    for view, values in zip(views, data, strict=True):
        inside = covers(view, grid)
        total += np.where(inside, resample(values, view.grid, grid, degree), 0)
        count += inside
    return np.asarray(total / np.maximum(count, 1), np.float32)


def covers(view: View, grid: Grid) -> NDArray[np.bool_]:
    """Which voxels of a grid lie within the slices of a view, or in the gaps between them."""
    position = view.grid.indices(grid.voxel_centres())
    return np.asarray(((position > -0.5) & (position < np.array(view.grid.shape) - 0.5)).all(axis=-1))


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


def back_project(image: Volume, views: Sequence[View], grid: Grid, iterations: int) -> Volume:
    """Correct an image by the interpolated residuals of the views, several times.

    Parameters
    ----------
    image : (I, J, K) array
        Estimate on the fine grid.
    views : sequence of View
        What it shall explain.
    grid : Grid
        Fine grid.
    iterations : int
        Number of corrections; the first are the smoothest.
    """
    operator = view_operator(views, grid)
    for _ in range(iterations):
        residuals = operator.residuals(image, [view.data for view in views])
        image = image + average(views, residuals, grid, degree=3)
    return image
