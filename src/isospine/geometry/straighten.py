"""Straighten a volume along the curved cord: planes across the centreline, one after the other.

The planes keep the patient's right on the same side and do not turn about the centreline, so that a straight cord comes
out as it is.

Source: De Leener et al., SCT: Spinal Cord Toolbox, NeuroImage 2017, for the straightened cord as a place to measure in.
"""

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_smoothing_spline
from scipy.ndimage import map_coordinates, spline_filter

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid, Volume

#: Slices with cord that a centreline is fitted to, at least.
MINIMUM_SLICES = 5


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
    heights = np.unique(voxels[:, along]) if len(voxels) else np.zeros(0)
    if len(heights) < MINIMUM_SLICES:
        raise InputError(
            f"centreline: the mask has cord in {len(heights)} slices; expected at least {MINIMUM_SLICES}: give a "
            "segmentation of the spinal cord"
        )
    middles = grid.world(np.array([voxels[voxels[:, along] == height].mean(axis=0) for height in heights]))
    middles = middles[np.argsort(middles[:, 2])]
    place = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(middles, axis=0), axis=1))])
    curves = [make_smoothing_spline(place, middles[:, axis]) for axis in range(3)]
    dense = np.linspace(0, place[-1], max(10 * len(place), 2))
    points = np.stack([curve(dense) for curve in curves], -1)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    wanted = np.arange(0, length[-1] + 1e-9, spacing)
    return np.stack([np.interp(wanted, length, points[:, axis]) for axis in range(3)], -1)


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
