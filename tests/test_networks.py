import numpy as np
import pytest
import torch
from torch import nn

from isospine.networks import Sine, multilayer_perceptron


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


@pytest.mark.parametrize(("activation", "kind"), [("relu", nn.ReLU), ("sine", Sine)])
def test_one_intensity_per_point(activation: str, kind: type[nn.Module]) -> None:
    network = multilayer_perceptron(6, 8, 3, activation, 30.0)
    assert network(torch.zeros(2, 5, 7, 6)).shape == (2, 5, 7, 1)
    assert [type(layer) for layer in network] == [nn.Linear, kind] * 3 + [nn.Linear]
    assert network[0].in_features == 6
    assert network[-1].out_features == 1


def test_sine_by_hand() -> None:
    values = torch.tensor([0.0, 0.1, -1.0])
    torch.testing.assert_close(Sine(30.0)(values), torch.tensor([0.0, np.sin(3.0), np.sin(-30.0)]).float())


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
