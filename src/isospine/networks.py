"""The networks: from coordinate features to an intensity."""

from itertools import pairwise

import torch
from torch import nn


class Sine(nn.Module):
    """``sin(omega x)``, the activation of SIREN (Sitzmann et al., NeurIPS 2020)."""

    def __init__(self, omega: float) -> None:
        super().__init__()
        self.omega = omega

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Apply the activation element by element."""
        return torch.sin(self.omega * values)


def multilayer_perceptron(
    inputs: int, width: int, hidden_layers: int, activation: str, omega: float, outputs: int = 1
) -> nn.Sequential:
    """Fully connected network.

    Parameters
    ----------
    inputs : int
        Number of input features.
    width : int
        Neurons of each hidden layer.
    hidden_layers : int
        Number of hidden layers, at least 1.
    activation : {'relu', 'sine'}
        `sine` also brings SIREN's initialisation.
    omega : float
        Frequency factor of `sine`.
    outputs : int
        Neurons of the last layer, which is linear.
    """
    sizes = [inputs] + [width] * hidden_layers
    layers: list[nn.Module] = []
    for index, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        linear = nn.Linear(fan_in, fan_out)
        if activation == "sine":
            initialise_siren(linear, omega, first=index == 0)
        layers += [linear, Sine(omega) if activation == "sine" else nn.ReLU()]
    last = nn.Linear(width, outputs)
    if activation == "sine":
        initialise_siren(last, omega, first=False)
    return nn.Sequential(*layers, last)


def initialise_siren(layer: nn.Linear, omega: float, first: bool) -> None:
    """Uniform weights that keep the activations' distribution over depth (Sitzmann et al., section 3.2)."""
    bound = 1 / layer.in_features if first else (6 / layer.in_features) ** 0.5 / omega
    nn.init.uniform_(layer.weight, -bound, bound)
