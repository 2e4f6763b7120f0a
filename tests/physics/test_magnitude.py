"""Intensities near 1 by powers of two."""

import numpy as np
import pytest
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.grid import Grid
from isospine.physics.magnitude import (
    at_any_magnitude,
    magnitude,
    near_one,
    range_magnitude,
    times_power,
)
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.tissue import tissue_mask
from isospine.views.registration import mirrored_axis, register

LARGEST, SMALLEST = np.finfo(np.float32).max, np.finfo(np.float32).smallest_subnormal


@pytest.mark.parametrize(
    ("values", "exponent"),
    [
        ([0, 0], 0),
        ([], 0),
        ([1, 0.5], 1),
        ([0.99, -3], 2),
        ([-1e38, 1], 127),
        ([LARGEST], 128),
        ([SMALLEST], -148),
        ([np.nan, 5], 0),
        ([np.inf], 0),
    ],
)
def test_the_magnitude_is_just_above_all_values(values: list[float], exponent: int) -> None:
    data = np.array(values, np.float32)
    assert magnitude([data, np.zeros(1, np.float32)]) == exponent
    scaled = times_power(data, -exponent)
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(times_power(scaled, exponent), data)
    if exponent:
        assert 0.5 <= np.abs(scaled).max() < 1


def test_the_magnitude_of_a_range_counts_both_ends() -> None:
    assert range_magnitude(-5.0, 6.0) == 3
    assert range_magnitude(1.0, 6.0) == 3
    assert range_magnitude(-3e38, 6e38) == 128


def test_what_is_beyond_single_precision_is_infinite_without_a_word() -> None:
    assert times_power(np.ones(1, np.float32), 128) == np.inf


def test_a_solver_is_given_intensities_near_one() -> None:
    grid = Grid((8, 8, 8), make_affine())
    views = make_views(smooth_image(grid.shape) * np.float32(1e35), grid, [("axial", 2), ("sagittal", 2)])
    given = []

    @at_any_magnitude
    def solve(near, grid, weight):  # type: ignore[no-untyped-def]
        given.append((near, weight))
        return near[0].data

    np.testing.assert_array_equal(solve(views, grid, weight=3), views[0].data)
    ((near, weight),) = given
    assert weight == 3 and 0.5 <= max(np.abs(view.data).max() for view in near) < 1
    again, exponent = near_one(near)
    assert exponent == 0 and np.array_equal(again[1].data, near[1].data)


@pytest.mark.parametrize("exponent", [115, -115])
def test_tissue_noise_and_registration_depend_on_no_unit(exponent: int) -> None:
    grid = Grid((30, 30, 30), make_affine())
    image = np.where(
        np.linalg.norm(np.indices(grid.shape) - 15, axis=0) < 11, smooth_image(grid.shape) + 300, 5
    )
    image = (image + np.random.default_rng(0).normal(scale=3, size=image.shape)).astype(np.float32)
    other = times_power(image, exponent)
    np.testing.assert_array_equal(tissue_mask(image), tissue_mask(other))
    views, others = (make_views(each, grid, [("axial", 3), ("sagittal", 3)]) for each in (image, other))
    operator = ObliqueOperator.of_views(views, grid)
    noise = operator.noise([view.data for view in views])
    assert noise > 0
    assert operator.noise([view.data for view in others]) == np.ldexp(noise, exponent)
    np.testing.assert_array_equal(register(others[1], others[0]), register(views[1], views[0]))
    assert mirrored_axis(others[1], others[0]) == mirrored_axis(views[1], views[0])


def test_tissue_is_found_where_all_intensities_are_negative() -> None:
    image = np.full((10, 10, 10), -1000, np.float32)
    image[3:7, 3:7, 3:7] = -200
    np.testing.assert_array_equal(tissue_mask(image), image == -200)
