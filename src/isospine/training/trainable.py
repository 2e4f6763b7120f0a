"""The interface of every kind of model: while it is trained and stored, and afterwards."""

from typing import Any, Protocol, Self

import torch

from isospine.geometry.grid import Grid, Volume
from isospine.recipes.kinds import Settings

#: Rows of a training curve: `epoch`, `step`, `loss` and `seconds`.
Curve = list[dict[str, float]]


class Trainable(Protocol):
    """The interface of a model that is being trained and stored."""

    @property
    def provenance(self) -> dict[str, Any]:
        """Image, method, seed and software versions."""

    @property
    def hyperparameters(self) -> Settings:
        """The settings it was trained with."""

    @property
    def parameters(self) -> int:
        """Number of trained weights."""

    @property
    def device(self) -> torch.device:
        """Device of the weights."""

    def times_power(self, exponent: int) -> Self:
        """Return the same model with all intensities multiplied by a power of two."""

    def contents(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Return the tensors and the description to be stored."""


class Model(Trainable, Protocol):
    """The interface of a trained model."""

    @property
    def grid(self) -> Grid:
        """Fine grid of its views."""

    def evaluate(self, grid: Grid) -> Volume:
        """Evaluate the networks alone on any grid."""

    def reconstruct(self, grid: Grid) -> Volume:
        """Reconstruct on any grid, consistent with the views if the recipe asks for it."""
