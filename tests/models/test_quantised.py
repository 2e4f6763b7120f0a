"""Levels of quantised arrays, and their code."""

import lzma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from isospine.models.quantised import Quantised, code_levels, decode_levels, quantise, quantise_symmetric

BITS = st.integers(1, 16)


@given(arrays(np.float32, array_shapes(max_dims=2), elements=st.floats(-1e6, 1e6, width=32)), BITS)
def test_values_move_by_half_a_step_at_most(values, bits):
    found = quantise(values, bits)
    assert found.levels.dtype == np.uint16 and found.levels.max() < 2**bits
    rounding = 1e-6 * max(1.0, float(np.abs(values).max()))
    assert np.abs(found.values.astype(float) - values).max() <= found.step / 2 + 3 * rounding


def test_extremes_stay_and_a_constant_array_too():
    values = np.array([-3.0, 0.1, 5.0], np.float32)
    np.testing.assert_allclose(quantise(values, 8).values[[0, 2]], [-3, 5], rtol=1e-6)
    np.testing.assert_array_equal(quantise(np.full((2, 3), 0.7, np.float32), 8).values, np.float32(0.7))
    assert quantise(np.empty(0), 8).values.shape == (0,)


def test_levels_lie_evenly():
    expected = np.float32([1.0, 1.5, 2.0])
    np.testing.assert_array_equal(Quantised(np.array([0, 1, 2], np.uint16), 1.0, 0.5).values, expected)


@pytest.mark.parametrize("bits", [0, 17])
def test_other_numbers_of_bits_are_refused(bits):
    with pytest.raises(ValueError, match="1 to 16"):
        quantise(np.ones(3), bits)
    with pytest.raises(ValueError, match="1 to 16"):
        decode_levels(b"", 3, bits)


def test_values_must_be_finite():
    with pytest.raises(ValueError, match="finite"):
        quantise(np.array([1.0, np.nan]), 8)


@given(st.data(), BITS)
def test_the_code_is_lossless(data, bits):
    levels = data.draw(arrays(np.uint16, st.integers(0, 300), elements=st.integers(0, 2**bits - 1)))
    found = decode_levels(code_levels(levels, bits), len(levels), bits)
    np.testing.assert_array_equal(found, levels)


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_the_code_is_near_the_entropy(bits):
    """Of 20 000 Gaussian weights: within 4 %, which zstd and a table of its own cannot do for 10 bits."""
    levels = quantise(np.random.default_rng(0).normal(size=20_000), bits).levels
    _, counts = np.unique(levels, return_counts=True)
    entropy = -(counts * np.log2(counts / counts.sum())).sum() / 8
    assert entropy <= len(code_levels(levels, bits)) <= 1.04 * entropy


def test_a_code_of_another_count_or_damaged_is_refused():
    levels = quantise(np.random.default_rng(0).normal(size=500), 10).levels
    code = code_levels(levels, 10)
    for count in (0, 499, 501, 10**12):
        with pytest.raises(ValueError, match=r"numbers of 10 bits|damaged"):
            decode_levels(code, count, 10)
    with pytest.raises(ValueError, match=r"numbers of 10 bits|damaged"):
        decode_levels(code[: len(code) // 2], 500, 10)


def test_a_bomb_is_not_unpacked():
    """A few bytes that stand for a gigabyte take no more memory than what was expected."""
    filters = [{"id": lzma.FILTER_LZMA1, "lc": 0, "lp": 0, "pb": 0, "dict_size": 2**12}]
    bomb = lzma.compress(bytes(10**8), lzma.FORMAT_RAW, filters=filters)
    with pytest.raises(ValueError, match="not of 10 numbers"):
        decode_levels(bomb, 10, 8)


def test_numbers_beyond_the_bits_are_refused():
    code = code_levels(np.full(10, 255, np.uint16), 8)
    with pytest.raises(ValueError, match="more than 7 bits"):
        decode_levels(code, 10, 7)


@given(
    values=arrays(np.float64, (3, 5), elements=st.floats(-1e3, 1e3, width=32)),
    bits=st.integers(2, 16),
    axis=st.sampled_from([None, 0, 1, -1]),
)
def test_integers_are_half_a_step_off_at_most(values: np.ndarray, bits: int, axis: int | None) -> None:
    integers, step = quantise_symmetric(values, bits, axis)
    assert np.array_equal(integers, np.rint(integers)) and np.abs(integers).max() <= 2 ** (bits - 1) - 1
    assert (step > 0).all() and (np.abs(integers * step - values) <= step / 2 * (1 + 1e-9)).all()
    again, _ = quantise_symmetric(integers * step, bits, axis)
    assert np.array_equal(again, integers)


def test_each_row_has_its_own_step_and_zero_is_exact() -> None:
    integers, step = quantise_symmetric(np.array([[7.0, -7.0], [0.07, 0.0], [0.0, 0.0]]), 4, axis=0)
    assert step.ravel().tolist() == pytest.approx([1, 0.01, 1])
    assert integers.tolist() == [[7, -7], [7, 0], [0, 0]]
    integers, step = quantise_symmetric(np.array([-3.0, -1.4, 0.0, 0.6, 3.0]), 3)
    assert integers.tolist() == [-3, -1, 0, 1, 3] and step.item() == 1


@pytest.mark.parametrize("bits", [1, 0, 17])
def test_integers_of_too_few_or_too_many_bits_are_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="expected 2 to 16"):
        quantise_symmetric(np.ones(2), bits)
