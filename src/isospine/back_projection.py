"""Interpolation of views along their thick axis, and of what an image leaves unexplained of them.

Source: Irani & Peleg, Improving resolution by image registration, CVGIP 1991.
"""

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import make_interp_spline

from isospine.acquisition import View
from isospine.consistency import AcquisitionOperator
from isospine.geometry import Grid
from isospine.nifti import Volume


def interpolate(view: View, data: Volume, grid: Grid, degree: int) -> Volume:
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
    operator = AcquisitionOperator.of_views(views, grid)
    for _ in range(iterations):
        residuals = zip(views, operator.forward(image), strict=True)
        corrections = [interpolate(view, view.data - seen, grid, degree=3) for view, seen in residuals]
        image = image + np.mean(corrections, axis=0, dtype=np.float32)
    return image
