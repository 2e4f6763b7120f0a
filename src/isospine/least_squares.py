"""Least squares with a penalty on the squared Laplacian, by conjugate gradients."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, cg

from isospine.geometry.grid import Volume
from isospine.physics.operator import Operator
from isospine.total_variation import gradient, gradient_adjoint


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
