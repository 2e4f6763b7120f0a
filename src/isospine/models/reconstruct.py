"""Reconstruct by any model: its own image, then the range of magnitudes and agreement with the views."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from isospine.geometry.grid import Grid, Volume
from isospine.geometry.resample import resample
from isospine.physics.magnitude import range_magnitude, times_power
from isospine.physics.operator import Operator, operator_of
from isospine.physics.view import View
from isospine.solvers.nonnegative import nonnegative, without_negatives
from isospine.training.trainable import Model


class ViewedModel(Model, Protocol):
    """A model that knows the views of its image."""

    @property
    def offset(self) -> float:
        """Lowest intensity of the views."""

    @property
    def scale(self) -> float:
        """Difference to their highest."""

    @property
    def explained(self) -> Sequence[View]:
        """Views, or their residuals, with which the image must agree; empty without data consistency."""

    def correction(self, image: Volume, operator: Operator) -> Volume:
        """Correct the model's own `image` on its grid, so that it agrees with these views as far as noise allows."""


def reconstruct(model: ViewedModel, grid: Grid) -> Volume:
    """Reconstruct on any grid, consistent with the views if the recipe asks for it, and not negative where no view is."""
    exponent = range_magnitude(model.offset, model.scale)
    near = model.times_power(-exponent)
    image = near.evaluate(grid)
    if near.explained:
        same = grid.shape == near.grid.shape and np.array_equal(grid.affine, near.grid.affine)
        own = image if same else near.evaluate(near.grid)
        image = image + resample(_change(near, own), near.grid, grid)
    return times_power(without_negatives(image) if near.offset >= 0 else image, exponent)


def _change(model: ViewedModel, image: Volume) -> Volume:
    """Compute what data consistency and the range of magnitudes add to the model's own image on its grid."""
    operator = operator_of(model.explained, model.grid)
    change = model.correction(image, operator)
    if model.offset < 0:
        return change
    return nonnegative(image + change, operator) - image
