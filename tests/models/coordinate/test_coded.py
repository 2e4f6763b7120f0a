"""Coded networks: small, exact in what they keep, and refused when they are not what they say."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.volumes import make_affine

from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.models.coordinate import coded
from isospine.models.coordinate.coded import MAGIC, code_network, decode_network, read_coded
from isospine.models.coordinate.model import CoordinateModel, coordinate_network
from isospine.models.coordinate.network_alone import network_alone
from isospine.models.encodings import encoding_frequencies
from isospine.models.quantised import quantise
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import settings_of


def make_model(recipe: str = "siren2020", **changes: object) -> CoordinateModel:
    torch.manual_seed(0)
    chosen = settings_of(known_recipes()[recipe] | {"width": 12, "hidden_layers": 2, "L": 9} | changes)
    frequencies = encoding_frequencies(chosen.encoding, chosen.L, 2.0, 0)
    grid = Grid((9, 8, 7), make_affine((2, 0, 1), (1, -1, 1), 0.8, (0.1, 0, 0.2)))
    network = coordinate_network(chosen, frequencies)
    return CoordinateModel(
        network, frequencies, grid.centre, grid.radius, -1.5, 900.7, grid, (), chosen, {"image": "sub-1"}
    )


def rounded(model: CoordinateModel, bits: int) -> CoordinateModel:
    """The model with its weights, and frequencies of 16 bits, as their levels have them."""
    alone = network_alone(model, torch.float32)
    with torch.no_grad():
        for weights in alone.network.parameters():
            weights.copy_(torch.from_numpy(quantise(weights.numpy(), bits).values))
    if model.frequencies is None:
        return alone
    return replace(alone, frequencies=quantise(model.frequencies, 16).values.astype(float))


@pytest.mark.parametrize("bits", [2, 8, 10, 12, 16])
@pytest.mark.parametrize("recipe", ["siren2020", "fourier", "nerf2020", "wire2023", "accelerator2023"])
def test_a_decoded_network_is_the_one_with_rounded_weights(recipe, bits):
    model = make_model(recipe)
    found = decode_network(code_network(model, bits))
    expected = rounded(model, bits)
    for name, weights in expected.network.state_dict().items():
        assert torch.equal(found.network.state_dict()[name], weights), name
    np.testing.assert_array_equal(found.evaluate(model.grid), expected.evaluate(model.grid))
    np.testing.assert_array_equal(found.grid.affine, model.grid.affine)
    assert (found.hyperparameters, found.residuals) == (model.hyperparameters, ())


def test_few_bits_of_few_weights_are_few_bytes():
    model = make_model(width=30, hidden_layers=3)
    sizes = [len(code_network(model, bits)) for bits in (4, 8, 10, 12, 16)]
    assert sizes == sorted(sizes)
    # 8 bytes an array, 13 to begin with, and what is particular of the description
    assert sizes[1] <= 1.03 * model.parameters + 8 * len(model.network.state_dict()) + 13 + 250


def test_the_code_is_the_same_each_time():
    assert code_network(make_model("fourier"), 8) == code_network(make_model("fourier"), 8)


def test_a_file_is_read(tmp_path: Path):
    model = make_model()
    path = tmp_path / "network.inr"
    path.write_bytes(code_network(model, 8))
    np.testing.assert_array_equal(
        read_coded(path).evaluate(model.grid), rounded(model, 8).evaluate(model.grid)
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", MAGIC[:-1] + b"\x02" + bytes(60)])
def test_other_files_are_named(tmp_path: Path, content: bytes):
    path = tmp_path / "other.inr"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"other\.inr.*expected a file that isospine coded"):
        read_coded(path)


def test_a_missing_or_huge_file_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.inr"):
        read_coded(tmp_path / "none.inr")
    path = tmp_path / "huge.inr"
    with path.open("wb") as file:
        file.truncate(coded.LARGEST_FILE + 1)
    with pytest.raises(InputError, match="larger than any"):
        read_coded(path)


def with_settings(**changes: object) -> bytes:
    """A coded network whose description says something else than its weights."""
    model = make_model()
    description = coded._description(model)
    description["hyperparameters"] |= {
        k: v for k, v in changes.items() if k in description["hyperparameters"]
    }
    description |= {k: v for k, v in changes.items() if k in description}
    text = coded._deflated(description)
    own = code_network(model, 8)
    bits, size, frequencies = coded.HEAD.unpack_from(own, len(MAGIC))
    rest = own[len(MAGIC) + coded.HEAD.size + size :]
    return MAGIC + coded.HEAD.pack(bits, len(text), frequencies) + text + rest


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 8192, "hidden_layers": 64},
        {"width": 10**30},
        {"width": 13},
        {"hidden_layers": 10**9},
        {"activation": "os.system"},
        {"frequencies": 10**9},
        {"frequencies": -1},
        {"frequencies": True},
        {"shape": [10**6, 10**6, 10**6]},
        {"shape": []},
        {"scale": 0.0},
        {"centre": [1e400, 0, 0]},
        {"affine": [[0.0] * 4] * 3},
        {"affine": None},
        {"hyperparameters": []},
    ],
)
def test_impossible_descriptions_are_refused_at_once(changes):
    with pytest.raises(InputError, match="coded network: damaged"):
        decode_network(with_settings(**changes))


def test_a_description_is_not_inflated_without_end():
    text = coded.zlib.compressobj(9, coded.zlib.DEFLATED, -15)
    bomb = text.compress(b"[" * 10**8) + text.flush()
    bomb = bomb[: 2**16 - 1]
    with pytest.raises(InputError, match="cut or too long"):
        decode_network(MAGIC + coded.HEAD.pack(8, len(bomb), 0) + bomb)


CODE = code_network(make_model("fourier"), 8)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damage_never_ends_otherwise(data):
    """Any cut or changed byte gives a network, or a refusal in one sentence."""
    content = bytearray(CODE[: data.draw(st.integers(0, len(CODE)))])
    for place in data.draw(st.lists(st.integers(0, len(CODE) - 1), max_size=3)):
        if place < len(content):
            content[place] = data.draw(st.integers(0, 255))
    try:
        decode_network(bytes(content))
    except InputError as error:
        assert "coded network: " in str(error) and "\n" not in str(error)


def test_infinite_levels_are_refused():
    own = bytearray(code_network(make_model(), 8))
    _, size, _ = coded.HEAD.unpack_from(own, len(MAGIC))
    struct.pack_into("<f", own, len(MAGIC) + coded.HEAD.size + size, float("inf"))
    with pytest.raises(InputError, match="NaN or infinite"):
        decode_network(bytes(own))
