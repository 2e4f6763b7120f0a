"""Write small PNG files: one byte per pixel, from a palette whose greys are nearly exact."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

#: Colours of a palette.
PALETTE_SIZE = 256
#: Greys of a palette at most, where there are colours too: two levels of 255 apart, so that none is off by more than one.
GREYS = 128


def make_palette(colours: Pixels) -> tuple[Pixels, Pixels]:
    """Choose the colours of a palette.

    Parameters
    ----------
    colours : (n, 3) ndarray of uint8
        Distinct colours of a picture, red, green and blue.

    Returns
    -------
    palette : (m, 3) ndarray of uint8
        The colours themselves if there are at most 256. Otherwise the greys, at most 128 of them evenly spaced,
        and colours that Pillow chooses for all the others.
    entries : (n,) ndarray of uint8
        Index of the palette colour for each colour.
    """
    if len(colours) <= PALETTE_SIZE:
        return colours, np.arange(len(colours), dtype=np.uint8)
    is_grey = colours.min(axis=1) == colours.max(axis=1)
    greys = colours[is_grey]
    entries = np.empty(len(colours), np.uint8)
    entries[is_grey] = np.arange(len(greys))
    if len(greys) > GREYS:
        levels = np.rint(np.linspace(0, 255, GREYS))
        entries[is_grey] = np.rint(greys[:, 0] * ((GREYS - 1) / 255))
        greys = np.repeat(levels.astype(np.uint8)[:, None], 3, axis=1)
    # as a picture of one row, in which every colour counts alike, however few pixels have it
    others = Image.fromarray(colours[~is_grey][None])
    chosen = others.quantize(PALETTE_SIZE - len(greys), Image.Quantize.MAXCOVERAGE, kmeans=1)
    entries[~is_grey] = len(greys) + np.asarray(chosen)[0]
    return np.concatenate([greys, np.array(chosen.getpalette(), np.uint8).reshape(-1, 3)]), entries


def write_png(pixels: Pixels, file: str | Path | BinaryIO, dpi: float | None = None) -> None:
    """Write a picture, without dates or versions.

    Parameters
    ----------
    pixels : (height, width, 3) ndarray of uint8
        Red, green and blue.
    file : path or binary file
        Where to write.
    dpi : float, optional
        Resolution in dots per inch.
    """
    codes = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    different, places = np.unique(codes, return_inverse=True)
    colours = np.stack([different >> 16, different >> 8 & 255, different & 255], axis=1).astype(np.uint8)
    palette, entries = make_palette(colours)
    picture = Image.fromarray(entries[places].reshape(pixels.shape[:2]))
    picture.putpalette(palette.tobytes())
    resolution = {} if dpi is None else {"dpi": (dpi, dpi)}
    picture.save(file, format="png", optimize=True, **resolution)
