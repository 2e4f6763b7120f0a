"""Least squares with total variation, by the primal-dual hybrid gradient method.

Source: Chambolle & Pock, A first-order primal-dual algorithm, JMIV 2011.
"""

from collections.abc import Sequence

import numpy as np

from isospine.geometry.grid import Volume
from isospine.physics.operator import Operator

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
        slope += dual_step * gradient(extrapolated, axes)
        slope /= np.maximum(np.sqrt(np.einsum("a...,a...->...", slope, slope)) / weight, 1)
        target = image / PRIMAL_STEP - gradient_adjoint(slope, axes) + spread
        update = operator.regularised_inverse(target, 1 / PRIMAL_STEP, near=image)
        extrapolated = 2 * update - image
        image = update
    return image


def gradient(image: Volume, axes: tuple[int, ...] = (0, 1, 2)) -> Volume:
    """Forward differences along `axes`, shape (A, I, J, K), zero at the far ends."""
    result = np.zeros((len(axes), *image.shape), image.dtype)
    for field, axis in zip(result, axes, strict=True):
        np.subtract(image[_after(axis)], image[_before(axis)], out=field[_before(axis)])
    return result


def gradient_adjoint(field: Volume, axes: tuple[int, ...] = (0, 1, 2)) -> Volume:
    """Adjoint of `gradient`: minus the divergence."""
    result = np.zeros(field.shape[1:], field.dtype)
    for part, axis in zip(field, axes, strict=True):
        result[_before(axis)] -= part[_before(axis)]
        result[_after(axis)] += part[_before(axis)]
    return result


def _before(axis: int) -> tuple[slice, ...]:
    """All but the last along an axis."""
    return (*[slice(None)] * axis, slice(None, -1))


def _after(axis: int) -> tuple[slice, ...]:
    """All but the first along an axis."""
    return (*[slice(None)] * axis, slice(1, None))
