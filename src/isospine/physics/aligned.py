"""The acquisition operator of aligned views, and data consistency in closed form.

Views that are thick along different axes have operators that act on different axes. With the singular value
decomposition of each small slice matrix, the normal operator is diagonal, so that the correction which
makes an image agree with its views costs a few matrix products.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.physics.fine_grid import view_matrix
from isospine.physics.slice_profile import apply_along
from isospine.physics.view import View

#: Singular values below this are zero: no view sees that component.
BLIND = 1e-6

#: Above this ridge, what views see is corrected after dividing by it; below, that would lose digits.
LARGE_RIDGE = 0.01


@dataclass(frozen=True)
class AlignedOperator:
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
        """Zero: the operator is exact for views simulated on the grid."""
        return 0.0

    @classmethod
    def of_views(cls, views: Sequence[View], grid: Grid) -> "AlignedOperator":
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
        """Standard deviation of the views' noise, from their disagreement.

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
        """Residuals of the views: ``y - A x``."""
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
            raise InputError(
                "views: two of them are thick along the same axis; expected views of different planes"
            )
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
        if ridge > LARGE_RIDGE:
            return self._around_ridge(image, ridge)
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

    def _around_ridge(self, image: Volume, ridge: float) -> Volume:
        """Divide by the ridge, and correct that for what views see: there are fewer slices than voxels."""
        seen = [(vectors[:, squared > 0], squared[squared > 0]) for vectors, squared in self.bases]

        def gain(views: tuple[int, ...]) -> FloatArray:
            """What these views change of the inverse of the ridge and of fewer of them, by inclusion and exclusion."""
            total = np.zeros((1, 1, 1))
            for count in range(len(views) + 1):
                for some in combinations(views, count):
                    spectrum = np.full((1, 1, 1), ridge)
                    for view in some:
                        shape = [1, 1, 1]
                        shape[self.axes[view]] = -1
                        spectrum = spectrum + seen[view][1].reshape(shape)
                    total = total + (-1) ** (len(views) - count) / spectrum
            return total

        def corrected(part: Volume, views: tuple[int, ...], following: int) -> Volume:
            result = part * gain(views).astype(part.dtype)
            for view in range(following, len(seen)):
                axis, vectors = self.axes[view], seen[view][0]
                within = corrected(apply_along(vectors.T, part, axis), (*views, view), view + 1)
                result += apply_along(vectors, within, axis)
            return result

        return corrected(image, (), 0)
