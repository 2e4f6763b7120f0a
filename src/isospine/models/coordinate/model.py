"""The coordinate model: a network, its coordinate transform and the residuals of its views."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.models.encodings import GridEncoder
from isospine.models.feature_grids import FeatureGrids
from isospine.models.mlp import CHUNK, multilayer_perceptron, with_weights
from isospine.models.reconstruct import reconstruct
from isospine.physics.magnitude import views_times
from isospine.physics.operator import Operator, operator_of
from isospine.physics.view import View
from isospine.recipes.encodings import ENCODINGS
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.recipes.kinds import read_hyperparameters
from isospine.solvers.back_projection import back_project
from isospine.solvers.consistency import consistency_correction, consistency_ridge
from isospine.training.precision import mixed_precision
from isospine.training.stored_views import (
    named,
    pack_views,
    round_views,
    unpack_array,
    unpack_grid,
    unpack_number,
    unpack_views,
)

#: Half of each side of a field of view.
Extent = tuple[float, float, float]

#: Smooth corrections before the smallest one; with more the network's own detail is lost.
SMOOTH_CORRECTIONS = 3


@dataclass(frozen=True)
class CoordinateModel:
    """A network that maps world coordinates to intensities, and the views' residuals.

    Attributes
    ----------
    network : nn.Sequential
        From encoded coordinates to the scaled intensity.
    frequencies : (L, 3) ndarray or None
        Fourier frequencies in cycles per unit of the normalised coordinate.
    centre, radius : (3,) ndarray, float
        Normalisation ``x = (world - centre) / radius``, in mm.
    offset, scale : float
        Intensity of the output 0, and the difference to that of the output 1.
    grid : Grid
        Fine grid of the views.
    residuals : tuple of View
        Residual of each view; empty without data consistency.
    hyperparameters : Hyperparameters
        The settings it was trained with.
    provenance : dict
        Image, method, seed and software versions, JSON-serialisable.
    """

    network: nn.Sequential
    frequencies: FloatArray | None
    centre: FloatArray
    radius: float
    offset: float
    scale: float
    grid: Grid
    residuals: tuple[View, ...]
    hyperparameters: Hyperparameters
    provenance: dict[str, Any]

    @property
    def device(self) -> torch.device:
        """Device of the network's weights."""
        return next(self.network.parameters()).device

    @property
    def parameters(self) -> int:
        """Number of trained weights."""
        return sum(weights.numel() for weights in self.network.parameters())

    @property
    def extent(self) -> Extent | None:
        """Half of each side of its grids of features, in units of the normalised coordinate; None without such grids."""
        first = self.network[0]
        return first.extent if isinstance(first, FeatureGrids) else None

    def encoder(self, grid: Grid) -> GridEncoder:
        """Encode the voxels of a grid in this model's coordinates."""
        return GridEncoder(grid, self.centre, self.radius, self.frequencies, self.device)

    @torch.no_grad()
    def evaluate(self, grid: Grid) -> Volume:
        """Evaluate the network alone at the voxel centres of any grid."""
        encoder = self.encoder(grid)
        image = np.empty(grid.shape, np.float32)
        lines = image.reshape(-1, grid.shape[2])
        step = max(1, CHUNK // grid.shape[2])
        with mixed_precision(self.hyperparameters.precision, self.device):
            for start in range(0, len(lines), step):
                features = encoder.lines(start, min(start + step, len(lines)))
                lines[start : start + step] = self.network(features).squeeze(-1).float().cpu().numpy()
        # in place: of a fine grid, another copy would be most of the memory
        image *= np.float32(self.scale)
        image += np.float32(self.offset)
        return image

    def times_power(self, exponent: int) -> Self:
        """Return the same model with all intensities multiplied by a power of two."""
        offset, scale = (math.ldexp(value, exponent) for value in (self.offset, self.scale))
        return replace(self, offset=offset, scale=scale, residuals=views_times(self.residuals, exponent))

    def reconstruct(self, grid: Grid) -> Volume:
        """Reconstruct on any grid: see `models.reconstruct`."""
        return reconstruct(self, grid)

    @property
    def explained(self) -> tuple[View, ...]:
        """Residuals that the image must explain; none without data consistency."""
        return self.residuals

    def correction(self, image: Volume, operator: Operator) -> Volume:
        """Compute the change on the fine grid that explains the residuals, as far as noise allows.

        Without noise a smooth change comes first: the smallest one alone has the steps of the slices. The residuals are
        those of the network's `image`, which is not looked at again.
        """
        unexplained = [view.data for view in self.residuals]
        change = np.zeros(self.grid.shape, np.float32)
        ridge = consistency_ridge(change, operator, unexplained)
        if ridge <= operator.smallest_ridge:
            change = back_project(change, self.residuals, self.grid, SMOOTH_CORRECTIONS)
        return change + consistency_correction(change, operator, unexplained, ridge)

    def with_residuals(self, views: Sequence[View]) -> "CoordinateModel":
        """Return this model with the residuals of the views, rounded as they will be stored."""
        operator = operator_of(views, self.grid)
        left = operator.residuals(self.evaluate(self.grid), [view.data for view in views])
        residuals = [replace(view, data=data) for view, data in zip(views, left, strict=True)]
        return replace(self, residuals=round_views(residuals, 0.0, self.scale))

    def contents(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Return the tensors and the JSON-serialisable description that `from_contents` reads."""
        tensors, views = pack_views(self.residuals, 0.0, self.scale)
        tensors |= {f"network.{name}": value for name, value in self.network.state_dict().items()}
        if self.frequencies is not None:
            tensors["frequencies"] = torch.from_numpy(self.frequencies)
        tensors["centre"] = torch.from_numpy(self.centre)
        tensors["affine"] = torch.from_numpy(self.grid.affine)
        description = {
            "radius": self.radius,
            "offset": self.offset,
            "scale": self.scale,
            "shape": list(self.grid.shape),
            "views": views,
            "hyperparameters": self.hyperparameters.as_dict(),
            "provenance": self.provenance,
        }
        if self.extent is not None:
            description["extent"] = list(self.extent)
        return tensors, description

    @classmethod
    def from_contents(
        cls, tensors: dict[str, torch.Tensor], description: dict[str, Any], device: torch.device
    ) -> "CoordinateModel":
        """Restore a model from its `contents`."""
        hyperparameters = read_hyperparameters(description["hyperparameters"])
        assert isinstance(hyperparameters, Hyperparameters)
        frequencies = unpack_array(tensors["frequencies"], (-1, 3)) if "frequencies" in tensors else None
        radius = unpack_number(description["radius"], above=0)
        extent = unpack_extent(description) if ENCODINGS[hyperparameters.encoding].trained else None
        network = with_weights(
            lambda: coordinate_network(hyperparameters, frequencies, radius=radius, extent=extent),
            named(tensors, "network."),
            hyperparameters.hidden_layers,
        )
        scale = unpack_number(description["scale"], above=0)
        return cls(
            network=network.to(device).eval(),
            frequencies=frequencies,
            centre=unpack_array(tensors["centre"], (3,)),
            radius=radius,
            offset=unpack_number(description["offset"]),
            scale=scale,
            grid=unpack_grid(description["shape"], tensors["affine"]),
            residuals=unpack_views(tensors, description["views"], 0.0, scale),
            hyperparameters=hyperparameters,
            provenance=description["provenance"],
        )


def coordinate_network(
    hyperparameters: Hyperparameters,
    frequencies: FloatArray | None,
    outputs: int = 1,
    radius: float = 1.0,
    extent: Extent | None = None,
) -> nn.Sequential:
    """Initialise a network from torch's global random state.

    Parameters
    ----------
    hyperparameters : Hyperparameters
        The recipe.
    frequencies : (L, 3) ndarray or None
        Of an encoding that has some.
    outputs : int
        Contrasts.
    radius : float
        Length of one unit of the coordinate, in mm.
    extent : tuple of three float, optional
        Half of each side of the field of view in that unit, of an encoding whose features are trained.

    Raises
    ------
    InputError
        If such features are too many.
    """
    if extent is None:
        return _layers(hyperparameters, 3 if frequencies is None else 2 * len(frequencies), outputs)
    grids = FeatureGrids(hyperparameters.L, hyperparameters.bandwidth * radius, extent)
    return nn.Sequential(grids, _layers(hyperparameters, 2 * hyperparameters.L, outputs))


def field_extent(hyperparameters: Hyperparameters, grid: Grid) -> Extent | None:
    """Half of each side of a field of view along the axes of the world, over its radius; None if no feature is trained."""
    if not ENCODINGS[hyperparameters.encoding].trained:
        return None
    first, second, third = np.abs(grid.affine[:3, :3]) @ np.array(grid.shape) / 2 / grid.radius
    return float(first), float(second), float(third)


def unpack_extent(description: dict[str, Any]) -> Extent:
    """Read the extent of a field of view from the description of a model."""
    first, second, third = (unpack_number(side, above=0) for side in description["extent"])
    return first, second, third


def _layers(hyperparameters: Hyperparameters, inputs: int, outputs: int) -> nn.Sequential:
    return multilayer_perceptron(
        outputs=outputs,
        inputs=inputs,
        width=hyperparameters.width,
        hidden_layers=hyperparameters.hidden_layers,
        activation=hyperparameters.activation,
        omega=hyperparameters.omega,
        gabor_scale=hyperparameters.gabor_scale,
        skip_every=hyperparameters.skip_every,
    )
