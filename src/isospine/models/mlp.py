"""Multilayer perceptrons: from coordinate features to an intensity."""

from collections.abc import Callable, Mapping

import torch
from torch import nn

from isospine.errors import InputError
from isospine.recipes.activations import ACTIVATIONS
from isospine.recipes.lookup import resolve

#: Points or cells evaluated at once; bounds the memory of inference, and fits the processor's cache.
CHUNK = 2**13


class Sine(nn.Module):
    """``sin(omega x)``, the activation of SIREN (Sitzmann et al., NeurIPS 2020)."""

    def __init__(self, omega: float) -> None:
        super().__init__()
        self.omega = omega

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Apply the activation element by element."""
        return torch.sin(self.omega * values)


class Gabor(nn.Module):
    """``cos(omega x) exp(-(scale x)^2)``, the real part of WIRE's wavelet (Saragadam et al., CVPR 2023)."""

    def __init__(self, omega: float, scale: float) -> None:
        super().__init__()
        self.omega = omega
        self.scale = scale

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Apply the activation element by element."""
        return torch.cos(self.omega * values) * torch.exp(-((self.scale * values) ** 2))


class SkipNetwork(nn.Sequential):
    """Chain layers, some of which get the input features beside the output of the layer before.

    Parameters
    ----------
    layers : nn.Module
        The layers.
    skips : frozenset of int
        Indices of the layers that get the features too.
    """

    def __init__(self, *layers: nn.Module, skips: frozenset[int] = frozenset()) -> None:
        super().__init__(*layers)
        self.skips = skips

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map features (..., inputs) to values (..., outputs)."""
        values = features
        for index, layer in enumerate(self):
            values = layer(torch.cat([values, features], dim=-1) if index in self.skips else values)
        return values


def multilayer_perceptron(
    inputs: int,
    width: int,
    hidden_layers: int,
    activation: str,
    omega: float,
    outputs: int = 1,
    gabor_scale: float = 1.0,
    skip_every: int = 0,
) -> nn.Sequential:
    """Build a fully connected network whose last layer is linear.

    Parameters
    ----------
    inputs : int
        Number of input features.
    width : int
        Neurons of each hidden layer.
    hidden_layers : int
        Number of hidden layers, at least 1.
    activation : str
        One of `ACTIVATIONS`, which say whose initialisation it brings.
    omega : float
        Frequency factor of `sine` and `gabor`.
    outputs : int
        Neurons of the last layer.
    gabor_scale : float
        Factor of the Gaussian of `gabor`, s0 in its paper: the larger, the narrower.
    skip_every : int
        The features join the output of every hidden layer whose number is a multiple of this, other than the
        last; 0 for never.

    Raises
    ------
    InputError
        If there is no activation of that name.
    """
    layers: list[nn.Module] = []
    skips: set[int] = set()
    fan_in = inputs
    siren = activation in ACTIVATIONS and ACTIVATIONS[activation].siren_weights
    for number in range(1, hidden_layers + 1):
        linear = nn.Linear(fan_in, width)
        if siren:
            initialise_siren(linear, omega, first=number == 1)
        layers += [linear, activation_layer(activation, omega, gabor_scale)]
        fan_in = width
        if skip_every and number % skip_every == 0 and number < hidden_layers:
            skips.add(len(layers))
            fan_in += inputs
    last = nn.Linear(width, outputs)
    if siren:
        initialise_siren(last, omega, first=False)
    return SkipNetwork(*layers, last, skips=frozenset(skips)) if skips else nn.Sequential(*layers, last)


def activation_layer(name: str, omega: float, gabor_scale: float) -> nn.Module:
    """Build an activation by name.

    Raises
    ------
    InputError
        If there is no activation of that name.
    """
    if name not in ACTIVATIONS:
        raise InputError(f"activation {name!r}: expected one of {', '.join(ACTIVATIONS)}")
    factors = {"omega": omega, "gabor_scale": gabor_scale}
    layer: nn.Module = resolve(ACTIVATIONS[name].layer)(*(factors[key] for key in ACTIVATIONS[name].uses))
    return layer


def initialise_siren(layer: nn.Linear, omega: float, first: bool) -> None:
    """Draw uniform weights that keep the activations' distribution over depth (Sitzmann et al., sec. 3.2).

    The biases keep PyTorch's own distribution, as in the authors' code.
    """
    bound = 1 / layer.in_features if first else (6 / layer.in_features) ** 0.5 / omega
    nn.init.uniform_(layer.weight, -bound, bound)


def with_weights(
    build: Callable[[], nn.Sequential], weights: Mapping[str, torch.Tensor], hidden_layers: int
) -> nn.Sequential:
    """Build a network with stored weights, only if they fit it.

    Parameters
    ----------
    build : callable
        Makes the network.
    weights : mapping of str to tensor
        As its `state_dict`.
    hidden_layers : int
        Number of hidden layers that it will make.

    Raises
    ------
    ValueError
        If a weight is missing, too many, or of another shape or type.
    """
    if hidden_layers > len(weights):
        raise ValueError(f"weights of fewer than {hidden_layers} hidden layers")
    with torch.device("meta"):  # where a network takes no memory, however large its settings say that it is
        expected = {name: (value.shape, value.dtype) for name, value in build().state_dict().items()}
    if expected != {name: (value.shape, value.dtype) for name, value in weights.items()}:
        raise ValueError("its weights do not fit the network of its hyperparameters")
    network = build()
    network.load_state_dict(weights)
    return network
