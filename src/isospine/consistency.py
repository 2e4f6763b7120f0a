"""The acquisition operator of aligned views, and data consistency in closed form.

Views that are thick along different axes have operators that act on different axes. With the singular value
decomposition of each small slice matrix, the normal operator is diagonal, so that the correction which
makes an image agree with its views costs a few matrix products.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Protocol

import numpy as np

from isospine.acquisition import View, apply_along, view_matrix
from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid, Volume

#: Singular values below this are zero: no view sees that component.
BLIND = 1e-6

#: Ridges below this are rounding errors of noise-free views; dividing by them would blow up what no view sees.
NEGLIGIBLE_RIDGE = 1e-5


class Operator(Protocol):
    """A linear map from a fine image to its views."""

    def forward(self, image: Volume) -> list[Volume]:
        """Views of an image: ``A x``."""

    def adjoint(self, views: Sequence[Volume]) -> Volume:
        """Spread each slice over its voxels by their weights and add the views up: ``A' y``."""

    def residuals(self, image: Volume, views: Sequence[Volume]) -> list[Volume]:
        """What an image leaves unexplained of its views: ``y - A x``, and 0 where the image tells nothing of them."""

    def mean_squared_residual(self, image: Volume, views: Sequence[Volume]) -> float:
        """Mean over the views of their mean squared residual where the image tells of them."""

    def regularised_inverse(self, image: Volume, ridge: float, near: Volume | None = None) -> Volume:
        """Solve ``(A'A + ridge) x = image``, from an image `near` the solution where it is iterative."""

    def noise(self, views: Sequence[Volume]) -> float:
        """Standard deviation of the views' noise, from the views alone."""

    @property
    def energy(self) -> float:
        """Mean over the views of the sum of a slice's squared weights."""

    @property
    def smallest_ridge(self) -> float:
        """Ridge that is never gone below, for what the operator does not know of the acquisition."""


@dataclass(frozen=True)
class AcquisitionOperator:
    """The linear map A from a fine image to its views.

    Attributes
    ----------
    axes : tuple of int
        Thick axis of each view.
    matrices : tuple of (M, N) ndarray
        Slice weights of each view along its thick axis.
    """

    axes: tuple[int, ...]
    matrices: tuple[FloatArray, ...]

    @property
    def smallest_ridge(self) -> float:
        """Nothing: views that were simulated on the grid arise exactly so."""
        return 0.0

    @classmethod
    def of_views(cls, views: Sequence[View], grid: Grid) -> "AcquisitionOperator":
        """Operator that maps images on `grid` to `views`."""
        return cls(tuple(view.axis for view in views), tuple(view_matrix(view, grid) for view in views))

    def forward(self, image: Volume) -> list[Volume]:
        """Views of an image: ``A x``."""
        return [
            apply_along(matrix, image, axis) for axis, matrix in zip(self.axes, self.matrices, strict=True)
        ]

    def adjoint(self, views: Sequence[Volume]) -> Volume:
        """Spread each slice over its voxels by their weights and add the views up: ``A' y``."""
        parts = zip(self.axes, self.matrices, views, strict=True)
        return np.sum([apply_along(matrix.T, view, axis) for axis, matrix, view in parts], axis=0)

    @property
    def energy(self) -> float:
        """Mean over the views of the sum of a slice's squared weights: the share of white noise that it keeps."""
        return float(np.mean([np.mean(np.sum(matrix**2, axis=1)) for matrix in self.matrices]))

    def noise(self, views: Sequence[Volume]) -> float:
        """Standard deviation of the views' noise, from what they disagree on.

        Averaging one view along another's thick axis, and the other way round, gives the same image without noise.
        A single view has nothing to disagree with: its noise is taken as zero.
        """
        variances = []
        parts = zip(self.axes, self.matrices, views, strict=True)
        for (axis, matrix, view), (other_axis, other_matrix, other_view) in combinations(parts, 2):
            difference = apply_along(other_matrix, view, other_axis) - apply_along(matrix, other_view, axis)
            kept = np.mean(np.sum(matrix**2, axis=1)) + np.mean(np.sum(other_matrix**2, axis=1))
            variances.append(float(np.mean(np.square(difference, dtype=np.float64)) / kept))
        return float(np.sqrt(np.mean(variances))) if variances else 0.0

    def residuals(self, image: Volume, views: Sequence[Volume]) -> list[Volume]:
        """What an image leaves unexplained of its views: ``y - A x``."""
        return [measured - seen for measured, seen in zip(views, self.forward(image), strict=True)]

    def mean_squared_residual(self, image: Volume, views: Sequence[Volume]) -> float:
        """Mean over the views of their mean squared residual."""
        residuals = self.residuals(image, views)
        return float(np.mean([np.mean(np.square(left, dtype=np.float64)) for left in residuals]))

    @cached_property
    def bases(self) -> tuple[tuple[FloatArray, FloatArray], ...]:
        """Per view, the right singular vectors (N, N) of its slice matrix and their squared values (N,).

        Raises
        ------
        InputError
            If two views are thick along the same axis, where the closed form does not hold.
        """
        if len(set(self.axes)) < len(self.axes):
            raise InputError("views: two are thick along the same axis; expected views of different planes")
        bases = []
        for matrix in self.matrices:
            _, values, rows = np.linalg.svd(matrix)
            squared = np.zeros(matrix.shape[1])
            squared[: len(values)] = values**2
            bases.append((rows.T, np.where(squared > BLIND**2, squared, 0)))
        return tuple(bases)

    def regularised_inverse(self, image: Volume, ridge: float, near: Volume | None = None) -> Volume:
        """Solve ``(A'A + ridge) x = image``; with a ridge of 0 the pseudo-inverse.

        The closed form needs no image `near` the solution to begin with.
        """
        spectrum = np.full((1, 1, 1), ridge)
        for axis, (vectors, squared) in zip(self.axes, self.bases, strict=True):
            image = apply_along(vectors.T, image, axis)
            shape = [1, 1, 1]
            shape[axis] = len(squared)
            spectrum = spectrum + squared.reshape(shape)
        gain = 1 / np.where(spectrum > 0, spectrum, np.inf)
        image = image * gain.astype(image.dtype)
        for axis, (vectors, _) in zip(self.axes, self.bases, strict=True):
            image = apply_along(vectors, image, axis)
        return image


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
