import numpy as np
import pytest
import torch
from support.datasets import refuses
from torch import nn

from isospine.models.mlp import Gabor, Sine, multilayer_perceptron
from isospine.recipes.activations import ACTIVATIONS
from isospine.recipes.lookup import resolve


@pytest.mark.parametrize(
    ("inputs", "width", "hidden_layers", "expected"),
    [
        (3, 4, 1, (3 * 4 + 4) + (4 + 1)),
        (128, 64, 3, (128 * 64 + 64) + 2 * (64 * 64 + 64) + (64 + 1)),
        (1024, 1024, 5, (1024 * 1024 + 1024) * 5 + (1024 + 1)),  # karthik2023
    ],
)
def test_parameters_by_hand(inputs: int, width: int, hidden_layers: int, expected: int) -> None:
    network = multilayer_perceptron(inputs, width, hidden_layers, "relu", 30.0)
    assert sum(weights.numel() for weights in network.parameters()) == expected


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_one_intensity_per_point(activation: str) -> None:
    kind = resolve(ACTIVATIONS[activation].layer)
    network = multilayer_perceptron(6, 8, 3, activation, 30.0)
    assert network(torch.zeros(2, 5, 7, 6)).shape == (2, 5, 7, 1)
    assert [type(layer) for layer in network] == [nn.Linear, kind] * 3 + [nn.Linear]
    assert network[0].in_features == 6
    assert network[-1].out_features == 1


def test_sine_by_hand() -> None:
    values = torch.tensor([0.0, 0.1, -1.0])
    torch.testing.assert_close(Sine(30.0)(values), torch.tensor([0.0, np.sin(3.0), np.sin(-30.0)]).float())


def test_gabor_is_the_real_part_of_wires_wavelet() -> None:
    """Saragadam et al. 2023: exp(j omega x) exp(-|s x|^2)."""
    values = torch.linspace(-1, 1, 41, dtype=torch.float64)
    wavelet = torch.exp(8j * values) * torch.exp(-((3 * values).abs() ** 2))
    torch.testing.assert_close(Gabor(8.0, 3.0)(values), wavelet.real)


def test_an_unknown_activation_is_refused() -> None:
    with refuses("'step'", ", ".join(ACTIVATIONS)):
        multilayer_perceptron(6, 8, 3, "step", 30.0)


def test_features_come_again_where_they_are_asked_for() -> None:
    """Beside the output of the hidden layers 2 and 4 of 6; that of the last one goes to the output alone."""
    torch.manual_seed(0)
    network = multilayer_perceptron(5, 8, 6, "relu", 30.0, skip_every=2)
    widths = [layer.in_features for layer in network if isinstance(layer, nn.Linear)]
    assert widths == [5, 8, 8 + 5, 8, 8 + 5, 8, 8]
    features = torch.randn(3, 7, 5)
    values = features
    for number, layer in enumerate([one for one in network if isinstance(one, nn.Linear)]):
        joined = torch.cat([values, features], dim=-1) if number in (2, 4) else values
        values = layer(joined).relu() if number < 6 else layer(joined)
    torch.testing.assert_close(network(features), values)


@pytest.mark.parametrize(("skip_every", "more"), [(0, 0), (5, 60 * 256), (8, 0)])
def test_parameters_of_nerf(skip_every: int, more: int) -> None:
    """Mildenhall et al. 2020: eight layers of 256, the 60 features of a position again after the fifth."""
    network = multilayer_perceptron(60, 256, 8, "relu", 30.0, skip_every=skip_every)
    expected = (60 * 256 + 256) + 7 * (256 * 256 + 256) + 257 + more
    assert sum(weights.numel() for weights in network.parameters()) == expected


def test_siren_is_initialised_as_in_its_paper() -> None:
    """First layer within 1/n, the others within sqrt(6/n)/omega, both uniform."""
    torch.manual_seed(0)
    network = multilayer_perceptron(3, 256, 3, "sine", 30.0)
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    for index, layer in enumerate(layers):
        n = layer.in_features
        bound = 1 / n if index == 0 else np.sqrt(6 / n) / 30
        weights = layer.weight.detach()
        assert 0.95 * bound < weights.abs().max() <= bound
        assert weights.std() == pytest.approx(bound / np.sqrt(3), rel=0.1)  # of a uniform distribution
        assert layer.bias.detach().abs().max() <= 1 / np.sqrt(n)  # PyTorch's own, as in the authors' code


def test_sirens_activations_keep_their_distribution_over_depth() -> None:
    """About arcsine: standard deviation 1/sqrt(2), whatever the depth."""
    torch.manual_seed(0)
    network = multilayer_perceptron(3, 256, 6, "sine", 30.0)
    values = torch.rand(2000, 3) * 2 - 1
    with torch.no_grad():
        for layer in network[:-1]:
            values = layer(values)
            if isinstance(layer, Sine):
                assert values.mean().abs() < 0.1
                assert values.std() == pytest.approx(np.sqrt(0.5), abs=0.08)


def test_weights_follow_from_torchs_seed() -> None:
    def first_weights(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return multilayer_perceptron(6, 8, 2, "relu", 30.0)[0].weight.detach()

    assert torch.equal(first_weights(1), first_weights(1))
    assert not torch.equal(first_weights(1), first_weights(2))
