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
