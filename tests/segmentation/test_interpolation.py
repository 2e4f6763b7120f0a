"""Signed distances in slices, and the view that is interpolated."""

from dataclasses import replace

import numpy as np
from support.cords import cord, drawn

from isospine.geometry.grid import Grid
from isospine.physics.slices import take_slices
from isospine.physics.view import View
from isospine.segmentation.interpolation import FAR, drawn_views, filled, nearest, shape_based, slice_distance


def square(slices: list[bool]) -> View:
    """Slices 4 mm apart of 1 x 2 mm pixels, with a square or nothing."""
    data = np.zeros((9, 9, len(slices)), np.float32)
    data[3:6, 3:6, slices] = 1
    return View(data, Grid(data.shape, np.diag([1.0, 2.0, 4.0, 1.0])), 2, 4.0, "box")


def test_distance_is_in_mm_within_the_slice() -> None:
    distance = slice_distance(square([True, True]))
    assert distance[4, 4, 0] == 2  # two pixels of 1 mm
    assert distance[8, 4, 0] == -3
    assert distance[4, 7, 0] == -4
    np.testing.assert_array_equal(distance[..., 0], distance[..., 1])


def test_an_empty_slice_has_the_distance_to_its_neighbour() -> None:
    assert slice_distance(square([True, False]))[4, 4, 1] == -4


def test_the_end_of_a_label_lies_between_slices() -> None:
    view = square([True, False])
    fine = Grid((9, 9, 8), np.diag([1.0, 2.0, 1.0, 1.0]))
    inside = shape_based([view], fine)[4, 4] > 0.5
    np.testing.assert_array_equal(inside, [True, True, False, False, False, False, False, False])


def test_labels_nowhere_and_everywhere_are_far_from_an_outline() -> None:
    assert (slice_distance(square([False, False])) == -FAR).all()
    full = square([True])
    assert (slice_distance(View(np.ones_like(full.data), full.grid, 2, 4.0, "box")) == FAR).all()


def test_an_outline_runs_through_half_full_voxels() -> None:
    np.testing.assert_allclose(filled(np.array([-50, 0, 50], np.float32)), [0, 0.5, 1], atol=1e-6)


def test_the_axial_view_is_interpolated_where_there_is_one() -> None:
    axial, sagittal = drawn(*cord((20, 20, 20)))
    assert drawn_views([sagittal, axial]) == [axial]
    assert drawn_views([sagittal]) == [sagittal]


def test_stations_are_each_interpolated_where_they_are() -> None:
    mask, grid = cord(curved=False)
    (axial,) = drawn(mask, grid, [("axial", 5.0)])
    count = axial.grid.shape[2]
    lower, upper = take_slices(axial, 0, count // 2), take_slices(axial, count // 2, count - count // 2)
    moved = replace(upper, data=np.roll(upper.data, 3, axis=0))
    middle = 5 * (count // 2)
    for method in (nearest, shape_based):
        alone, together = method([axial], grid), method([lower, moved], grid)
        np.testing.assert_allclose(together[..., : middle - 3], alone[..., : middle - 3], atol=1e-6)
        np.testing.assert_allclose(
            together[..., middle + 3 :], np.roll(alone, 3, axis=0)[..., middle + 3 :], atol=1e-6
        )
        np.testing.assert_array_equal(method([moved, lower], grid), together)
