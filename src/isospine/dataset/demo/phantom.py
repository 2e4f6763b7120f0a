"""A synthetic T2-weighted cervical spine with fine detail that distinguishes reconstructions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from isospine.dataset.demo.anatomy import Anatomy, Array, Mask, Tissue, draw_anatomy, paint, places, texture

#: Samples per voxel edge whose mean makes the partial volume.
SUPERSAMPLING = 3

#: Standard deviation in voxels of the blur beyond the voxel itself (T2 decay along the echo train).
POINT_SPREAD = 0.4

#: Standard deviation of the noise in each channel, as a fraction of the signal's range.
NOISE = 0.01

#: Mean signal, then standard deviation of its isotropic grain and of its texture along S-I.
CONTRAST = {
    Tissue.AIR: (0, 0, 0),
    Tissue.SKIN: (330, 40, 0),
    Tissue.FAT: (690, 60, 50),
    Tissue.MUSCLE: (170, 18, 40),
    Tissue.LIGAMENT: (75, 15, 15),
    Tissue.MUCOSA: (560, 80, 0),
    Tissue.CORTEX: (60, 10, 0),
    Tissue.MARROW: (390, 55, 20),
    Tissue.ANNULUS: (165, 25, 0),
    Tissue.NUCLEUS: (690, 45, 0),
    Tissue.CSF: (1230, 25, 35),
    Tissue.WHITE: (415, 10, 10),
    Tissue.GREY: (540, 10, 10),
    Tissue.NERVE: (520, 25, 0),
    Tissue.FLOW_VOID: (45, 15, 0),
    Tissue.VEIN: (800, 60, 0),
}


@dataclass(frozen=True)
class Phantom:
    """One synthetic subject.

    Attributes
    ----------
    intensity : (I, J, K) ndarray of float32
        T2-weighted signal, about 0 to 1500; the axes run right, anterior and superior.
    cord : (I, J, K) ndarray of uint8
        1 where at least half of the voxel is spinal cord.
    affine : (4, 4) ndarray of float64
        Voxel indices to world coordinates in mm, RAS+; the volume's centre is the origin.
    """

    intensity: NDArray[np.float32]
    cord: NDArray[np.uint8]
    affine: NDArray[np.float64]


def spine_phantom(seed: int, shape: tuple[int, int, int] = (48, 81, 113), spacing: float = 0.8) -> Phantom:
    """Make one subject: anatomy, partial volume, receive field and Rician noise.

    Parameters
    ----------
    seed : int
        Chooses the subject; equal seeds give equal bytes.
    shape : tuple of int
        Voxels from left to right, posterior to anterior and inferior to superior.
    spacing : float
        Voxel edge in mm.

    Returns
    -------
    Phantom
        The image, its cord segmentation and its affine.
    """
    rng = np.random.default_rng(seed)
    anatomy = draw_anatomy(rng)
    # float64 throughout: float32 differs between processors in digits that would reach the stored int16
    signal = np.empty(shape)
    cord = np.empty(shape, dtype=np.uint8)
    x, y, z = (_sample_positions(count, spacing) for count in shape)
    for k in range(shape[2]):  # one axial slice at a time bounds the memory
        heights = z[k * SUPERSAMPLING : (k + 1) * SUPERSAMPLING]
        samples = _sample(anatomy, *np.meshgrid(x, y, heights, indexing="ij", sparse=True))
        signal[:, :, k] = _voxel_mean(samples[0])
        cord[:, :, k] = _voxel_mean(samples[1]) >= 0.5
    signal = gaussian_filter(signal, POINT_SPREAD) * bias_field(rng, shape)
    real, imaginary = rng.normal(scale=NOISE * np.ptp(signal), size=(2, *shape))
    affine = np.diag([spacing, spacing, spacing, 1.0])
    affine[:3, 3] = -spacing * (np.array(shape) - 1) / 2
    return Phantom(np.hypot(signal + real, imaginary).astype(np.float32), cord, affine)


def bias_field(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    """Return a smooth receive field, (I, J, K), about 0.75 to 1.2 and strongest at the posterior coil."""
    slopes = rng.uniform(-0.05, 0.05, 3) - (0, 0.12, 0)
    curves = rng.uniform(-0.06, 0.0, 3) - (0, 0, 0.05)
    axes = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij", sparse=True)
    logarithms = (a * axis + b * axis**2 for a, b, axis in zip(slopes, curves, axes, strict=True))
    return np.exp(sum(logarithms))


def _sample(anatomy: Anatomy, x: Array, y: Array, z: Array) -> tuple[Array, Mask]:
    """Return the signal at points in mm and whether they lie in the cord."""
    place = places(anatomy, x, y, z)
    labels, cord = paint(anatomy, place, y, z)
    axes = (place.u, place.v, place.w)
    grain = texture(anatomy.grain, axes, (0.5, 0.5, 0.5))
    fibre = texture(anatomy.bundles, axes, (0.4, 0.4, 0.7))
    mean, grainy, fibrous = np.array([CONTRAST[tissue] for tissue in Tissue], dtype=np.float64).T
    signal = mean[labels] + grainy[labels] * grain + fibrous[labels] * fibre
    return np.maximum(signal, 0), cord


def _sample_positions(count: int, spacing: float) -> Array:
    """Return the samples along an axis of `count` voxels centred on the origin, in mm."""
    fine = count * SUPERSAMPLING
    return (np.arange(fine) - (fine - 1) / 2) * spacing / SUPERSAMPLING


def _voxel_mean(samples: Array | Mask) -> Array:
    """Average the samples of one axial slice, (3 I, 3 J, 3), to voxels, (I, J)."""
    i, j = (count // SUPERSAMPLING for count in samples.shape[:2])
    blocks = samples.reshape(i, SUPERSAMPLING, j, SUPERSAMPLING, SUPERSAMPLING)
    return np.asarray(blocks.mean(axis=(1, 3, 4), dtype=np.float64))
