"""The acquisition of some views as one linear operator."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import Grid, Volume
from isospine.physics.aligned import AlignedOperator
from isospine.physics.fine_grid import check_field_of_view
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.view import View


class Operator(Protocol):
    """A linear map from a fine image to its views."""

    def forward(self, image: Volume) -> list[Volume]:
        """Views of an image: ``A x``."""

    def adjoint(self, views: Sequence[Volume]) -> Volume:
        """Spread each slice over its voxels by their weights and add the views up: ``A' y``."""

    def residuals(self, image: Volume, views: Sequence[Volume]) -> list[Volume]:
        """Residuals of the views: ``y - A x``, and 0 where the image does not determine them."""

    def mean_squared_residual(self, image: Volume, views: Sequence[Volume]) -> float:
        """Mean over the views of their mean squared residual where the image determines them."""

    def regularised_inverse(self, image: Volume, ridge: float, near: Volume | None = None) -> Volume:
        """Solve ``(A'A + ridge) x = image``, from an image `near` the solution where it is iterative."""

    def noise(self, views: Sequence[Volume]) -> float:
        """Standard deviation of the views' noise, from the views alone."""

    @property
    def energy(self) -> float:
        """Mean over the views of the sum of a slice's squared weights."""

    @property
    def smallest_ridge(self) -> float:
        """Lower bound of the ridge, for errors of the operator."""


def operator_of(views: Sequence[View], grid: Grid) -> Operator:
    """Operator that maps images on `grid` to `views`."""
    if all(is_aligned(view, grid) for view in views) and len({view.axis for view in views}) == len(views):
        return AlignedOperator.of_views(views, grid)
    return ObliqueOperator.of_views(views, grid)


def is_aligned(view: View, grid: Grid) -> bool:
    """Check whether a view has the voxels of a grid in its planes, and whole slices of it across them."""
    if np.abs(view.grid.directions - grid.directions).max() > 1e-3:
        return False
    try:
        check_field_of_view(view, grid)
    except InputError:
        return False
    return True
