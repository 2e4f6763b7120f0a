"""Data consistency: the smallest correction that makes an image agree with its views.

Views that are thick along different axes have operators that act on different axes. With the singular value
decomposition of each small slice matrix, the normal operator is diagonal, so that the correction which
makes an image agree with its views costs a few matrix products.
"""

from collections.abc import Sequence

from isospine.geometry.grid import Volume
from isospine.physics.operator import Operator

#: Ridges below this are rounding errors of noise-free views; dividing by them would blow up what no view sees.
NEGLIGIBLE_RIDGE = 1e-5


def consistency_ridge(image: Volume, operator: Operator, views: Sequence[Volume]) -> float:
    """Variance of the views' noise over that of the estimate's error, both from the views alone.

    The mean squared residual is the noise plus the estimate's error as the views see it. Without noise the
    ratio is nearly zero; where noise explains the whole residual it is large, and the views change nothing more.
    """
    sigma = operator.noise(views)
    squared = operator.mean_squared_residual(image, views)
    error = max(squared - sigma**2, 1e-3 * squared) / operator.energy
    ridge = sigma**2 / error if error > 0 else 0.0
    return max(ridge if ridge > NEGLIGIBLE_RIDGE else 0.0, operator.smallest_ridge)


def consistency_correction(
    image: Volume, operator: Operator, views: Sequence[Volume], ridge: float = 0.0
) -> Volume:
    """Smallest change of an image that makes it agree with its views.

    Parameters
    ----------
    image : (I, J, K) array
        Estimate on the fine grid.
    operator : Operator
        How the views arise from the fine image.
    views : sequence of arrays
        The measured views.
    ridge : float
        Variance of the views' noise over the variance of the estimate's error; 0 trusts the views exactly.

    Returns
    -------
    (I, J, K) ndarray
        ``(A'A + ridge)^-1 A' (y - A x)``; added to the image it gives the maximum a posteriori image under
        white errors, and with a ridge of 0 the projection onto all images that explain the views.
    """
    return operator.regularised_inverse(operator.adjoint(operator.residuals(image, views)), ridge)
