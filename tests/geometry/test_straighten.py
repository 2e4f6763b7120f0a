"""A cord that bends comes out straight."""

import numpy as np
import pytest
from support.datasets import refuses
from support.volumes import ORIENTATIONS, make_affine

from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.straighten import centreline, plane_axes, straightened

RADIUS = 4.0
#: Radius in mm of the circle along which the cord bends, in the sagittal plane.
BEND = 80.0


def bent_cord(grid: Grid) -> tuple[np.ndarray, FloatArray]:
    """Distance of every voxel from the middle of a bent cord, and points on the middle at known lengths."""
    middle = grid.centre
    points = grid.voxel_centres() - middle
    from_axis = np.hypot(points[..., 1] + BEND, points[..., 2])
    distance = np.hypot(points[..., 0], from_axis - BEND)
    angles = np.linspace(-0.25, 0.25, 11)
    on_curve = middle + np.stack([0 * angles, BEND * np.cos(angles) - BEND, BEND * np.sin(angles)], -1)
    return distance, on_curve


@pytest.fixture(scope="module")
def grid() -> Grid:
    return Grid((36, 44, 56), make_affine(spacing=1.0))


def test_the_middle_is_found_in_every_orientation() -> None:
    for world_axes, signs in ORIENTATIONS[::7]:
        shape = [0, 0, 0]
        for axis, world in enumerate(world_axes):
            shape[axis] = (36, 44, 56)[world]
        grid = Grid((shape[0], shape[1], shape[2]), make_affine(world_axes, signs, 1.0))
        distance, on_curve = bent_cord(grid)
        curve = centreline((distance < RADIUS).astype(np.uint8), grid, 0.5)
        np.testing.assert_allclose(np.linalg.norm(np.diff(curve, axis=0), axis=1), 0.5, rtol=0.01)
        assert (np.diff(curve[:, 2]) > 0).all()
        nearest = np.linalg.norm(on_curve[:, None] - curve, axis=-1).min(axis=1)
        assert nearest.max() < 0.5


def test_planes_are_across_the_curve_with_right_to_the_right(grid: Grid) -> None:
    curve = centreline((bent_cord(grid)[0] < RADIUS).astype(np.uint8), grid, 1.0)
    axes = plane_axes(curve)
    np.testing.assert_allclose(
        np.swapaxes(axes, 1, 2) @ axes, np.broadcast_to(np.eye(3), axes.shape), atol=1e-12
    )
    assert (np.linalg.det(axes) > 0.999).all() and (axes[:, 0, 0] > 0.99).all()


