"""Slice profiles, and the small matrices that apply them along the thick axis."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import spline_filter1d
from scipy.special import ndtr, ndtri

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray

#: Full width at half maximum of a Gaussian of standard deviation 1.
FWHM = float(2 * np.sqrt(2 * np.log(2)))


SLICE_PROFILES = ("box", "gaussian", "point")


def slice_matrix(length: int, centres: FloatArray, thickness: float, profile: str) -> FloatArray:
    """Weights of the voxels of one axis in the slices across it.

    Parameters
    ----------
    length : int
        Voxels along the axis.
    centres : (M,) array
        Slice centres in voxel indices.
    thickness : float
        Slice thickness (box) or full width at half maximum (gaussian), in voxels; unused by `point`.
    profile : {'box', 'gaussian', 'point'}
        Slice profile.

    Returns
    -------
    (M, length) ndarray
        Rows sum to one. Voxels are taken as constant over their own extent for `box` and `gaussian`;
        `point` samples the cubic spline through them.
    """
    if profile == "point":
        return _spline_weights(length, centres)
    edges = np.arange(length + 1) - 0.5 - np.asarray(centres)[:, None]
    if profile == "box":
        cumulative = np.clip(edges / thickness + 0.5, 0, 1)
    elif profile == "gaussian":
        cumulative = ndtr(edges * FWHM / thickness)
    else:
        raise InputError(f"slice profile {profile!r}: expected one of {', '.join(SLICE_PROFILES)}")
    weights = np.diff(cumulative, axis=1)
    return weights / weights.sum(axis=1, keepdims=True)


def _spline_weights(length: int, centres: FloatArray) -> FloatArray:
    """Cubic spline interpolation (mirrored ends) at `centres` as a matrix on the samples."""
    coefficients = spline_filter1d(np.eye(length), order=3, axis=0, mode="mirror")
    first = np.floor(centres).astype(int) - 1
    taps = first[:, None] + np.arange(4)
    distance = np.abs(np.asarray(centres)[:, None] - taps)
    spline = np.where(
        distance < 1, 2 / 3 - distance**2 + distance**3 / 2, np.clip(2 - distance, 0, None) ** 3 / 6
    )
    period = max(2 * (length - 1), 1)
    mirrored = np.abs((taps + length - 1) % period - (length - 1))
    basis = np.zeros((len(centres), length))
    np.add.at(basis, (np.arange(len(centres))[:, None], mirrored), spline)
    return basis @ coefficients


def slice_quantiles(fractions: FloatArray, thickness: float, profile: str) -> FloatArray:
    """Offsets from the slice centre below which `fractions` of the profile's weight lie.

    Parameters
    ----------
    fractions : array
        Numbers in (0, 1); uniform random ones give offsets distributed as the profile.
    thickness : float
        Slice thickness or full width at half maximum, in the unit of the result.
    profile : {'box', 'gaussian', 'point'}
        Slice profile; every offset of `point` is zero.
    """
    if profile == "point":
        return np.zeros_like(fractions)
    if profile == "box":
        return (np.asarray(fractions) - 0.5) * thickness
    return ndtri(fractions) * thickness / FWHM


def apply_along(matrix: FloatArray, data: NDArray[Any], axis: int) -> NDArray[Any]:
    """Multiply `matrix` (M, N) with `data` along its `axis` of length N; keeps the data type."""
    before, after = data.shape[:axis], data.shape[axis + 1 :]
    weights = matrix.astype(data.dtype)
    # no axis is moved: that would copy the volume, which costs more than the product
    if after:
        product = np.matmul(weights, data.reshape(*before, data.shape[axis], -1))
    else:
        product = data.reshape(-1, data.shape[axis]) @ weights.T
    return product.reshape(*before, len(matrix), *after)
