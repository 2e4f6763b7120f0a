"""The primal-dual solver; methods/test_baselines.py compares its minimum with an independent solver's."""

import numpy as np
import pytest

from isospine.physics.aligned import AlignedOperator
from isospine.physics.slice_profile import slice_matrix
from isospine.solvers.finite_differences import gradient, gradient_adjoint
from isospine.solvers.total_variation import minimise_variation, variation_weight


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 2), (0,)])
def test_gradient_and_its_adjoint(axes: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    image, field = random.normal(size=(4, 5, 6)), random.normal(size=(len(axes), 4, 5, 6))
    expected = [np.diff(image, axis=axis, append=np.take(image, [-1], axis)) for axis in axes]
    np.testing.assert_allclose(gradient(image, axes), expected)
    assert np.vdot(gradient(image, axes), field) == pytest.approx(
        np.vdot(image, gradient_adjoint(field, axes))
    )


def test_planes_of_a_stack_do_not_see_each_other() -> None:
    random = np.random.default_rng(0)
    stack = random.uniform(size=(3, 20, 15)).astype(np.float32)
    centres = [2.0, 7.0, 12.0]
    operator = AlignedOperator(
        (1, 2),
        (
            slice_matrix(20, np.array([*centres, 17.0]), 5, "box"),
            slice_matrix(15, np.array(centres), 5, "box"),
        ),
    )

    def solve(planes: np.ndarray) -> np.ndarray:
        start = np.full_like(planes, 0.5)
        return minimise_variation(operator, operator.forward(planes), start, 1e-3, 50, axes=(1, 2))

    np.testing.assert_allclose(solve(stack)[1], solve(stack[1:2])[0], atol=1e-5)


def test_restores_an_edge_that_interpolation_blurs() -> None:
    plane = np.zeros((1, 20, 15), np.float32)
    plane[:, 8:] = 1  # within a slice of the first view, seen by the second
    first, second = (
        slice_matrix(20, np.arange(2.0, 20, 5), 5, "box"),
        slice_matrix(15, np.arange(2.0, 15, 5), 5, "box"),
    )
    operator = AlignedOperator((1, 2), (first, second))
    image = minimise_variation(
        operator, operator.forward(plane), np.full_like(plane, 0.5), variation_weight(0.0), 300, axes=(1, 2)
    )
    np.testing.assert_allclose(image, plane, atol=0.02)


def test_noise_asks_for_more_smoothing() -> None:
    assert variation_weight(0.02) > variation_weight(0.0) > 0
