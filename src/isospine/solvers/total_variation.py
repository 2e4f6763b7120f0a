"""Least squares with total variation, by the primal-dual hybrid gradient method.

Source: Chambolle & Pock, A first-order primal-dual algorithm, JMIV 2011.
"""

from collections.abc import Sequence

import numpy as np

from isospine.geometry.grid import Grid, Volume
from isospine.physics.magnitude import at_any_magnitude
from isospine.physics.operator import Operator, operator_of
from isospine.physics.view import View
from isospine.solvers.finite_differences import gradient, gradient_adjoint
from isospine.solvers.interpolation import cubic
from isospine.solvers.noise import relative_noise

#: Length of the primal step; long, since intensities are of order 1 and slopes of the order of the weight.
PRIMAL_STEP = 30.0


def variation_weight(noise: float) -> float:
    """Weight of the total variation of intensities in [0, 1] with noise of standard deviation `noise`."""
    return 2e-4 + 0.12 * noise


def minimise_variation(
    operator: Operator,
    measured: Sequence[Volume],
    start: Volume,
    weight: float,
    iterations: int,
    axes: tuple[int, ...] = (0, 1, 2),
) -> Volume:
    """Minimise ``|A x - y|^2 / 2 + weight * TV(x)``.

    Parameters
    ----------
    operator : Operator
        The map A.
    measured : sequence of arrays
        The views y, of intensities about [0, 1].
    start : (I, J, K) array
        First estimate.
    weight : float
        Weight of the isotropic total variation.
    iterations : int
        Steps of the method.
    axes : tuple of int
        Along which the variation is counted; a stack of planes leaves out the axis across them.

    Returns
    -------
    (I, J, K) ndarray
    """
    spread = operator.adjoint(measured)
    image = extrapolated = start
    slope = np.zeros((len(axes), *start.shape), np.float32)
    dual_step = 1 / (4 * len(axes) * PRIMAL_STEP)  # |gradient|^2 <= 4 per axis
    for _ in range(iterations):
        # in place: new volumes in every step take longer than what is done with them
        change = gradient(extrapolated, axes)
        change *= dual_step
        slope += change
        length = np.einsum("a...,a...->...", slope, slope)
        np.sqrt(length, out=length)
        length /= weight
        slope /= np.maximum(length, 1, out=length)
        target = image / PRIMAL_STEP
        target -= gradient_adjoint(slope, axes)
        target += spread
        update = operator.regularised_inverse(target, 1 / PRIMAL_STEP, near=image)
        extrapolated = 2 * update
        extrapolated -= image
        image = update
    return image


@at_any_magnitude
def total_variation(
    views: Sequence[View], grid: Grid, weight: float | None = None, iterations: int = 200
) -> Volume:
    """Least squares with isotropic total variation.

    Minimises ``|A x - y|^2 / 2 + weight * range(y) * TV(x)``; the weight grows with the views' noise if not given.
    """
    operator = operator_of(views, grid)
    if weight is None:
        weight = variation_weight(relative_noise(operator, views))
    low = float(min(view.data.min() for view in views))
    scale = float(max(view.data.max() for view in views)) - low or 1.0
    # a slice of a constant is that constant: working from the lowest intensity up keeps single precision
    measured = [(view.data - low) / scale for view in views]
    start = (cubic(views, grid) - low) / scale
    return minimise_variation(operator, measured, start, weight, iterations) * scale + low