def test_a_bent_cord_comes_out_straight(grid: Grid) -> None:
    distance, _ = bent_cord(grid)
    image = np.exp(-((distance / RADIUS) ** 2)).astype(np.float32)
    curve = centreline((distance < RADIUS).astype(np.uint8), grid, 1.0)
    straight, own = straightened(image, grid, curve, 1.0, 20.0)
    assert straight.shape == (21, 21, len(curve))
    steps = np.arange(-10, 11.0)
    expected = np.exp(-(steps[:, None] ** 2 + steps**2) / RADIUS**2)
    inner = straight[..., 6:-6]
    assert np.abs(inner - expected[..., None]).max() < 0.1
    place = own.indices(curve[len(curve) // 2])
    np.testing.assert_allclose(place, [10, 10, len(curve) // 2], atol=1e-6)


def test_outside_the_image_is_nothing(grid: Grid) -> None:
    curve = centreline((bent_cord(grid)[0] < RADIUS).astype(np.uint8), grid, 1.0)
    straight, _ = straightened(np.ones(grid.shape, np.float32), grid, curve, 1.0, 60.0)
    assert straight[0, 30].max() == 0 and straight[30, 30].min() > 0.99


def test_a_mask_without_cord_is_refused(grid: Grid) -> None:
    mask = np.zeros(grid.shape, np.uint8)
    with refuses("centreline", "0 slices", "segmentation of the spinal cord"):
        centreline(mask, grid, 1.0)
    mask[10:14, 10:14, 5:8] = 1
    with refuses("3 slices"):
        centreline(mask, grid, 1.0)


def tube(
    spacing: float,
    slices: int,
    tilt: float = 0.0,
    bend: float = 0.0,
    noise: float = 0.0,
    azimuth: float = 0.3,
) -> tuple[np.ndarray, Grid, FloatArray]:
    """A tube that is cut by the first and last slice, its voxels, and its true direction in each slice.

    Angles in degrees: a tilt of a straight tube, or what a bent one turns by from end to end; azimuths in radians, and noise of the
    radius of each voxel in mm.
    """
    side = int(40 / spacing)
    grid = Grid((side, side, slices), make_affine(spacing=spacing))
    middle = np.array([side / 2 + 0.31, side / 2 + 0.17, (slices - 1) / 2])
    x, y, z = (spacing * (axis - m) for axis, m in zip(np.indices(grid.shape), middle, strict=True))
    forward, aside = (
        x * np.cos(azimuth) + y * np.sin(azimuth),
        y * np.cos(azimuth) - x * np.sin(azimuth),
    )
    if bend:
        radius = slices * spacing / np.deg2rad(bend)
        distance = np.hypot(aside, np.hypot(forward + radius, z) - radius)
        angles = -np.arcsin(z[0, 0] / radius)
    else:
        angles = np.full(slices, np.deg2rad(tilt))
        distance = np.hypot(aside, forward * np.cos(angles) - z * np.sin(angles))
    distance = distance + np.random.default_rng(0).normal(0, noise, grid.shape)
    across = np.sin(angles)
    directions = np.stack([across * np.cos(azimuth), across * np.sin(azimuth), np.cos(angles)], -1)
    return distance < RADIUS, grid, directions


def errors(mask: np.ndarray, grid: Grid, true: FloatArray) -> tuple[float, float]:
    """Largest angle in degrees of a centreline to the true one, and largest error of the cosine to the slices in %."""
    curve = centreline(mask.astype(np.uint8), grid, 0.5)
    heights, tangents = grid.indices(curve)[:, 2], plane_axes(curve)[..., 2]
    found = np.stack([np.interp(range(len(true)), heights, column) for column in tangents.T], -1)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    angles = np.degrees(np.arccos(np.clip((found * true).sum(axis=1), -1, 1)))
    return angles.max(), 100 * np.abs(found[:, 2] / true[:, 2] - 1).max()


@pytest.mark.parametrize(("spacing", "slices"), [(0.5, 6), (1.0, 6), (0.5, 60), (1.0, 40), (0.8, 100)])
@pytest.mark.parametrize("azimuth", [0.0, 0.3, 1.2])
def test_a_straight_tube_is_straight(spacing: float, slices: int, azimuth: float) -> None:
    assert errors(*tube(spacing, slices))[0] < 0.01
    for tilt in (3, 8, 15):
        angle, cosine = errors(*tube(spacing, slices, tilt, azimuth=azimuth))
        # what is left is of voxels: six slices of 1 mm are 5 mm long, along which a tenth of a voxel is 1 degree
        assert angle < (2 if slices == 6 else 1.2) and cosine < (1 if slices == 6 else 0.3), tilt


@pytest.mark.parametrize(("spacing", "slices"), [(0.5, 60), (1.0, 40), (0.8, 100)])
@pytest.mark.parametrize("bend", [20, 30])
def test_a_bent_tube_is_followed_to_its_ends(spacing: float, slices: int, bend: float) -> None:
    for azimuth in (0.0, 0.3, 1.2):
        angle, cosine = errors(*tube(spacing, slices, bend=bend, azimuth=azimuth))
        assert angle < 2 and cosine < 1


@pytest.mark.parametrize("shape", [{}, {"tilt": 15.0}, {"bend": 25.0}])
def test_a_noisy_edge_does_not_make_a_centreline_wiggle(shape: dict[str, float]) -> None:
    for spacing, slices in ((0.5, 60), (1.0, 40), (0.8, 100)):
        angle, cosine = errors(*tube(spacing, slices, noise=0.5, **shape))
        assert angle < 2 and cosine < 1


def test_an_end_that_is_cut_obliquely_turns_a_centreline_little() -> None:
    mask, grid, true = tube(0.8, 80, 20)
    along = (grid.voxel_centres() - grid.centre) @ true[0]
    mask &= abs(along) < 20
    inside = np.flatnonzero(mask.any(axis=(0, 1)))
    curve = centreline(mask.astype(np.uint8), grid, 0.5)
    angles = np.degrees(np.arccos(plane_axes(curve)[..., 2] @ true[0]))
    assert len(inside) < 80 and angles.max() < 2
