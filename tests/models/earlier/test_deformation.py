"""Inverse and volume change of fields whose own are known."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from isospine.geometry.grid import Grid
from isospine.geometry.rigid import rigid
from isospine.models.earlier.deformation import folds, inverse, jacobian, rigid_displacement


@pytest.fixture
def grid() -> Grid:
    turn = rigid(np.array([10.0, 20.0, 5.0, 3.0, 0, 1.0]), np.zeros(3))
    return Grid((20, 18, 16), turn @ np.diag([1.5, 1.0, 2.0, 1.0]))


def test_the_jacobian_of_a_stretch_in_world_axes(grid: Grid) -> None:
    stretch = np.diag([1.2, 0.9, 1.1])
    centres = grid.voxel_centres()
    shift = np.moveaxis(centres @ stretch.T - centres, -1, 0).astype(np.float32)
    np.testing.assert_allclose(jacobian(shift, grid), 1.2 * 0.9 * 1.1, rtol=1e-4)
    np.testing.assert_allclose(
        jacobian(rigid_displacement(rigid(np.ones(6), grid.centre), grid), grid), 1, rtol=1e-4
    )


def test_a_mirror_image_folds_everywhere(grid: Grid) -> None:
    centres = grid.voxel_centres()
    shift = np.moveaxis(centres * [-1, 1, 1] - centres, -1, 0).astype(np.float32)
    assert folds(jacobian(shift, grid)) == 20 * 18 * 16


def test_there_and_back(grid: Grid) -> None:
    motion = rigid(np.array([3.0, -2.0, 4.0, 2.0, 1.0, -3.0]), grid.centre)
    points = grid.voxel_centres()
    bend = 1.5 * np.exp(-(((points - grid.centre) / 8) ** 2).sum(-1))
    shift = rigid_displacement(motion, grid) + np.stack([bend, -bend, bend]).astype(np.float32)
    back = np.moveaxis(inverse(shift, grid, motion, grid), 0, -1)
    later = points + back
    # the displacement at the point found leads back to where we came from
    indices = np.moveaxis(grid.indices(later), -1, 0)
    there = np.stack([map_coordinates(part, indices, order=1, mode="nearest") for part in shift], -1)
    inside = np.all((indices > 0) & (indices < np.array(grid.shape)[:, None, None, None] - 1), axis=0)
    assert inside.mean() > 0.4
    np.testing.assert_allclose((later + there)[inside], points[inside], atol=0.02)
