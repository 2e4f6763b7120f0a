"""PNG files of one byte per pixel: nothing that is seen gets lost."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib import colormaps
from PIL import Image

from isospine.io.png import GREYS, PALETTE_SIZE, Pixels, make_palette, write_png


def read(path: Path) -> Pixels:
    return np.asarray(Image.open(path).convert("RGB"))


def ramp(colours: str, count: int = 256) -> Pixels:
    """Every colour of a colour map, (8, count, 3)."""
    row = colormaps[colours](np.arange(count) / (count - 1), bytes=True)[:, :3]
    return np.repeat(row[None], 8, axis=0)


def test_at_most_256_colours_are_kept_exactly(tmp_path: Path) -> None:
    for pixels in (ramp("gray"), ramp("inferno"), np.full([3, 4, 3], 7, np.uint8)):
        write_png(pixels, tmp_path / "a.png", 200)
        np.testing.assert_array_equal(read(tmp_path / "a.png"), pixels)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "P" and image.info["dpi"] == pytest.approx((200, 200), abs=0.1)


def test_greys_beside_errors_are_off_by_one_level_at_most(tmp_path: Path) -> None:
    pixels = np.concatenate([ramp("gray"), ramp("inferno"), ramp("viridis")])
    write_png(pixels, tmp_path / "a.png")
    found = read(tmp_path / "a.png")
    off = np.abs(found.astype(int) - pixels).max(axis=(1, 2))
    assert off[:8].max() == 1
    assert off[8:].max() <= 12
    grey = found[0, :, 0].astype(int)
    assert (np.diff(grey) >= 0).all() and np.diff(grey).max() <= 4  # no bands
    assert (grey[0], grey[-1]) == (0, 255)


def test_a_palette_is_no_larger_than_one_byte_tells() -> None:
    rng = np.random.default_rng(0)
    for count in (1, 255, 256, 257, 5000):
        colours = np.unique(rng.integers(0, 256, (count, 3), np.uint8), axis=0)
        palette, entries = make_palette(colours)
        assert 1 <= len(palette) <= PALETTE_SIZE and palette.dtype == np.uint8
        assert len(entries) == len(colours) and entries.max() < len(palette)
    few = np.concatenate([colours, np.full([1, 3], 200, np.uint8)])
    palette, entries = make_palette(np.unique(few, axis=0))
    assert [200, 200, 200] in palette[entries].tolist()  # greys are exact if they are few
    assert GREYS * 2 == PALETTE_SIZE


def test_equal_pixels_give_equal_bytes(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    for name in ("a.png", "b.png"):
        write_png(pixels, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
