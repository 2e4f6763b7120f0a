"""Simulate views from an isotropic image, with Rician noise."""

from zlib import crc32

import numpy as np

from isospine.geometry.crops import slice_centres
from isospine.geometry.grid import Grid, Volume
from isospine.geometry.planes import thick_axis
from isospine.physics.slice_profile import apply_along, slice_matrix
from isospine.physics.view import View


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
    """Seed of a view's noise: the same in every run, different for every image and plane."""
    return crc32(f"{image} {plane}".encode())


def add_rician_noise(data: Volume, sigma: float, seed: int) -> Volume:
    """Magnitude of the signal with Gaussian noise of `sigma` in both channels.

    Source: Gudbjartsson & Patz, The Rician distribution of noisy MRI data, MRM 1995.
    """
    noise = np.random.default_rng(seed).normal(scale=sigma, size=(2, *data.shape))
    return np.hypot(data + noise[0], noise[1]).astype(np.float32)
