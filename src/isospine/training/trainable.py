"""What every kind of model can be asked for while it is trained and stored."""

from typing import Any, Protocol

import torch

from isospine.recipes.hyperparameters import Hyperparameters, PriorHyperparameters


class Trainable(Protocol):
    """What every kind of model can be asked for."""

    @property
    def provenance(self) -> dict[str, Any]:
        """Image, method, seed and software versions."""

    @property
    def hyperparameters(self) -> Hyperparameters | PriorHyperparameters:
        """The settings it was trained with."""

    @property
    def parameters(self) -> int:
        """Number of trained weights."""

    @property
    def device(self) -> torch.device:
        """Where the weights are."""

    def contents(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Tensors and description to be stored."""
