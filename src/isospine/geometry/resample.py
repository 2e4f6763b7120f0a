"""Resample volumes on other grids."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, spline_filter

from isospine.geometry.grid import Grid, Volume


def resample(image: Volume, source: Grid, target: Grid, degree: Literal[0, 1, 3] = 3) -> Volume:
    """Spline interpolation of an image at the voxel centres of another grid; of degree 0 the nearest voxel."""
    if source.shape == target.shape and np.allclose(source.affine, target.affine, atol=1e-4):
        return image
    to_source = np.linalg.solve(source.affine, target.affine)
    coefficients: NDArray[Any] = (
        image if degree < 3 else spline_filter(image, order=3, mode="nearest", output=np.float32)
    )
    result = np.empty(target.shape, np.float32)
    plane = np.stack(np.meshgrid(*map(np.arange, target.shape[1:]), indexing="ij"))
    for i in range(target.shape[0]):
        indices = np.concatenate([np.full_like(plane[:1], i), plane])
        points = np.tensordot(to_source[:3, :3], indices, axes=1) + to_source[:3, 3, None, None]
        result[i] = map_coordinates(coefficients, points, order=degree, mode="nearest", prefilter=False)
    return result
