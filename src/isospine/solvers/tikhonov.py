"""Least squares with a penalty on the squared Laplacian (Tikhonov), by conjugate gradients."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, cg

from isospine.geometry.grid import Grid, Volume
from isospine.physics.magnitude import at_any_magnitude
from isospine.physics.operator import Operator, operator_of
from isospine.physics.view import View
from isospine.solvers.consistency import consistency_ridge
from isospine.solvers.finite_differences import gradient, gradient_adjoint
from isospine.solvers.interpolation import cubic
from isospine.solvers.noise import relative_noise

#: Weight of the smoothness of `smooth_correction` without noise, and what noise of the whole range would add to it.
SMOOTHNESS = 2e-3
SMOOTHNESS_OF_NOISE = 0.5

#: Error of an image over its range that noise is compared with, at most.
EXPECTED_ERROR = 0.02

#: Steps of its solver, at most.
CORRECTION_STEPS = 60


def smoothness_weight(noise: float) -> float:
    """Weight of the penalty for intensities in [0, 1] with noise of standard deviation `noise`."""
    return 1e-3 + 0.3 * noise


def laplacian(image: Volume) -> Volume:
    """Sum of second differences with reflecting ends; symmetric as a matrix."""
    return -gradient_adjoint(gradient(image))


def smooth_solution(
    operator: Operator,
    views: Sequence[Volume],
    weight: float,
    start: Volume,
    iterations: int,
    ridge: float = 0.0,
) -> Volume:
    """Image that explains the views, with penalties: ``|A x - y|^2 + weight |Laplacian x|^2 + ridge |x|^2``."""

    def normal(flat: NDArray[np.float32]) -> NDArray[np.float32]:
        image = flat.reshape(start.shape).astype(np.float32)
        penalty = np.float32(weight) * laplacian(laplacian(image)) + np.float32(ridge) * image
        return (operator.adjoint(operator.forward(image)) + penalty).ravel()

    size = int(np.prod(start.shape))
    system = LinearOperator((size, size), matvec=normal, dtype=np.float32)
    right = operator.adjoint(views).ravel()
    solution, _ = cg(system, right, x0=start.ravel(), rtol=1e-4, maxiter=iterations)
    return solution.reshape(start.shape).astype(np.float32)


def smooth_correction(image: Volume, operator: Operator, views: Sequence[Volume], noise: float) -> Volume:
    """Small and smooth change of an image that makes it agree with views in any position, as far as noise allows.

    A ridge alone would follow the noise of all frequencies alike. That of `consistency_ridge` is too small where a part of the
    volume is shown by few slices, since their residuals count as the image's error everywhere.

    Parameters
    ----------
    image : (I, J, K) array
        Estimate on the fine grid.
    operator : Operator
        How the views arise from the fine image.
    views : sequence of arrays
        The measured views.
    noise : float
        Standard deviation of their noise over their range.

    Returns
    -------
    (I, J, K) ndarray
        To be added to the image.
    """
    weight = SMOOTHNESS + SMOOTHNESS_OF_NOISE * noise
    ridge = max((noise / EXPECTED_ERROR) ** 2, consistency_ridge(image, operator, views))
    left = operator.residuals(image, views)
    return smooth_solution(operator, left, weight, np.zeros_like(image), CORRECTION_STEPS, ridge)


@at_any_magnitude
def tikhonov(views: Sequence[View], grid: Grid, weight: float | None = None) -> Volume:
    """Least squares with a penalty on the squared Laplacian, by conjugate gradients.

    Minimises ``|A x - y|^2 + weight |Laplacian x|^2``; the weight grows with the views' noise if not given.
    """
    operator = operator_of(views, grid)
    if weight is None:
        weight = smoothness_weight(relative_noise(operator, views))
    return smooth_solution(operator, [view.data for view in views], weight, cubic(views, grid), 200)
