"""Measure the error of a reconstruction by its distance from the reference's edges."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from isospine.evaluation.metrics import Mask
from isospine.geometry.grid import Affine, FloatArray, Volume

#: Voxels whose gradient is above this percentile of the volume are edges.
EDGE_PERCENTILE = 95.0
#: Voxels that a distance needs to be shown; the error of fewer is chance.
MINIMUM_VOXELS = 30


def gradient_magnitude(volume: Volume, affine: Affine) -> FloatArray:
    """Length of the intensity gradient by central differences, in intensity per mm, shape (I, J, K)."""
    squared = np.zeros(volume.shape)
    for axis, spacing in enumerate(np.linalg.norm(affine[:3, :3], axis=0)):
        squared += np.square(np.gradient(volume.astype(np.float64), float(spacing), axis=axis))
    return np.sqrt(squared)


def edge_distance(reference: Volume, affine: Affine) -> FloatArray | None:
    """Distance of each voxel from the nearest edge of the reference.

    Parameters
    ----------
    reference : (I, J, K) array
        Intensities.
    affine : (4, 4) array
        Voxel indices to world coordinates in mm, RAS+.

    Returns
    -------
    (I, J, K) ndarray or None
        Millimetres between voxel centres, zero at edges. None for a volume without edges: one with an equal
        gradient everywhere.
    """
    gradient = gradient_magnitude(reference, affine)
    edges = gradient > np.percentile(gradient, EDGE_PERCENTILE)
    if not edges.any():
        return None
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    return np.asarray(distance_transform_edt(~edges, sampling=spacing), np.float64)


def error_by_distance(
    error: Volume, distance: FloatArray, region: Mask, width: float
) -> list[tuple[float, float, int]]:
    """Root mean square error of the voxels at each distance.

    Parameters
    ----------
    error : (I, J, K) array
        Reconstruction less reference.
    distance : (I, J, K) array
        Distance from the nearest edge in mm.
    region : (I, J, K) bool array
        Voxels that count.
    width : float
        Of the distance's steps in mm. The edges themselves are the first step; each further one holds the
        distances above its lower and up to its upper end.

    Returns
    -------
    list of (distance, rmse, voxels)
        Mean distance in mm, error in the unit of `error`, and how many voxels; steps of fewer than
        `MINIMUM_VOXELS` are left out.
    """
    inside = distance[region]
    # a distance of exactly one voxel must not fall beyond the step by rounding
    step: NDArray[np.intp] = np.ceil(inside / width - 1e-6).astype(np.intp)
    voxels = np.bincount(step)
    sums = np.bincount(step, weights=inside)
    squares = np.bincount(step, weights=np.square(error[region], dtype=np.float64))
    return [
        (float(sums[n] / voxels[n]), float(np.sqrt(squares[n] / voxels[n])), int(voxels[n]))
        for n in np.flatnonzero(voxels >= MINIMUM_VOXELS)
    ]
