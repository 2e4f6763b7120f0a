"""Least squares with total variation of the change since an earlier image, by the primal-dual hybrid gradient method.

Sources: Chen, Tang & Leng, Prior image constrained compressed sensing, Medical Physics 2008; Chambolle & Pock, A first-order
primal-dual algorithm, JMIV 2011.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from isospine.geometry.grid import Grid, Volume
from isospine.physics.magnitude import near_one, times_power
from isospine.physics.operator import Operator, operator_of
from isospine.physics.view import View
from isospine.solvers.finite_differences import gradient, gradient_adjoint
from isospine.solvers.noise import relative_noise
from isospine.solvers.total_variation import PRIMAL_STEP, total_variation, variation_weight

#: Share of the variation of the change; what is left goes to the variation of the image itself.
SHARE = 0.7

#: Weight of all variation over that of `total_variation`.
WEIGHT = 1.5

#: Change over the intensity range from which on its variation costs half: without noise, and per noise over the range.
LARGE_CHANGE, PER_NOISE = 0.01, 1.5

#: Smallest factor of its cost.
LEAST = 0.1

#: Ridge of the first estimate, towards the earlier image.
START_RIDGE = 0.1

#: Length of a slope below which it is 0.
TINY = np.float32(1e-30)


def change_variation(
    views: Sequence[View],
    grid: Grid,
    earlier: Volume,
    covered: NDArray[np.bool_],
    share: float = SHARE,
    weight: float | None = None,
    beside: Volume | None = None,
    iterations: int = 200,
) -> Volume:
    """Reconstruct views so that little differs from an earlier image, beyond what the views show.

    Minimises ``|A x - y|^2 / 2 + weight * range(y) * (share * TV(x - p) + (1 - share) * TV(x - q))``, and once more with TV(x - p)
    weighted by `loosened`.

    Parameters
    ----------
    views : sequence of View
        The views y.
    grid : Grid
        Grid of the image.
    earlier : (I, J, K) array
        The earlier image p on that grid, in the intensities of the views.
    covered : (I, J, K) bool array
        Where it is known; elsewhere the share is 0.
    share : float
        Between 0 and 1; with 0 the result is that of `total_variation`.
    weight : float, optional
        Weight of the variation; else `WEIGHT` times that of `total_variation`.
    beside : (I, J, K) array, optional
        An image q made of the views alone; 0 without it.
    iterations : int
        Steps of the method.

    Returns
    -------
    (I, J, K) ndarray
    """
    if beside is None and (share == 0 or not covered.any()):
        return total_variation(views, grid, weight, iterations)
    near, exponent = near_one(views)
    low = float(min(view.data.min() for view in near))
    scale = float(max(view.data.max() for view in near)) - low or 1.0
    operator = operator_of(near, grid)
    noise = relative_noise(operator, near)
    if weight is None:
        weight = WEIGHT * variation_weight(noise)
    prior, other = (
        None if image is None else ((times_power(image, -exponent) - low) / scale).astype(np.float32)
        for image in (earlier, beside)
    )
    assert prior is not None
    prior = np.where(covered, prior, np.float32(0))
    measured = [(view.data - low) / scale for view in near]
    known = share * known_differences(covered)
    change, rest = weight * known, weight * (1 - known)
    image = minimise_change(operator, measured, prior, other, change, rest, iterations)
    # once more, bound less to the earlier image where it changed: variation alone shrinks what is new
    change = change * loosened(
        np.where(covered, image - prior, np.float32(0)), LARGE_CHANGE + PER_NOISE * noise
    )
    image = minimise_change(operator, measured, prior, other, change, rest, iterations // 2, image)
    return times_power(image * scale + low, exponent)


def loosened(change: Volume, large: float) -> Volume:
    """Factor (I, J, K) of the weight of a change's variation: 1 where there is none, a half where it is `large`.

    Source: Candes, Wakin & Boyd, Enhancing sparsity by reweighted l1 minimization, J. Fourier Analysis and Applications 2008.
    """
    smooth = gaussian_filter(change, 1.0, mode="nearest")
    return np.maximum(1 / (1 + (smooth / large) ** 2), LEAST).astype(np.float32)


def known_differences(covered: NDArray[np.bool_]) -> Volume:
    """Mark with 1 the voxels whose forward differences lie within what is covered; shape (I, J, K)."""
    both = covered.copy()
    for axis in range(3):
        next_one = np.roll(covered, -1, axis)
        last = [slice(None)] * 3
        last[axis] = slice(-1, None)
        next_one[tuple(last)] = True  # there is no difference to take
        both &= next_one
    return both.astype(np.float32)


def minimise_change(
    operator: Operator,
    measured: Sequence[Volume],
    earlier: Volume,
    beside: Volume | None,
    weight: Volume,
    other_weight: Volume,
    iterations: int,
    start: Volume | None = None,
) -> Volume:
    """Minimise ``|A x - y|^2 / 2 + sum(weight |grad(x - p)|) + sum(other_weight |grad(x - q)|)``.

    Parameters
    ----------
    operator : Operator
        The map A.
    measured : sequence of arrays
        The views y, of intensities about [0, 1].
    earlier, beside : (I, J, K) arrays
        The images p and q; q is 0 where there is none.
    weight, other_weight : (I, J, K) arrays
        Weights of their variations in each voxel.
    iterations : int
        Steps of the method.
    start : (I, J, K) array, optional
        First estimate; else the earlier image, made consistent with the views.

    Returns
    -------
    (I, J, K) ndarray
    """
    spread = operator.adjoint(measured)
    if start is None:
        start = operator.regularised_inverse(
            spread + np.float32(START_RIDGE) * earlier, START_RIDGE, near=earlier
        )
    image = extrapolated = start
    terms = [(weight, gradient(earlier)), (other_weight, None if beside is None else gradient(beside))]
    slopes = [np.zeros((3, *start.shape), np.float32) for _ in terms]
    dual_step = np.float32(1 / (len(terms) * 12 * PRIMAL_STEP))  # |gradient|^2 <= 4 per axis
    for _ in range(iterations):
        ahead = gradient(extrapolated)
        for slope, (bound, reference) in zip(slopes, terms, strict=True):
            slope += dual_step * (ahead if reference is None else ahead - reference)
            length = np.sqrt(np.einsum("a...,a...->...", slope, slope))
            slope *= np.minimum(1, bound / np.maximum(length, TINY))
        target = image / PRIMAL_STEP - gradient_adjoint(slopes[0] + slopes[1]) + spread
        update = operator.regularised_inverse(target, 1 / PRIMAL_STEP, near=image)
        extrapolated = 2 * update - image
        image = update
    return image
