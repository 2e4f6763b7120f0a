"""The cells of a plane across two thick axes."""

import numpy as np
import pytest
from numpy.typing import NDArray
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.crops import slice_centres
from isospine.geometry.grid import Grid
from isospine.models.prior.cells import CONTEXT_CELLS, Cells, ThickAxis, cosines, spline_matrix, spread
from isospine.models.prior.pairs import plane_pairs
from isospine.solvers.back_projection import iterative_back_projection

FACTORS = [2.0, 2.5, 3.0, 4.0, 5.0, 8.0]


def axis(length: int, factor: float, profile: str = "box") -> ThickAxis:
    return ThickAxis(length, slice_centres(length, factor), factor, profile)


def noise_planes(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_spline_matrix_keeps_samples_and_mirrors_at_the_faces():
    samples = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0], np.float32)
    np.testing.assert_allclose(spline_matrix(6, np.arange(6.0)) @ samples, samples, atol=1e-5)
    # half a voxel beyond the first centre is the face; the first voxel stands again behind it
    np.testing.assert_allclose(spline_matrix(6, np.array([-1.0, -2.0, 6.0])) @ samples, [3, 1, 9], atol=1e-3)


def test_spread_is_symmetric_with_whole_steps():
    np.testing.assert_allclose(spread(7, 7.0), np.arange(-3.0, 4.0))


@pytest.mark.parametrize("count", [1, 4, 9])
def test_cosines_are_orthonormal_in_mean(count: int):
    waves = cosines(spread(50, 1) + 0.5, count)
    np.testing.assert_allclose(waves.T @ waves / 50, np.eye(count), atol=1e-9)


@pytest.mark.parametrize("factor", FACTORS)
def test_windows_of_neighbours_add_up_to_one(factor: float):
    cells = axis(round(6 * factor), factor)
    positions = np.linspace(0, cells.length - 1, 97)
    amplitudes = np.tile([1.0, 0, 0], len(cells.centres))  # the constant cosine only
    np.testing.assert_allclose(cells.blending(positions, 3) @ amplitudes, 1, atol=1e-5)


def test_context_holds_the_views_own_voxels():
    cells = Cells(axis(20, 5), axis(15, 5), waves=3)
    first, second = cells.simulate(noise_planes(2, 20, 15))
    own, other = cells.contexts(first, second)
    middle = 0 * 12 + 1 * 3 + 1  # plane 0, slice 1 of the first view, slice 1 of the second
    np.testing.assert_allclose(own[middle], first[0, 0:3, 0:15], atol=1e-5)
    np.testing.assert_allclose(other[middle], second[0, 0:15, 0:3], atol=1e-5)
    corner = 0
    np.testing.assert_allclose(own[corner, 0], own[corner, 1], atol=1e-6)  # mirrored before the first slice
    assert own.shape == (2 * 4 * 3, CONTEXT_CELLS, 15)


def test_seven_cosines_hold_a_window_of_factor_five_exactly():
    cells = Cells(axis(25, 5), axis(20, 5), waves=7)
    planes = noise_planes(3, 25, 20)
    again = cells.synthesise(cells.amplitudes(planes), np.arange(25.0), np.arange(20.0))
    np.testing.assert_allclose(again, planes, atol=1e-5)


@pytest.mark.parametrize("factor", [2.5, 4.0])
def test_a_smooth_plane_survives_amplitudes_at_any_factor(factor: float):
    length = round(8 * factor)
    cells = Cells(axis(length, factor), axis(length, factor), waves=6)
    ramp = np.sin(np.arange(length) / 9)
    plane = np.add.outer(ramp, ramp[::-1])[None].astype(np.float32)
    between = np.arange(0.3, length - 1, 0.7)
    again = cells.synthesise(cells.amplitudes(plane), between, between)
    wave = np.sin(between / 9)
    expected = np.add.outer(wave, np.sin((length - 1 - between) / 9))
    inner = slice(4, -4)
    np.testing.assert_allclose(again[0, inner, inner], expected[inner, inner], atol=0.02)


def test_estimate_is_iterative_back_projection_plane_by_plane():
    grid = Grid((12, 20, 15), make_affine())
    image = smooth_image(grid.shape, sigma=1.0)
    views = make_views(image, grid, [("coronal", 5), ("axial", 5)])
    (pair,) = plane_pairs(views, grid, 9)
    assert pair.axes == (0, 1, 2)
    planes = pair.cells.estimate(views[0].data, views[1].data)
    np.testing.assert_allclose(planes, iterative_back_projection(views, grid), atol=5)  # of 1000
