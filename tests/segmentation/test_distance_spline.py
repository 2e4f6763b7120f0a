"""The spline of signed distances and the derivatives of its loss."""

import numpy as np
import pytest
from scipy.optimize import check_grad
from support.cords import cord, drawn

from isospine.physics.operator import operator_of
from isospine.segmentation import distance_spline
from isospine.segmentation.distance_spline import spline_basis, squared_roughness


@pytest.mark.parametrize(("length", "spacing"), [(2, 0.5), (10, 0.8), (31, 1.0)])
def test_splines_add_up_to_one_and_reach_both_ends(length: int, spacing: float) -> None:
    basis = spline_basis(length, spacing)
    np.testing.assert_allclose(basis.sum(axis=1), 1)
    assert (basis[0, :3] > 0).all()
    assert (basis[-1, -3:] > 0).all()


def test_roughness_and_its_derivative() -> None:
    random = np.random.default_rng(0)
    coefficients = random.normal(size=(4, 5, 3))

    def flat(own: np.ndarray, part: int):
        value = squared_roughness(own.reshape(4, 5, 3))[part]
        return value if part == 0 else value.ravel()

    assert check_grad(lambda x: flat(x, 0), lambda x: flat(x, 1), coefficients.ravel()) < 1e-4
    ramp = np.add.outer(np.arange(4.0), np.arange(5.0))[:, :, None] * np.ones(3)
    assert squared_roughness(ramp)[0] == pytest.approx(0)


def test_loss_and_its_derivative() -> None:
    mask, grid = cord((10, 10, 10), spacing=2.0)
    views = drawn(mask, grid)
    fit = distance_spline._Fit(operator_of(views, grid), views, grid)
    random = np.random.default_rng(0)
    first = fit.coefficients(np.where(mask, 1, -1).astype(np.float32))
    way = random.normal(size=first.size)
    step = 1e-3
    above, below = (fit.loss(first.ravel() + sign * step * way, first.shape)[0] for sign in (1, -1))
    slope = fit.loss(first.ravel(), first.shape)[1]
    assert slope @ way == pytest.approx((above - below) / (2 * step), rel=0.02)
