"""The acquisition model: how thick-slice views arise from an isotropic image.

A view's voxel is the slice-profile-weighted mean of the image along the thick axis. Along that axis the
model is one small matrix, so that the same numbers serve simulation, baselines and data consistency.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import spline_filter1d
from scipy.special import ndtr, ndtri

from isospine.errors import InputError
from isospine.geometry.crops import slice_centres
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.planes import PLANE_NORMALS, orientation, thick_axis
from isospine.io.atomic import read_json
from isospine.io.nifti import is_length, load_volume, sidecar_of

#: Full width at half maximum of a Gaussian of standard deviation 1.
FWHM = float(2 * np.sqrt(2 * np.log(2)))

SLICE_PROFILES = ("box", "gaussian", "point")


@dataclass(frozen=True)
class View:
    """One thick-slice image.

    Attributes
    ----------
    data : (I, J, K) ndarray of float32
        Intensities.
    grid : Grid
        Its voxel centres.
    axis : int
        The thick array axis.
    thickness : float
        Slice thickness in mm.
    profile : {'box', 'gaussian', 'point'}
        Slice profile; `point` is spline resampling without any (the seed project's way).
    """

    data: Volume
    grid: Grid
    axis: int
    thickness: float
    profile: str


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


def acquire(reference: Volume, grid: Grid, plane: str, factor: float, profile: str) -> View:
    """Simulate one noise-free thick-slice view of a reference.

    Parameters
    ----------
    reference : (I, J, K) array
        Isotropic image, already cropped to whole slices.
    grid : Grid
        Its voxel grid.
    plane : {'axial', 'sagittal', 'coronal'}
        Plane of the sharp axes.
    factor : float
        Slice thickness over the reference's spacing; above 1, need not be an integer.
    profile : {'box', 'gaussian', 'point'}
        Slice profile.
    """
    axis = thick_axis(grid.affine, plane)
    centres = slice_centres(grid.shape[axis], factor)
    data = apply_along(slice_matrix(grid.shape[axis], centres, factor, profile), reference, axis)
    first = np.zeros(3)
    first[axis] = centres[0]
    affine = grid.affine.copy()
    affine[:3, 3] = grid.world(first)
    affine[:3, axis] *= factor
    i, j, k = data.shape
    return View(data, Grid((i, j, k), affine), axis, float(grid.spacing[axis] * factor), profile)


def noise_seed(image: str, plane: str) -> int:
    """Seed of a view's noise: the same on every run, another for every image and plane."""
    return crc32(f"{image} {plane}".encode())


def add_rician_noise(data: Volume, sigma: float, seed: int) -> Volume:
    """Magnitude of the signal with Gaussian noise of `sigma` in both channels.

    Source: Gudbjartsson & Patz, The Rician distribution of noisy MRI data, MRM 1995.
    """
    noise = np.random.default_rng(seed).normal(scale=sigma, size=(2, *data.shape))
    return np.hypot(data + noise[0], noise[1]).astype(np.float32)


def load_view(path: str | Path) -> View:
    """Read a view and its BIDS sidecar (`SliceThickness` in mm, `SliceProfile`, `Plane`).

    Raises
    ------
    InputError
        If a file is missing or damaged, or the sidecar lacks a key.
    """
    data, affine = load_volume(path)
    sidecar_path = sidecar_of(path)
    try:
        sidecar = read_json(sidecar_path)
    except FileNotFoundError as error:
        raise InputError(f"{sidecar_path}: no such file; put the view's sidecar beside its image") from error
    missing = sorted({"Plane", "SliceProfile", "SliceThickness"} - set(sidecar))
    if missing:
        raise InputError(f"{sidecar_path}: lacks {', '.join(missing)}; add what describes the view's slices")
    thickness, plane, profile = (sidecar[key] for key in ("SliceThickness", "Plane", "SliceProfile"))
    if not is_length(thickness) or profile not in SLICE_PROFILES or plane not in [*PLANE_NORMALS]:
        raise InputError(
            f"{sidecar_path}: SliceThickness is {thickness!r}, SliceProfile {profile!r} and Plane {plane!r}; expected a "
            f"length in mm, one of {', '.join(SLICE_PROFILES)}, and one of {', '.join(PLANE_NORMALS)}"
        )
    i, j, k = data.shape
    return View(data, Grid((i, j, k), affine), thick_axis(affine, plane), float(thickness), profile)


def intensity_range(views: Sequence[View]) -> tuple[float, float]:
    """Lowest intensity of the views, and the difference to their highest.

    Raises
    ------
    InputError
        If there is no difference, or an intensity is not finite.
    """
    # not min and max, which pass over what is not a number
    low = float(np.min([view.data.min() for view in views]))
    scale = float(np.max([view.data.max() for view in views])) - low
    if not np.isfinite(scale):
        raise InputError(
            "views: some voxels are NaN or infinite; expected finite intensities: export them again"
        )
    if scale == 0:
        raise InputError(
            f"views: every voxel is {low:g}; expected images: leave this image out (dataset.exclude)"
        )
    return low, scale


def fine_grid(views: list[View]) -> Grid:
    """Grid of the isotropic image that the views are thick-slice images of.

    Along each array axis it has the voxels of a view that is sharp there. An axis along which every view
    is thick is divided into voxels of the sharpest spacing.

    Raises
    ------
    InputError
        If there is no view, or the views do not share their axes or their field of view.
    """
    if not views:
        raise InputError("views: there are none; expected at least one")
    reference = views[0].grid
    for view in views:
        if np.abs(view.grid.directions - reference.directions).max() > 1e-3:
            raise InputError("views: their array axes point in different directions; expected aligned views")
    spacing = np.full(3, min(float(view.grid.spacing.min()) for view in views))
    shape, first = [0, 0, 0], np.zeros(3)
    for axis in range(3):
        sharp = next((view.grid for view in views if view.axis != axis), None)
        if sharp is not None:
            spacing[axis] = sharp.spacing[axis]
            shape[axis] = sharp.shape[axis]
            first[axis] = reference.indices(sharp.affine[:3, 3])[axis]
        else:
            steps = float(reference.spacing[axis] / spacing[axis])
            # every voxel that a slice touches, as geometry.crop_to_slices keeps them; affines are rounded in files
            shape[axis] = int(np.ceil(reference.shape[axis] * steps - 1e-4))
            first[axis] = (reference.shape[axis] - 1) / 2 - (shape[axis] - 1) / 2 / steps
    affine = np.eye(4)
    affine[:3, :3] = reference.directions * spacing
    affine[:3, 3] = reference.world(first)
    grid = Grid((shape[0], shape[1], shape[2]), affine)
    for view in views:
        check_field_of_view(view, grid)
    return grid


def check_field_of_view(view: View, grid: Grid) -> None:
    """Refuse a view whose voxels are not those of the fine grid, or whose slices are not centred in it.

    Raises
    ------
    InputError
        Naming the axis and both extents.
    """
    corners = np.array([np.zeros(3), np.array(view.grid.shape) - 1.0])
    first, last = grid.indices(view.grid.world(corners))  # in voxels of the fine grid
    for axis, (low, high, count) in enumerate(zip(first, last, grid.shape, strict=True)):
        if axis == view.axis:
            half = view.thickness / float(grid.spacing[axis]) / 2
            fits = low >= -0.5 and high <= count - 0.5
        else:
            half = 0.5
            # affines are rounded in files
            fits = view.grid.shape[axis] == count and max(abs(low), abs(high - count + 1)) < 0.1
        if not fits:
            edges = np.array([low - half, high + half, -0.5, count - 0.5]) * grid.spacing[axis]
            start, stop, expected_start, expected_stop = edges - edges[2]
            apart = start >= expected_stop or stop <= expected_start
            raise InputError(
                f"views: along array axis {axis} ({orientation(grid.affine)[axis]}) one covers {start:.1f} to "
                f"{stop:.1f} mm and another 0 to {expected_stop:.1f} mm{', which do not overlap' if apart else ''}; "
                "expected views of one field of view: crop or resample them to what all of them cover"
            )


def view_matrix(view: View, grid: Grid) -> FloatArray:
    """Weights (M, N) of the fine grid's voxels along the view's thick axis in its M slices."""
    spacing = float(grid.spacing[view.axis])
    index = np.zeros((view.grid.shape[view.axis], 3))
    index[:, view.axis] = np.arange(len(index))
    centres = grid.indices(view.grid.world(index))[:, view.axis]
    return slice_matrix(grid.shape[view.axis], centres, view.thickness / spacing, view.profile)
