"""Fixed point: integers only, ranges of the training coordinates only, and what it costs in dB."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from support.quick_training import Case, quick_settings
from support.view_sets import train_views
from torch import nn

from isospine.evaluation.metrics import psnr
from isospine.models.coordinate.fixed_point import (
    FixedPointLinear,
    fixed_point,
    fixed_point_images,
    in_single_precision,
    input_ranges,
)
from isospine.models.coordinate.model import CoordinateModel


def test_a_layer_computes_with_integers() -> None:
    """By hand: weights of 3 bits have the levels -3 ... 3, inputs of 2 bits the levels 0 ... 3."""
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[3.0, -1.2], [0.3, 0.1]]))
        layer.bias.copy_(torch.tensor([0.9, -0.06]))
    low = FixedPointLinear(layer, 0.0, 3.0, bits=3, input_bits=2)
    assert low.weights.tolist() == [[3, -1], [3, 1]] and low.zero == 0
    # inputs 1.4 and 7 become 1 and, clipped, 3; steps of the neurons are 1 and 0.1
    assert low(torch.tensor([1.4, 7.0])).tolist() == pytest.approx([3 - 3 + 1, 0.1 * (3 + 3 - 1)])
    signed = FixedPointLinear(layer, -1.0, 2.0, bits=3, input_bits=2)
    assert signed.zero == 1
    np.testing.assert_allclose(signed(torch.zeros(2)), [1.0, -0.1], atol=1e-6)  # the bias, in steps


def test_an_input_that_is_always_zero_adds_nothing() -> None:
    layer = nn.Linear(3, 1)
    low = FixedPointLinear(layer, 0.0, 0.0, bits=8, input_bits=8)
    assert low(torch.zeros(3)).item() == pytest.approx(layer.bias.item(), abs=0.02)


def test_sums_of_sixteen_bits_are_exact() -> None:
    """Products of 16 bits do not fit float32; their sums here are those of Python's integers."""
    layer = nn.Linear(512, 1)
    low = FixedPointLinear(layer, -1.0, 1.0, 16, 16)
    inputs = torch.rand(512) * 2 - 1
    integers = [round(value / low.step) for value in inputs.double().tolist()]
    exact = sum(int(w) * x for w, x in zip(low.weights[0].tolist(), integers, strict=True)) + int(low.bias[0])
    assert low(inputs).item() == pytest.approx(exact * low.unit[0].item(), rel=1e-6)


@pytest.mark.parametrize("changes", [{}, {"encoding": "none", "activation": "sine"}, {"skip_every": 1}])
def test_more_bits_are_nearer_to_float(case: Case, changes: dict[str, object]) -> None:
    model = train_views(case.views, quick_settings(epochs=5, **changes), 0, {"image": "sub-1_T2w"})[0]
    images = fixed_point_images(model, case.views, [6, 8, 12, 16])
    assert list(images) == ["float32", "int6", "int8", "int12", "int16"]
    exact = images.pop("float32")
    np.testing.assert_array_equal(exact, in_single_precision(model).evaluate(model.grid))
    errors = [float(np.abs(image - exact).mean()) for image in images.values()]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-3 * np.ptp(exact) < errors[0]


def test_it_costs_little(case: Case, model: CoordinateModel) -> None:
    images = fixed_point_images(model, case.views, [8, 12])
    span = float(np.ptp(case.reference))
    quality = {name: psnr(case.reference, image, span) for name, image in images.items()}
    assert abs(quality["int12"] - quality["float32"]) < 0.02
    assert abs(quality["int8"] - quality["float32"]) < 1


def test_every_linear_layer_is_replaced_and_the_model_left_as_it_is(
    case: Case, model: CoordinateModel
) -> None:
    before = {name: weights.clone() for name, weights in model.network.state_dict().items()}
    low = fixed_point(model, input_ranges(model, case.views), 8)
    assert not [layer for layer in low.network.modules() if isinstance(layer, nn.Linear)]
    assert sum(isinstance(layer, FixedPointLinear) for layer in low.network.modules()) == 4
    assert all(torch.equal(before[name], weights) for name, weights in model.network.state_dict().items())
    assert not any(layer._forward_pre_hooks for layer in model.network.modules())
    assert low.device == model.device and not low.residuals


def test_ranges_are_those_of_the_positions_of_the_views_alone(case: Case, model: CoordinateModel) -> None:
    """Not of their intensities, and not of the grid that is reconstructed."""
    ranges = input_ranges(model, case.views)
    other = [replace(view, data=view.data * 0 + 7) for view in case.views]
    assert input_ranges(model, other) == ranges
    assert set(ranges) == {"0", "2", "4", "6"}
    assert ranges["0"] == pytest.approx((-1, 1), abs=0.1)  # cosines and sines
    assert all(ranges[name][0] == 0 < ranges[name][1] for name in ("2", "4", "6"))  # behind ReLUs
    one = input_ranges(model, case.views[:1])
    assert all(one[name][1] <= ranges[name][1] for name in ranges) and one != ranges


def test_positions_keep_sixteen_bits(case: Case) -> None:
    """Else the voxels of a large field of view would fall onto the same 256 positions."""
    settings = quick_settings(epochs=1, encoding="none", activation="sine")
    model = train_views(case.views, settings, 0, {"image": "sub-1_T2w"})[0]
    network = fixed_point(model, input_ranges(model, case.views), 8).network
    layers = [layer for layer in network if isinstance(layer, FixedPointLinear)]
    assert [layer.levels for layer in layers] == [2**16 - 1, 255, 255, 255]
