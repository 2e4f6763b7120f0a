"""What one voxel costs a coordinate network, against the networks themselves and against sums by hand."""

import pytest
import torch
from torch import nn

from isospine.models.coordinate.model import coordinate_network
from isospine.models.encodings import encoding_frequencies
from isospine.models.inference_cost import (
    FORMATS,
    PROCESSES,
    TOGETHER,
    Process,
    encoding_multiply_adds,
    inference_cost,
    layer_sizes,
)
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import kind_of, settings_of

RECIPES = [name for name, own in known_recipes().items() if kind_of(own).of_coordinates]


@pytest.mark.parametrize("name", RECIPES)
def test_layers_and_parameters_are_those_of_the_network(name: str) -> None:
    settings = known_recipes()[name]
    frequencies = encoding_frequencies(settings["encoding"], settings["L"], settings["bandwidth"], 0)
    with torch.device("meta"):
        extent = (1.0, 1.0, 1.0) if settings["encoding"] == "grid" else None
        network = coordinate_network(settings_of(settings), frequencies, extent=extent)  # type: ignore[arg-type]
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    assert layer_sizes(settings) == [(layer.in_features, layer.out_features) for layer in layers]
    parameters = sum(weights.numel() for layer in layers for weights in layer.parameters())
    assert inference_cost(settings, "float32").parameters == parameters


@pytest.mark.parametrize(
    ("encoding", "expected"), [("gaussian", 4 * 9), ("basic", 12), ("none", 0), ("grid", 8 * 2 * 9)]
)
def test_features_cost_a_complex_product_each_or_the_corners_of_a_cell(encoding: str, expected: int) -> None:
    assert encoding_multiply_adds({"encoding": encoding, "L": 9}) == expected


def test_a_tiny_network_by_hand() -> None:
    settings = known_recipes()["siren2020"] | {"width": 2, "hidden_layers": 2}
    cost = inference_cost(settings, "float32")
    # 3 -> 2 -> 2 -> 1
    assert (cost.parameters, cost.multiply_adds) == (3 * 2 + 2 * 2 + 2 + 5, 3 * 2 + 2 * 2 + 2)
    assert cost.bytes_moved == 4 * (3 + (3 + 2) + (2 + 2) + (2 + 1) + 17 / TOGETHER)
    by_hand = 12 * (3.7 + 0.9) + cost.bytes_moved / 8 * 20
    assert cost.nanojoules["45nm"] == pytest.approx(by_hand / 1000)


def test_the_network_of_the_accelerator() -> None:
    """Fifteen layers; int8 takes about a thirteenth of the energy of float32, in both processes."""
    settings = known_recipes()["accelerator2023"]
    assert len(layer_sizes(settings)) == 15
    single, integers = (inference_cost(settings, name) for name in ("float32", "int8"))
    assert single.parameters == 986_881 and single.weight_bytes == 4 * integers.weight_bytes == 4 * 986_881
    for process in PROCESSES:
        assert 13 < single.nanojoules[process] / integers.nanojoules[process] < 15


def test_fewer_bits_take_less() -> None:
    costs = [inference_cost(known_recipes()["fourier"], name) for name in FORMATS]
    for process in PROCESSES:
        energies = [cost.nanojoules[process] for cost in costs]
        assert energies == sorted(energies, reverse=True)
    assert len({cost.multiply_adds for cost in costs}) == 1


@pytest.mark.parametrize("process", PROCESSES.values(), ids=lambda process: process.name)
def test_products_between_8_and_32_bits_lie_between(process: Process) -> None:
    """At 45 nm the power law is about the square of the bits, as a multiplier's area is."""
    assert process.multiply_add("int8") == pytest.approx(process.multiply_int8 + process.add_int32)
    between = [process.multiply_add(name) - process.add_int32 for name in ("int8", "int12", "int16")]
    assert process.multiply_int8 == pytest.approx(between[0])
    assert between[0] < between[1] < between[2] < process.multiply_int32
    assert between[2] == pytest.approx((process.multiply_int8 * process.multiply_int32) ** 0.5)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(KeyError, match="int4"):
        inference_cost(known_recipes()["fourier"], "int4")
