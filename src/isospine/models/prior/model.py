"""The network of the self-supervised prior, and its evaluation on any grid."""

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np
import torch
from skimage.restoration import denoise_tv_chambolle
from torch import nn

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.resample import resample
from isospine.models.mlp import CHUNK, multilayer_perceptron, with_weights
from isospine.models.prior.cells import CONTEXT_CELLS, Array, Cells
from isospine.models.prior.layout import ContextLayout
from isospine.models.prior.pairs import PlanePair, plane_pairs
from isospine.models.prior.restore import restore
from isospine.models.prior.waves import lowest_products
from isospine.models.reconstruct import reconstruct
from isospine.physics.fine_grid import check_field_of_view
from isospine.physics.magnitude import views_times
from isospine.physics.operator import Operator
from isospine.physics.view import View
from isospine.recipes.hyperparameters import PriorHyperparameters
from isospine.recipes.kinds import read_hyperparameters
from isospine.solvers.consistency import consistency_correction, consistency_ridge
from isospine.training.precision import mixed_precision
from isospine.training.stored_views import named, pack_views, unpack_grid, unpack_number, unpack_views

#: Weight of the total variation that denoises a reconstruction, over the standard deviation of the views' noise.
DENOISING = 0.15


@dataclass(frozen=True)
class PriorModel:
    """The networks of the prior, one per pair of views, with the views that they are applied to.

    Attributes
    ----------
    networks : tuple of nn.Sequential
        From the context of a cell to the cosine amplitudes that the back-projected estimate lacks.
    scales : tuple of float
        Scale of each network's inputs and outputs.
    views : tuple of View
        The aligned views that the networks are applied to.
    acquired : tuple of View
        The views that the image must explain, where the aligned ones only stand in for them.
    offset, scale : float
        Lowest intensity of all views, and the difference to their highest: 0 and 1 of the scaled views.
    noise : float
        Standard deviation of the scaled views' noise.
    grid : Grid
        Fine grid of the views.
    hyperparameters : PriorHyperparameters
        The settings it was trained with.
    provenance : dict
        Image, method, seed and software versions, JSON-serialisable.
    """

    networks: tuple[nn.Sequential, ...]
    scales: tuple[float, ...]
    views: tuple[View, ...]
    acquired: tuple[View, ...]
    offset: float
    scale: float
    noise: float
    grid: Grid
    hyperparameters: PriorHyperparameters
    provenance: dict[str, Any]

    @property
    def device(self) -> torch.device:
        """Device of the networks' weights."""
        return next(self.networks[0].parameters()).device

    @property
    def parameters(self) -> int:
        """Number of trained weights."""
        return sum(weights.numel() for network in self.networks for weights in network.parameters())

    @property
    def volumes(self) -> list[Array]:
        """Scaled intensities of the views."""
        return [scaled(view.data, self.offset, self.scale) for view in self.views]

    def evaluate(self, grid: Grid) -> Volume:
        """Evaluate the prior alone at the voxel centres of any grid.

        A grid that is turned against the views is sampled from one at half the fine spacing.
        """
        if np.abs(grid.directions - self.grid.directions).max() > 1e-4:
            dense = self.grid.resampled(float(self.grid.spacing.min()) / 2)
            return resample(self.evaluate(dense), dense, grid)
        corner = self.grid.indices(grid.affine[:3, 3])
        steps = grid.spacing / self.grid.spacing
        positions = [
            start + step * np.arange(n) for start, step, n in zip(corner, steps, grid.shape, strict=True)
        ]
        pairs = plane_pairs(self.views, self.grid, self.hyperparameters.L)
        total = np.zeros(grid.shape, np.float32)
        for pair, network, scale in zip(pairs, self.networks, self.scales, strict=True):
            total += self._restored(pair, network, scale, positions)
        return total / np.float32(len(pairs)) * np.float32(self.scale) + np.float32(self.offset)

    def _restored(
        self, pair: PlanePair, network: nn.Sequential, scale: float, positions: list[FloatArray]
    ) -> Array:
        """Restore scaled intensities from one pair of views, in the order of the array axes."""
        chosen = lowest_products(self.hyperparameters.L)
        layout = ContextLayout.of_cells(pair.cells, chosen)

        @torch.no_grad()
        def predict_amplitudes(inputs: Array) -> Array:
            amplitudes = np.zeros((len(inputs), self.hyperparameters.L), np.float32)
            for start in range(0, len(inputs), CHUNK):
                features = np.ascontiguousarray(inputs[start : start + CHUNK]) / np.float32(scale)
                for image, signs in enumerate(layout.output_signs):
                    mirrored = torch.from_numpy(layout.mirrored(features, image)).to(self.device)
                    with mixed_precision(self.hyperparameters.precision, self.device):
                        answer = network(mirrored).float().cpu().numpy()
                    amplitudes[start : start + CHUNK] += answer * signs
            return amplitudes * np.float32(scale / len(layout.output_signs))

        along = (positions[pair.axes[0]], positions[pair.axes[1]], positions[pair.axes[2]])
        planes = restore(pair, self.volumes, self.noise, chosen, predict_amplitudes, along)
        return np.transpose(planes, np.argsort(pair.axes))

    def times_power(self, exponent: int) -> Self:
        """Return the same model with all intensities multiplied by a power of two."""
        offset, scale = (math.ldexp(value, exponent) for value in (self.offset, self.scale))
        views, acquired = (views_times(own, exponent) for own in (self.views, self.acquired))
        return replace(self, offset=offset, scale=scale, views=views, acquired=acquired)

    def reconstruct(self, grid: Grid) -> Volume:
        """Reconstruct on any grid: see `models.reconstruct`."""
        return reconstruct(self, grid)

    @property
    def explained(self) -> tuple[View, ...]:
        """Views that the image must agree with; none without data consistency."""
        return (self.acquired or self.views) if self.hyperparameters.data_consistency else ()

    def contents(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Return the tensors and the JSON-serialisable description that `from_contents` reads."""
        tensors, views = pack_views((*self.views, *self.acquired), self.offset, self.scale)
        for index, network in enumerate(self.networks):
            tensors |= {f"network.{index}.{name}": value for name, value in network.state_dict().items()}
        tensors["affine"] = torch.from_numpy(self.grid.affine)
        description = {
            "contrasts": list(self.scales),  # the scales: the key stays as in the first format of the files
            "offset": self.offset,
            "scale": self.scale,
            "noise": self.noise,
            "shape": list(self.grid.shape),
            "views": views,
            "stand_ins": len(self.views) if self.acquired else 0,
            "hyperparameters": self.hyperparameters.as_dict(),
            "provenance": self.provenance,
        }
        return tensors, description

    @classmethod
    def from_contents(
        cls, tensors: dict[str, torch.Tensor], description: dict[str, Any], device: torch.device
    ) -> "PriorModel":
        """Restore a model from its `contents`."""
        hyperparameters = read_hyperparameters(description["hyperparameters"])
        assert isinstance(hyperparameters, PriorHyperparameters)
        offset = unpack_number(description["offset"])
        scale = unpack_number(description["scale"], above=0)
        stored = unpack_views(tensors, description["views"], offset, scale)
        # all views are aligned, except where some stand in for the others
        split = description["stand_ins"] or len(stored)
        views, acquired = stored[:split], stored[split:]
        grid = unpack_grid(description["shape"], tensors["affine"])
        for view in views:
            check_field_of_view(view, grid)
        networks = []
        for index, pair in enumerate(plane_pairs(views, grid, hyperparameters.L)):
            network = with_weights(
                partial(amplitude_network, pair.cells, hyperparameters),
                named(tensors, f"network.{index}."),
                hyperparameters.hidden_layers,
            )
            networks.append(network.to(device).eval())
        scales = tuple(unpack_number(scale, above=0) for scale in description["contrasts"])
        if len(scales) != len(networks):
            raise ValueError(f"{len(networks)} networks and {len(scales)} scales")
        return cls(
            networks=tuple(networks),
            scales=scales,
            views=views,
            acquired=acquired,
            offset=offset,
            scale=scale,
            noise=unpack_number(description["noise"]),
            grid=grid,
            hyperparameters=hyperparameters,
            provenance=description["provenance"],
        )

    def correction(self, image: Volume, operator: Operator) -> Volume:
        """Compute the change of the network's image by data consistency, weighted by noise, and by denoising.

        The network restores plane after plane, so that noise differs between neighbouring planes where
        anatomy does not.
        """
        measured = [view.data for view in self.explained]
        ridge = consistency_ridge(image, operator, measured)
        change = consistency_correction(image, operator, measured, ridge)
        # no noise, or none in the stand-ins, or none but that of rounding the stored views
        if ridge == 0 or self.acquired or self.noise == 0:
            return change
        noisy = (image + change - self.offset) / self.scale
        return change + (denoise_tv_chambolle(noisy, weight=DENOISING * self.noise) - noisy) * self.scale


def amplitude_network(cells: Cells, settings: PriorHyperparameters) -> nn.Sequential:
    """Initialise a network from torch's global random state."""
    inputs = CONTEXT_CELLS * (cells.first.context_count + cells.second.context_count) + 2 * settings.L
    return multilayer_perceptron(
        inputs, settings.width, settings.hidden_layers, "relu", 1.0, outputs=settings.L
    )


def scaled(data: Volume, offset: float, scale: float) -> Array:
    """Scale intensities to the views' range."""
    return ((data - np.float32(offset)) / np.float32(scale)).astype(np.float32)
