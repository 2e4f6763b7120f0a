"""Quantise arrays uniformly to a few bits, and code the numbers of the levels without loss.

Weights are stored this way where a network is a code of its image: Dupont et al., COIN: compression with implicit neural
representations, ICLR workshop on neural compression, 2021.
"""

import lzma
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Most bits of a level's number.
MOST_BITS = 16
#: Bits of the byte that is coded first, of a number with more.
BYTE = 8

Levels = NDArray[np.uint16]


@dataclass(frozen=True)
class Quantised:
    """An array as numbers of evenly spaced levels.

    Attributes
    ----------
    levels : (...) uint16 ndarray
        Number of the level of each value.
    low, step : float
        Value of level 0, and from one level to the next; as float32 stores them.
    """

    levels: Levels
    low: float
    step: float

    @property
    def values(self) -> NDArray[np.float32]:
        """Values of the levels, at most half a step from those that were quantised."""
        return (self.low + self.step * self.levels.astype(np.float64)).astype(np.float32)


def quantise(values: NDArray[Any], bits: int) -> Quantised:
    """Round to the nearest of 2^bits levels from the least to the largest value.

    Parameters
    ----------
    values : (...) ndarray
        Finite numbers.
    bits : int
        From 1 to 16.

    Raises
    ------
    ValueError
        If there are no such levels, or a value is not finite.
    """
    if not 1 <= bits <= MOST_BITS:
        raise ValueError(f"{bits} bits: expected 1 to {MOST_BITS}")
    exact = np.asarray(values, np.float64)
    if not np.isfinite(exact).all():
        raise ValueError("values to quantise must be finite")
    least, largest = (exact.min(), exact.max()) if exact.size else (0.0, 0.0)
    most = 2**bits - 1
    low = float(np.float32(least))
    step = float(np.float32((largest - low) / most))
    steps = (exact - low) / step if step > 0 else np.zeros(exact.shape)
    return Quantised(np.clip(np.rint(steps), 0, most).astype(np.uint16), low, max(step, 0.0))


def quantise_symmetric(
    values: NDArray[np.float64], bits: int, axis: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Round to integers times a step, as arithmetic in fixed point needs them: zero is exact, and no offset is added.

    Source: Jacob et al., Quantization and training of neural networks for efficient integer-arithmetic-only inference,
    CVPR 2018, arXiv:1712.05877, whose weights leave the lowest integer out as well.

    Parameters
    ----------
    values : (...) ndarray
        Finite numbers.
    bits : int
        Of each integer, with its sign; from 2 to 16.
    axis : int, optional
        Along which every index has a step of its own; else there is one step.

    Returns
    -------
    integers : (...) ndarray
        Whole numbers from ``-(2^(bits - 1) - 1)`` to ``2^(bits - 1) - 1``.
    step : ndarray, of as many axes
        Above zero; ``integers * step`` are the rounded values.

    Raises
    ------
    ValueError
        If there are no such integers.
    """
    if not 2 <= bits <= MOST_BITS:
        raise ValueError(f"{bits} bits: expected 2 to {MOST_BITS}")
    others = (
        tuple(range(values.ndim)) if axis is None else tuple(set(range(values.ndim)) - {axis % values.ndim})
    )
    most = 2 ** (bits - 1) - 1
    step = np.abs(values).max(axis=others, keepdims=True) / most
    step = np.where(step > 0, step, 1.0)
    return np.clip(np.rint(values / step), -most, most), step


def code_levels(levels: Levels, bits: int) -> bytes:
    """Code numbers of levels without loss, by an adaptive range coder (LZMA without a header).

    The upper 8 bits of a number are a byte, and what is left another, each with statistics of its own.

    Parameters
    ----------
    levels : (N,) uint16 ndarray
        Below 2^bits.
    bits : int
        From 1 to 16.
    """
    return lzma.compress(_as_bytes(levels, bits), lzma.FORMAT_RAW, filters=_filters(bits))


def decode_levels(data: bytes, count: int, bits: int) -> Levels:
    """Decode what `code_levels` coded, and not more numbers than were expected.

    Raises
    ------
    ValueError
        If the data is not the code of `count` numbers below 2^bits.
    """
    if not 1 <= bits <= MOST_BITS:
        raise ValueError(f"{bits} bits: expected 1 to {MOST_BITS}")
    expected = count * (1 + (bits > BYTE))
    coder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_filters(bits))
    try:
        # one byte more than there should be, so that memory is bounded whatever the data is
        raw = coder.decompress(data, max_length=expected + 1)
    except lzma.LZMAError as error:
        raise ValueError(f"damaged code ({error})") from error
    if len(raw) != expected:
        raise ValueError(f"the code is not of {count} numbers of {bits} bits")
    parts = np.frombuffer(raw, np.uint8).astype(np.uint16)
    below = max(bits - BYTE, 0)
    levels = (parts[::2] << below) | parts[1::2] if below else parts
    if (levels >= 2**bits).any() or (below and (parts[1::2] >= 2**below).any()):
        raise ValueError(f"the code holds numbers of more than {bits} bits")
    return levels.astype(np.uint16)


def _as_bytes(levels: Levels, bits: int) -> bytes:
    below = max(bits - BYTE, 0)
    upper = (levels >> below).astype(np.uint8)
    if not below:
        return upper.tobytes()
    return np.stack([upper, (levels & (2**below - 1)).astype(np.uint8)], axis=-1).tobytes()


def _filters(bits: int) -> list[dict[str, int]]:
    """LZMA as a coder of order 0: no byte is predicted from those before it, only from its place in a number."""
    places = int(bits > BYTE)
    return [{"id": lzma.FILTER_LZMA1, "lc": 0, "lp": places, "pb": places, "dict_size": 2**12}]
