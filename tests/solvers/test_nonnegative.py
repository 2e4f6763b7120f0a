"""Non-negativity is a projection onto the range of magnitudes that keeps what the views show."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.grid import Grid, Volume
from isospine.physics.operator import Operator, operator_of
from isospine.physics.view import View
from isospine.solvers.consistency import consistency_correction
from isospine.solvers.nonnegative import (
    are_magnitudes,
    nonnegative,
    nonnegative_solution,
    without_negatives,
)

GRID = Grid((12, 12, 12), make_affine())
#: Zero in half of the volume, as the background of magnitudes is.
TRUTH = np.maximum(smooth_image(GRID.shape) - 500, 0).astype(np.float32) / 500
VIEWS = make_views(TRUTH, GRID, [("axial", 3), ("sagittal", 4)])


@pytest.fixture(scope="module", params=["aligned", "oblique"])
def operator(request: pytest.FixtureRequest) -> Operator:
    turned = Grid(GRID.shape, make_affine(rotation=(0.1, 0.05, 0)))
    return operator_of(VIEWS, GRID if request.param == "aligned" else turned)


def explaining(operator: Operator, seed: int = 0) -> Volume:
    """Another image with the same views, which is negative here and there."""
    noise = np.random.default_rng(seed).normal(scale=0.3, size=GRID.shape).astype(np.float32)
    return TRUTH + noise + consistency_correction(noise, operator, [0 * v for v in operator.forward(noise)])


def distance(image: Volume) -> float:
    return float(np.linalg.norm(image - TRUTH))


def test_an_image_without_negative_voxels_is_unchanged(operator: Operator) -> None:
    assert nonnegative(TRUTH, operator) is TRUTH
    np.testing.assert_array_equal(without_negatives(TRUTH), TRUTH)


def test_it_is_idempotent(operator: Operator) -> None:
    once = nonnegative(explaining(operator), operator)
    assert once.min() == 0 and once.dtype == np.float32
    np.testing.assert_array_equal(nonnegative(once, operator), once)


@pytest.mark.parametrize("seed", range(3))
def test_an_image_that_explains_the_views_of_the_truth_comes_closer_to_it_than_by_clipping(seed: int) -> None:
    operator = operator_of(VIEWS, GRID)
    image = explaining(operator, seed)
    clipped = without_negatives(image)
    assert distance(nonnegative(image, operator)) < distance(clipped) < distance(image)


def test_views_stay_nearer_to_what_they_were_than_by_clipping(operator: Operator) -> None:
    image = explaining(operator)
    shown = operator.forward(image)
    change = [
        operator.mean_squared_residual(each, shown)
        for each in (nonnegative(image, operator), without_negatives(image))
    ]
    assert change[0] < 0.5 * change[1]


@given(
    arrays(np.float32, (4, 3, 2), elements=st.floats(-1e6, 1e6, width=32)),
    arrays(np.float32, (4, 3, 2), elements=st.floats(0, 1e6, width=32)),
)
def test_clipping_never_leads_away_from_what_is_not_negative(image: Volume, truth: Volume) -> None:
    clipped = without_negatives(image)
    assert clipped.min() >= 0
    assert (np.abs(clipped - truth) <= np.abs(image - truth)).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_not_hidden(operator: Operator, bad: float) -> None:
    image = explaining(operator)
    image[1, 2, 3] = bad
    for made in (without_negatives(image), nonnegative(image, operator)):
        np.testing.assert_array_equal(made, image)


def test_a_single_negative_voxel_of_a_view_makes_them_no_magnitudes() -> None:
    assert are_magnitudes(VIEWS)
    data = VIEWS[1].data.copy()
    data[0, 0, 0] = -1e-30
    assert not are_magnitudes([VIEWS[0], replace(VIEWS[1], data=data)])
    data[0, 0, 0] = np.nan
    assert not are_magnitudes([VIEWS[0], replace(VIEWS[1], data=data)])


def test_any_magnitude(operator: Operator) -> None:
    grid = GRID if operator.smallest_ridge == 0 else Grid(GRID.shape, make_affine(rotation=(0.1, 0.05, 0)))
    image = explaining(operator)

    def times(exponent: int) -> tuple[Volume, list[View]]:
        views = [replace(view, data=np.ldexp(view.data, exponent)) for view in VIEWS]
        return np.ldexp(image, exponent), views

    expected = nonnegative_solution(*times(0), grid)
    assert expected.min() == 0
    np.testing.assert_array_equal(nonnegative_solution(*times(100), grid), np.ldexp(expected, 100))
