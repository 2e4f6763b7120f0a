"""Code volumes as people do: 3-D wavelets, JPEG 2000 and JPEG XL at a rate, and codecs without loss.

The codecs are those of the optional package `imagecodecs`.

Sources: Li et al., Lossy scientific data compression with SPERR, IPDPS 2023; Taubman and Marcellin, JPEG2000, 2002;
Alakuijala et al., JPEG XL next-generation image compression architecture, SPIE 2019.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospine.errors import InputError
from isospine.geometry.grid import Volume

#: Halvings of the range of a codec's level on the way to a rate.
HALVINGS = 14
#: Largest number of 16 bits.
MOST = 2**16 - 1
#: Coarsest distance of JPEG XL, which has no coarser one.
COARSEST_DISTANCE = 25.0

Words = NDArray[np.uint16]


@dataclass(frozen=True)
class Lossy:
    """A codec whose loss a level chooses.

    Attributes
    ----------
    title : str
        Name in figures.
    encode : callable
        Code of an (I, J, K) float32 volume from 0 to 1 at a level; the higher, the larger.
    decode : callable
        Volume of a shape from the code.
    levels : (float, float)
        Lowest and highest level.
    """

    title: str
    encode: Callable[[Volume, float], bytes]
    decode: Callable[[bytes, tuple[int, ...]], Volume]
    levels: tuple[float, float]


def imagecodecs() -> ModuleType:
    """Import the package of codecs.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        import imagecodecs as package
    except ImportError as error:
        raise InputError(
            f"compression: needs the package imagecodecs ({error}); install it with: pip install 'isospine[compression]'"
        ) from error
    return package


def _encode_sperr(volume: Volume, level: float) -> bytes:
    codecs = imagecodecs()
    coded: bytes = codecs.sperr_encode(np.ascontiguousarray(volume), level, mode="bpp", numthreads=1)
    return coded


def _decode_sperr(data: bytes, shape: tuple[int, ...]) -> Volume:
    return np.asarray(imagecodecs().sperr_decode(data, numthreads=1), np.float32).reshape(shape)


def _encode_jpeg2000(volume: Volume, level: float) -> bytes:
    coded: bytes = imagecodecs().jpeg2k_encode(_words(volume), level=level, codecformat="j2k", numthreads=1)
    return coded


def _decode_jpeg2000(data: bytes, shape: tuple[int, ...]) -> Volume:
    return _volume(imagecodecs().jpeg2k_decode(data, numthreads=1), shape)


def _encode_jpegxl(volume: Volume, level: float) -> bytes:
    distance = COARSEST_DISTANCE / 2**level
    coded: bytes = imagecodecs().jpegxl_encode(
        _words(volume), distance=distance, usecontainer=False, numthreads=1
    )
    return coded


def _decode_jpegxl(data: bytes, shape: tuple[int, ...]) -> Volume:
    return _volume(imagecodecs().jpegxl_decode(data, numthreads=1), shape)


#: By their names in tables. The levels are bits per voxel, decibels, and halvings of the coarsest distance.
LOSSY = {
    "sperr": Lossy("SPERR (3-D wavelets)", _encode_sperr, _decode_sperr, (0.001, 24.0)),
    "jpeg2000": Lossy("JPEG 2000", _encode_jpeg2000, _decode_jpeg2000, (5.0, 110.0)),
    "jpegxl": Lossy("JPEG XL", _encode_jpegxl, _decode_jpegxl, (0.0, 11.0)),
}


def at_rate(codec: Lossy, volume: Volume, budget: int) -> tuple[bytes, Volume] | None:
    """Code a volume in as many bytes as allowed, by halving the range of the codec's levels.

    Parameters
    ----------
    codec : Lossy
        One of `LOSSY`.
    volume : (I, J, K) ndarray
        Finite intensities that are not all equal.
    budget : int
        Most bytes of the code.

    Returns
    -------
    (bytes, volume) or None
        The code, and what it stands for on the volume's scale; None if even the coarsest code is larger.
    """
    low, span = float(volume.min()), float(np.ptp(volume))
    unit = ((volume - np.float32(low)) / np.float32(span)).astype(np.float32)
    lower, upper = codec.levels
    best = codec.encode(unit, lower)
    if len(best) > budget:
        return None
    for _ in range(HALVINGS):
        middle = (lower + upper) / 2
        coded = codec.encode(unit, middle)
        if len(coded) > budget:
            upper = middle
        else:
            lower = middle
            best = max(best, coded, key=len)
    decoded = codec.decode(best, volume.shape) * np.float32(span) + np.float32(low)
    return best, decoded.astype(np.float32)


def lossless_sizes(volume: Volume) -> dict[str, int]:
    """Bytes of a volume by each codec without loss: of its integers, or of 16 bits over its range.

    Parameters
    ----------
    volume : (I, J, K) ndarray
        Finite intensities.
    """
    codecs = imagecodecs()
    words = integers(volume)
    stacked = _stacked(words)
    ways: dict[str, Callable[[Any], bytes]] = {
        "gzip": partial(codecs.gzip_encode, level=9),
        "zstd": partial(codecs.zstd_encode, level=19),
        "blosc2": partial(codecs.blosc2_encode, level=9, compressor="zstd", shuffle="shuffle", typesize=2),
        "jpeg2000": partial(codecs.jpeg2k_encode, level=0, reversible=True, codecformat="j2k"),
        "jpegxl": partial(codecs.jpegxl_encode, lossless=True, usecontainer=False, numthreads=1),
    }
    return {name: len(encode(stacked)) for name, encode in ways.items()}


def integers(volume: Volume) -> Words:
    """Intensities as 16-bit integers: less their minimum if they are whole numbers that fit, else scaled to 16 bits."""
    whole = volume.astype(np.float64) - float(volume.min())
    most = float(whole.max())
    if most <= MOST and np.array_equal(whole, np.rint(whole)):
        return whole.astype(np.uint16)
    return np.rint(whole / most * MOST).astype(np.uint16)


def _words(volume: Volume) -> Words:
    """Volume from 0 to 1 as one tall image of 16 bits."""
    return _stacked(np.rint(np.clip(volume, 0, 1) * MOST).astype(np.uint16))


def _volume(image: NDArray[Any], shape: tuple[int, ...]) -> Volume:
    """Invert `_words`."""
    axis = int(np.argmin(shape))
    slices = np.asarray(image, np.float32).reshape(shape[axis], *np.delete(shape, axis))
    return np.moveaxis(slices, 0, axis) / np.float32(MOST)


def _stacked(words: Words) -> Words:
    """Slices across the shortest axis below each other: codecs of images code one header."""
    slices = np.moveaxis(words, int(np.argmin(words.shape)), 0)
    return np.ascontiguousarray(slices.reshape(-1, slices.shape[-1]))
