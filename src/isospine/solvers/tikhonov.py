"""Least squares with a penalty on the squared Laplacian (Tikhonov), by conjugate gradients."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, cg

from isospine.geometry.grid import Grid, Volume
from isospine.physics.magnitude import at_any_magnitude
from isospine.physics.operator import Operator, operator_of
from isospine.physics.view import View
from isospine.solvers.finite_differences import gradient, gradient_adjoint
from isospine.solvers.interpolation import cubic
from isospine.solvers.noise import relative_noise


def smoothness_weight(noise: float) -> float:
    """Weight of the penalty for intensities in [0, 1] with noise of standard deviation `noise`."""
    return 1e-3 + 0.3 * noise


def laplacian(image: Volume) -> Volume:
    """Sum of second differences with reflecting ends; symmetric as a matrix."""
    return -gradient_adjoint(gradient(image))


def smooth_solution(
    operator: Operator, views: Sequence[Volume], weight: float, start: Volume, iterations: int
) -> Volume:
    """Image that explains the views, with a penalty on its squared Laplacian: ``|A x - y|^2 + weight |Laplacian x|^2``."""

    def normal(flat: NDArray[np.float32]) -> NDArray[np.float32]:
        image = flat.reshape(start.shape).astype(np.float32)
        smoothness = np.float32(weight) * laplacian(laplacian(image))
        return (operator.adjoint(operator.forward(image)) + smoothness).ravel()

    size = int(np.prod(start.shape))
    system = LinearOperator((size, size), matvec=normal, dtype=np.float32)
    right = operator.adjoint(views).ravel()
    solution, _ = cg(system, right, x0=start.ravel(), rtol=1e-4, maxiter=iterations)
    return solution.reshape(start.shape).astype(np.float32)


@at_any_magnitude
def tikhonov(views: Sequence[View], grid: Grid, weight: float | None = None) -> Volume:
    """Least squares with a penalty on the squared Laplacian, by conjugate gradients.

    Minimises ``|A x - y|^2 + weight |Laplacian x|^2``; the weight grows with the views' noise if not given.
    """
    operator = operator_of(views, grid)
    if weight is None:
        weight = smoothness_weight(relative_noise(operator, views))
    return smooth_solution(operator, [view.data for view in views], weight, cubic(views, grid), 200)
