"""Voxel grids of every orientation, and smooth images on them."""

from itertools import permutations, product

import numpy as np
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.physics.simulate import acquire
from isospine.physics.view import View

PLANES = ("sagittal", "coronal", "axial")
#: Array axis to world axis, and the sign along each: the 48 ways to store a volume along the world axes.
ORIENTATIONS = list(product(permutations(range(3)), product((1, -1), repeat=3)))
ORIGIN = (-14.0, 2.9, -206.6)


def make_affine(
    world_axes: tuple[int, ...] = (0, 1, 2),
    signs: tuple[int, ...] = (1, 1, 1),
    spacing: float = 0.8,
    rotation: tuple[float, ...] = (0, 0, 0),
) -> FloatArray:
    """Affine whose array axes point along the given world axes, then rotated by a rotation vector."""
    affine = np.eye(4)
    for array_axis, (world_axis, sign) in enumerate(zip(world_axes, signs, strict=True)):
        affine[:3, array_axis] = np.eye(3)[world_axis] * sign * spacing
    affine[:3, :3] = Rotation.from_rotvec(rotation).as_matrix() @ affine[:3, :3]
    affine[:3, 3] = ORIGIN
    return affine


@st.composite
def affines(draw: st.DrawFn) -> FloatArray:
    """Any orientation, oblique by up to 40 degrees, any isotropic spacing."""
    world_axes, signs = draw(st.sampled_from(ORIENTATIONS))
    axis = np.array(draw(st.tuples(*[st.floats(-1, 1)] * 3)))
    angle = np.deg2rad(draw(st.floats(0, 40)))
    rotation = axis / max(np.linalg.norm(axis), 1e-6) * angle
    return make_affine(world_axes, signs, draw(st.floats(0.3, 3)), tuple(rotation))


def smooth_image(shape: tuple[int, ...], seed: int = 0, sigma: float = 2.0) -> Volume:
    """Blurred noise between 0 and 1000."""
    image = gaussian_filter(np.random.default_rng(seed).normal(size=shape), sigma)
    return ((image - image.min()) / np.ptp(image) * 1000).astype(np.float32)


def make_views(
    reference: Volume, grid: Grid, specs: list[tuple[str, float]], profile: str = "box"
) -> list[View]:
    """Noise-free views (plane, factor) of a reference."""
    return [acquire(reference, grid, plane, factor, profile) for plane, factor in specs]
