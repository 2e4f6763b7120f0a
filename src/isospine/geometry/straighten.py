"""Straighten a volume along the curved cord: planes across the centreline, one after the other.

The planes keep the patient's right on the same side and do not turn about the centreline, so that a straight cord comes
out as it is.

Source: De Leener et al., SCT: Spinal Cord Toolbox, NeuroImage 2017, for the straightened cord as a place to measure in.
"""

from collections.abc import Callable

import nibabel as nib
import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray
from scipy.interpolate import make_smoothing_spline
from scipy.ndimage import map_coordinates, spline_filter

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid, Volume

#: Slices with cord that a centreline is fitted to, at least.
MINIMUM_SLICES = 5

#: Length in mm over which a centreline is smoothed: waves of 2 pi times that are halved.
SMOOTHNESS = 10.0


def centreline(mask: NDArray[np.uint8], grid: Grid, spacing: float) -> FloatArray:
    """Equidistant points along the smoothed centre of a cord, from inferior to superior.

    Parameters
    ----------
    mask : (I, J, K) uint8 array
        Cord segmentation.
    grid : Grid
        Its voxels.
    spacing : float
        Distance between the points in mm, along the curve.

    Returns
    -------
    (N, 3) ndarray
        World coordinates in mm.

    Raises
    ------
    InputError
        If the cord is in fewer than `MINIMUM_SLICES` slices.
    """
    along = int(np.flatnonzero(nib.io_orientation(grid.affine)[:, 0] == 2)[0])
    voxels = np.argwhere(mask).astype(np.float64)
    heights, own = np.unique(voxels[:, along], return_inverse=True)
    if len(heights) < MINIMUM_SLICES:
        raise InputError(
            f"centreline: the mask has cord in {len(heights)} slices; expected at least {MINIMUM_SLICES}: give a "
            "segmentation of the spinal cord"
        )
    counts = np.bincount(own)
    middles = np.stack([np.bincount(own, column) / counts for column in voxels.T], -1)
    # where an end of the cord is cut obliquely, slices show a part of it, whose middle lies beside the cord's
    weights = np.minimum(counts / np.median(counts), 1) ** 2 * grid.spacing[along]
    place = heights * grid.spacing[along]
    dense = np.linspace(place[0], place[-1], 10 * len(place))
    points = grid.world(np.stack([_smoothed(place, each, weights)(dense) for each in middles.T], -1))
    points = points if points[0, 2] < points[-1, 2] else points[::-1]
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    wanted = np.arange(0, length[-1] + 1e-9, spacing)
    return np.stack([np.interp(wanted, length, points[:, axis]) for axis in range(3)], -1)


def _smoothed(
    place: FloatArray, values: FloatArray, weights: FloatArray
) -> Callable[[FloatArray], FloatArray]:
    """Fit a parabola and a smoothing spline of what is left, which bends as little at the ends as elsewhere.

    Voxels make the middles of slices err by up to a tenth of their size, over many slices in one direction. Cross-validation would
    take that for the cord's shape, so that the smoothness is given. What is shorter than a bend has a straight line.
    """
    degree = 2 if np.ptp(place) >= 2 * SMOOTHNESS else 1
    trend = Polynomial.fit(place, values, degree, w=np.sqrt(weights))
    rest = make_smoothing_spline(place, values - trend(place), w=weights, lam=SMOOTHNESS**4)
    return lambda at: np.asarray(trend(at) + rest(at))


def plane_axes(curve: FloatArray) -> FloatArray:
    """Unit vectors to the right, to anterior and along a curve at each of its points, shape (N, 3, 3), one per column."""
    tangents = np.gradient(curve, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    right = np.array([1.0, 0, 0]) - tangents[:, :1] * tangents
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    return np.stack([right, np.cross(tangents, right), tangents], -1)


def straightened(
    image: Volume, grid: Grid, curve: FloatArray, spacing: float, width: float
) -> tuple[Volume, Grid]:
    """Sample an image in planes across a curve, by cubic splines.

    Parameters
    ----------
    image : (I, J, K) array
        On `grid`.
    grid : Grid
        Its voxels.
    curve : (N, 3) array
        Of `centreline`, with the same spacing.
    spacing : float
        Voxel size of the result in mm.
    width : float
        Width of the planes in mm.

    Returns
    -------
    straight : (M, M, N) ndarray
        Axes to the right, to anterior and to superior; 0 outside the image.
    grid : Grid
        Of the straightened volume; the middle of the curve stays where it was.
    """
    half = int(np.floor(width / 2 / spacing))
    steps = spacing * np.arange(-half, half + 1)
    axes = plane_axes(curve)
    across = steps[:, None, None, None] * axes[:, :, 0] + steps[None, :, None, None] * axes[:, :, 1]
    points = np.moveaxis(grid.indices(across + curve), -1, 0)
    coefficients = spline_filter(image, order=3, mode="nearest", output=np.float32)
    straight = map_coordinates(coefficients, points, order=3, mode="nearest", prefilter=False)
    inside = ((points > -0.5) & (points < np.array(grid.shape)[:, None, None, None] - 0.5)).all(axis=0)
    affine = np.diag([spacing, spacing, spacing, 1.0])
    affine[:3, 3] = curve[len(curve) // 2] - spacing * np.array([half, half, len(curve) // 2])
    i, j, k = straight.shape
    return np.where(inside, straight, 0).astype(np.float32), Grid((i, j, k), affine)
