"""Distance from edges, and the error at each distance."""

import numpy as np
import pytest
from support.volumes import make_affine

from isospine.evaluation.edge_error import (
    MINIMUM_VOXELS,
    edge_distance,
    error_by_distance,
    gradient_magnitude,
)
from isospine.geometry.grid import Affine, Volume


def step_volume(affine: Affine) -> Volume:
    """A bright half whose edge is between the tenth and eleventh voxel of the first axis."""
    volume = np.full([40, 20, 20], 100, np.float32)
    volume[10:] = 200
    return volume


def test_a_slope_has_its_steepness_everywhere_whatever_the_unit_of_the_intensities() -> None:
    """3, 4 and 12 per mm along the axes are 13 per mm; the square of 1e25 is beyond single precision."""
    spacing = np.array([0.5, 1.0, 2.0])
    places = np.moveaxis(np.indices((5, 6, 7)), 0, -1) * spacing
    slope = (places @ np.array([3.0, 4.0, 12.0])).astype(np.float32)
    affine = make_affine((2, 0, 1), (1, -1, 1), 1.0, (0.2, -0.1, 0.3)) @ np.diag([*spacing, 1.0])
    for unit in (1, 1e25):
        steepness = gradient_magnitude((unit * slope).astype(np.float32), affine)
        np.testing.assert_allclose(steepness, 13 * unit, rtol=1e-5)


def test_the_steepest_twentieth_of_the_voxels_are_edges() -> None:
    """A parabola is steeper with every plane: five of a hundred."""
    parabola = np.broadcast_to(np.arange(100.0)[:, None, None] ** 2, (100, 2, 2)).astype(np.float32)
    distance = edge_distance(parabola, np.eye(4))
    assert distance is not None
    np.testing.assert_allclose(distance[:, 0, 0], np.maximum(95 - np.arange(100), 0))


def test_errors_of_any_unit_are_squared_without_overflow() -> None:
    error = np.full((4, 4, 4), 1e25, np.float32)
    (step,) = error_by_distance(error, np.zeros(error.shape), np.ones(error.shape, bool), 1.0)
    assert step == (0, pytest.approx(1e25), 64)


def test_a_step_reaches_up_to_its_end_and_starts_above_the_one_before() -> None:
    """Steps of 0.1 mm: 0.3 / 0.1 is a little less than 3, 0.7 / 0.1 a little more than 7, as computers divide."""
    distance = np.repeat([0.0, 0.05, 0.1, 0.25, 0.3, 0.7], MINIMUM_VOXELS).reshape(6, 5, -1)
    steps = error_by_distance(distance.astype(np.float32), distance, np.ones(distance.shape, bool), 0.1)
    assert [(mean, voxels) for mean, _, voxels in steps] == [
        (pytest.approx(mean), n * MINIMUM_VOXELS) for mean, n in ((0, 1), (0.075, 2), (0.275, 2), (0.7, 1))
    ]
    squares = [0, (0.05**2 + 0.1**2) / 2, (0.25**2 + 0.3**2) / 2, 0.7**2]
    assert [rmse for _, rmse, _ in steps] == pytest.approx(np.sqrt(squares))


def test_distance_from_an_edge_is_in_millimetres() -> None:
    affine = make_affine((1, 2, 0), (-1, 1, 1), 1.0) @ np.diag([0.5, 1.0, 2.0, 1.0])
    volume = step_volume(affine)
    assert gradient_magnitude(volume, affine)[9].max() == pytest.approx(100 / (2 * 0.5))
    distance = edge_distance(volume, affine)
    assert distance is not None
    expected = 0.5 * np.maximum(np.maximum(9 - np.arange(40), np.arange(40) - 10), 0)
    assert distance == pytest.approx(np.broadcast_to(expected[:, None, None], distance.shape))


def test_an_error_at_the_edge_alone_is_found_there_alone() -> None:
    affine = np.diag([0.8, 0.8, 0.8, 1.0])
    reference = step_volume(affine)
    distance = edge_distance(reference, affine)
    assert distance is not None
    error = np.zeros_like(reference)
    error[9], error[10] = 7, -7
    everywhere = np.ones(reference.shape, bool)
    steps = error_by_distance(error, distance, everywhere, 0.8)
    assert steps[0] == (0, pytest.approx(7), 800)
    assert all(rmse == 0 for _, rmse, _ in steps[1:])
    # one voxel further each step: 29 steps on the longer side
    assert [place for place, _, _ in steps] == pytest.approx([0.8 * n for n in range(30)])
    assert sum(count for _, _, count in steps) == reference.size
    only = everywhere.copy()
    only[10:] = False
    assert sum(count for _, _, count in error_by_distance(error, distance, only, 0.8)) == only.sum()


def test_an_error_of_few_voxels_is_not_shown() -> None:
    distance = np.zeros([10, 10, 10])
    distance.flat[: MINIMUM_VOXELS - 1] = 5
    steps = error_by_distance(np.ones(distance.shape, np.float32), distance, distance < 9, 1.0)
    assert [place for place, _, _ in steps] == [0]
    assert error_by_distance(np.ones(distance.shape, np.float32), distance, distance > 9, 1.0) == []


def test_a_volume_of_one_slope_has_no_edges() -> None:
    slope = np.broadcast_to(np.arange(10, dtype=np.float32)[:, None, None], (10, 10, 10))
    assert edge_distance(slope, np.eye(4)) is None
