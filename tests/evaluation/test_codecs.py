"""Codecs at a rate and without loss."""

import sys
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from support.volumes import smooth_image

from isospine.errors import InputError
from isospine.evaluation.codecs import LOSSY, at_rate, integers, lossless_sizes
from isospine.evaluation.compression import codec_rows, network_sizes, scored
from isospine.evaluation.metrics import psnr

installed = pytest.mark.skipif(find_spec("imagecodecs") is None, reason="imagecodecs is not installed")

VOLUME = np.rint(smooth_image((20, 31, 26)) - 100).astype(np.float32)


@installed
@pytest.mark.parametrize("name", LOSSY)
@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1)])
def test_a_code_keeps_within_its_bytes_and_gains_with_them(name, axes):
    volume = np.ascontiguousarray(VOLUME.transpose(axes))
    quality = []
    for budget in (1500, 3000, 6000):
        data, image = at_rate(LOSSY[name], volume, budget)
        assert 0.9 * budget < len(data) <= budget
        assert (image.shape, image.dtype) == (volume.shape, np.float32)
        quality.append(psnr(volume.ravel(), image.ravel(), float(np.ptp(volume))))
    assert quality == sorted(quality) and quality[0] > 25


@installed
def test_a_rate_that_a_codec_does_not_reach_is_none():
    assert at_rate(LOSSY["jpegxl"], VOLUME, 20) is None


@installed
def test_more_bytes_than_needed_do_no_harm():
    data, image = at_rate(LOSSY["sperr"], VOLUME, 10**6)
    assert len(data) < 10**6
    np.testing.assert_allclose(image, VOLUME, atol=0.01)


@installed
def test_smooth_volumes_are_smaller_than_noise():
    noise = np.random.default_rng(0).integers(0, 2**16, VOLUME.shape).astype(np.float32)
    smooth, random = lossless_sizes(VOLUME), lossless_sizes(noise)
    assert smooth.keys() == {"gzip", "zstd", "blosc2", "jpeg2000", "jpegxl"}
    for name in smooth:
        assert smooth[name] < 1.5 * VOLUME.size < 1.99 * VOLUME.size < random[name] < 2.4 * VOLUME.size


def test_whole_numbers_are_coded_as_they_are_and_others_in_16_bits():
    np.testing.assert_array_equal(integers(VOLUME), VOLUME - VOLUME.min())
    scaled = integers(VOLUME + np.float32(0.25) * (VOLUME > 0))
    assert (scaled.min(), scaled.max(), scaled.dtype) == (0, 2**16 - 1, np.uint16)


@installed
def test_rows_say_what_was_written():
    regions = {"whole": np.ones(VOLUME.shape, bool), "mask": VOLUME > 300}
    rows = list(codec_rows(VOLUME, regions, [20, 3000]))
    assert [row["region"] for row in rows if row["coder"] == "jpegxl"] == ["whole", "mask", "whole"]
    for row in rows:
        assert row["bits_per_voxel"] == pytest.approx(8 * row["bytes"] / VOLUME.size)
        assert (row["psnr"] is None) == (row["kind"] == "lossless") and row["bits"] is None


@installed
def test_one_code_for_two_sizes_is_one_row():
    rows = list(codec_rows(VOLUME, {"whole": np.ones(VOLUME.shape, bool)}, [3000, 3001, 6000]))
    codes = [(row["coder"], row["bytes"], row["psnr"]) for row in rows if row["kind"] == "lossy"]
    assert len(codes) == len(set(codes)) and len(codes) >= 6


def test_scores_are_of_each_region():
    regions = {"whole": np.ones(VOLUME.shape, bool), "mask": VOLUME > 300}
    image = VOLUME + np.float32(3) * regions["mask"]
    rows = list(scored("network", "fourier", 100, image, VOLUME, regions, 8))
    assert [(row["region"], row["coder"], row["bits"], row["bytes"]) for row in rows] == [
        ("whole", "fourier", 8, 100),
        ("mask", "fourier", 8, 100),
    ]
    assert rows[1]["psnr"] == pytest.approx(20 * np.log10(np.ptp(VOLUME) / 3), abs=1e-3)
    assert rows[0]["psnr"] > rows[1]["psnr"]


def test_codecs_stand_once_beside_networks_of_a_size():
    tables = [pd.DataFrame({"bytes": sizes}) for sizes in ([90_331, 90_331], [90_412], [1765])]
    assert network_sizes(tables) == [1800, 90_000]


def test_without_the_package_the_remedy_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "imagecodecs", None)  # as if it were not installed
    with pytest.raises(InputError, match=r"pip install 'isospine\[compression\]'"):
        lossless_sizes(VOLUME)
