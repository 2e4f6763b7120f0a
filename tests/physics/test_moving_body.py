"""Simulated acquisitions of a moving body: the truth that estimates are held against."""

import numpy as np
import pytest
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.grid import Grid
from isospine.geometry.rigid import rigid
from isospine.physics.moving_body import scan

GRID = Grid((30, 30, 30), make_affine((2, 0, 1), (1, -1, 1), rotation=(0.1, 0.2, -0.1)))
BODY = smooth_image(GRID.shape, sigma=3)


def blob(centre: np.ndarray, sigma: float = 3.0) -> np.ndarray:
    """Ball of a Gaussian around a world coordinate."""
    points = GRID.world(np.moveaxis(np.indices(GRID.shape, np.float64), 0, -1))
    return np.exp(-((points - centre) ** 2).sum(axis=-1) / 2 / sigma**2).astype(np.float32)


def middle(data: np.ndarray, grid: Grid) -> np.ndarray:
    """Centre of mass in world coordinates."""
    points = grid.world(np.moveaxis(np.indices(grid.shape, np.float64), 0, -1))
    return np.asarray((points * data[..., None]).sum(axis=(0, 1, 2)) / data.sum())


@pytest.mark.parametrize("profile", ["box", "gaussian"])
@pytest.mark.parametrize("plane", ["axial", "sagittal", "coronal"])
def test_an_unmoved_body_is_acquired(plane: str, profile: str) -> None:
    (view,) = make_views(BODY, GRID, [(plane, 5)], profile)
    seen = scan(BODY, GRID, view.grid, view.axis, view.thickness, profile=profile)
    assert seen.axis == view.axis and seen.thickness == view.thickness and seen.profile == profile
    np.testing.assert_array_equal(seen.grid.affine, view.grid.affine)
    # beyond its border the body goes on as it ends in one, and is not there in the other
    inner = tuple(slice(1, -1) if a == view.axis else slice(None) for a in range(3))
    # voxels are constant in one and splines in the other
    np.testing.assert_allclose(seen.data[inner], view.data[inner], atol=8)  # of 1000
    assert np.abs(seen.data - view.data)[inner].mean() < 2


def test_a_moved_blob_is_where_the_motion_takes_it() -> None:
    start = GRID.centre + np.array([1.0, -1.5, 0.5])
    motion = rigid(np.array([4.0, -3, 5, 2, -1, 1.5]), GRID.centre - 5)
    (view,) = make_views(BODY, GRID, [("axial", 3)])
    seen = scan(blob(start, 2), GRID, view.grid, view.axis, view.thickness, motion)
    expected = motion[:3, :3] @ start + motion[:3, 3]
    assert np.linalg.norm(expected - start) > 2
    np.testing.assert_allclose(middle(seen.data, seen.grid), expected, atol=0.05)
    np.testing.assert_array_equal(seen.grid.affine, view.grid.affine)  # the scanner does not know


def test_motion_of_single_slices() -> None:
    start = GRID.centre
    (view,) = make_views(BODY, GRID, [("axial", 5)])
    motions = np.tile(np.eye(4), (view.data.shape[view.axis], 1, 1))
    motions[3] = rigid(np.array([0, 0, 0, 2.0, 0, 0]), start)
    still = scan(blob(start), GRID, view.grid, view.axis, view.thickness)
    seen = scan(blob(start), GRID, view.grid, view.axis, view.thickness, motions)
    changed = [
        not np.array_equal(np.take(seen.data, n, view.axis), np.take(still.data, n, view.axis))
        for n in range(len(motions))
    ]
    assert changed == [n == 3 for n in range(len(motions))]
    whole = scan(blob(start), GRID, view.grid, view.axis, view.thickness, motions[3])
    np.testing.assert_allclose(np.take(seen.data, 3, view.axis), np.take(whole.data, 3, view.axis))


def test_slices_anywhere_and_of_any_size() -> None:
    """A grid oblique to the body's, with other voxels: a body that is a ramp is seen as that ramp."""
    normal = np.array([1.0, -2.0, 0.5])
    points = GRID.world(np.moveaxis(np.indices(GRID.shape, np.float64), 0, -1))
    affine = make_affine(spacing=1.1, rotation=(0.3, -0.2, 0.5))
    affine[:3, 1] *= 3
    slices = Grid((6, 3, 7), affine)
    affine[:3, 3] += GRID.centre - slices.centre
    slices = Grid(slices.shape, affine)
    seen = scan((points @ normal).astype(np.float32), GRID, slices, 1, 2.5)
    centres = slices.world(np.moveaxis(np.indices(slices.shape, np.float64), 0, -1))
    np.testing.assert_allclose(seen.data, centres @ normal, atol=1e-2)
