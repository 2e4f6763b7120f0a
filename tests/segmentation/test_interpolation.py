"""Signed distances in slices, and the view that is interpolated."""

import numpy as np
from support.cords import cord, drawn

from isospine.geometry.grid import Grid
from isospine.physics.view import View
from isospine.segmentation.interpolation import FAR, drawn_view, filled, shape_based, slice_distance


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
    assert drawn_view([sagittal, axial]) is axial
    assert drawn_view([sagittal]) is sagittal
