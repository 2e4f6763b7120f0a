"""Evaluate a coordinate network in fixed point: integer weights, integer activations, integer sums.

Every linear layer computes with integers: weights have one step for each neuron, the inputs of a layer have one step and
one zero point, which the training coordinates alone decide. Sums are exact, as in an accumulator that is wide enough;
activation functions are exact too, as tables of their values are.

Sources: Jacob et al., Quantization and training of neural networks for efficient integer-arithmetic-only inference, CVPR
2018, arXiv:1712.05877; a step for each neuron: Krishnamoorthi, arXiv:1806.08342.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from isospine.geometry.grid import Volume
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.mlp import CHUNK
from isospine.models.quantised import quantise_symmetric
from isospine.physics.view import View
from isospine.recipes.encodings import ENCODINGS

#: Bits of positions that no encoding turns into features: a counter of voxels has as many.
POSITION_BITS = 16

#: Lowest and highest input of each linear layer, by the layer's name.
Ranges = Mapping[str, tuple[float, float]]


class FixedPointLinear(nn.Module):
    """A linear layer whose weights, inputs and biases are integers.

    Parameters
    ----------
    layer : nn.Linear
        The layer in floating point.
    low, high : float
        Range of its inputs; what is beyond is clipped.
    bits, input_bits : int
        Of each weight, and of each input.
    """

    unit: torch.Tensor
    bias: torch.Tensor

    def __init__(self, layer: nn.Linear, low: float, high: float, bits: int, input_bits: int) -> None:
        super().__init__()
        # zero is a level, so that an input of zero adds nothing
        low, high = min(low, 0.0), max(high, 0.0)
        self.levels = 2**input_bits - 1
        self.step = (high - low) / self.levels if high > low else 1.0
        self.zero = round(-low / self.step)
        # doubles hold every sum of such products exactly
        weights, steps = quantise_symmetric(layer.weight.detach().double().cpu().numpy(), bits, axis=0)
        unit = torch.from_numpy(steps.ravel() * self.step).to(layer.bias.device)
        # a parameter, by which a network knows its device
        self.weights = nn.Parameter(torch.from_numpy(weights).to(unit.device), requires_grad=False)
        self.register_buffer("unit", unit)
        self.register_buffer("bias", (layer.bias.detach().double() / unit).round())

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Map inputs (..., I) to outputs (..., O)."""
        integers = (inputs.double() / self.step).round() + self.zero
        integers = integers.clamp(0, self.levels) - self.zero
        sums = nn.functional.linear(integers, self.weights, self.bias)
        return (sums * self.unit).to(inputs.dtype)


def in_single_precision(model: CoordinateModel) -> CoordinateModel:
    """Return the network alone, computed in float32: what fixed point is compared with."""
    settings = replace(model.hyperparameters, precision="float32")
    return replace(model, residuals=(), hyperparameters=settings)


@torch.no_grad()
def input_ranges(model: CoordinateModel, views: Sequence[View]) -> dict[str, tuple[float, float]]:
    """Find the range of the inputs of each linear layer at the voxel centres of the views.

    Parameters
    ----------
    model : CoordinateModel
        A trained model.
    views : sequence of View
        The views that it was trained on; of them the positions count alone.
    """
    ranges: dict[str, tuple[float, float]] = {}

    def widen(name: str, inputs: torch.Tensor) -> None:
        low, high = ranges.get(name, (0.0, 0.0))
        ranges[name] = (min(low, float(inputs.min())), max(high, float(inputs.max())))

    hooks = [
        layer.register_forward_pre_hook(lambda _, inputs, name=name: widen(name, inputs[0]))
        for name, layer in _linear(model.network)
    ]
    try:
        for view in views:
            encoder, (first, second, line) = model.encoder(view.grid), view.grid.shape
            step = max(1, CHUNK // line)
            for start in range(0, first * second, step):
                model.network(encoder.lines(start, min(start + step, first * second)))
    finally:
        for hook in hooks:
            hook.remove()
    return ranges


def fixed_point(model: CoordinateModel, ranges: Ranges, bits: int) -> CoordinateModel:
    """Return the network alone, computed in fixed point.

    Parameters
    ----------
    model : CoordinateModel
        A trained model.
    ranges : mapping of str to (float, float)
        As of `input_ranges`.
    bits : int
        Of each weight and each activation.
    """
    network = copy.deepcopy(model.network)
    plain = ENCODINGS[model.hyperparameters.encoding].is_position
    for number, (name, layer) in enumerate(_linear(model.network)):
        positions = number == 0 and plain
        inputs = max(bits, POSITION_BITS) if positions else bits
        network.set_submodule(name, FixedPointLinear(layer, *ranges[name], bits, inputs))
    return replace(in_single_precision(model), network=network)


def fixed_point_images(
    model: CoordinateModel, views: Sequence[View], bits: Sequence[int]
) -> dict[str, Volume]:
    """Evaluate the network alone on the views' fine grid, in float32 and in fixed point.

    Parameters
    ----------
    model : CoordinateModel
        A trained model.
    views : sequence of View
        The views that it was trained on.
    bits : sequence of int
        Of weights and activations, one image for each.

    Returns
    -------
    dict of str to (I, J, K) ndarray
        By `float32`, `int8` and so on.
    """
    alone = in_single_precision(model)
    ranges = input_ranges(alone, views)
    images = {"float32": alone.evaluate(model.grid)}
    for count in bits:
        images[f"int{count}"] = fixed_point(alone, ranges, count).evaluate(model.grid)
    return images


def _linear(network: nn.Module) -> Iterator[tuple[str, Any]]:
    """Name and layer of each linear layer, in order."""
    return ((name, layer) for name, layer in network.named_modules() if isinstance(layer, nn.Linear))
