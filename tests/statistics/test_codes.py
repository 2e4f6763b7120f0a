"""A network as a code against a codec at equal rates."""

import pandas as pd
import pytest

from isospine.figures.codecs import compression_figure
from isospine.statistics.codes import Gain, gains, level_rate, verdict


def make_table(offsets: dict[float, float]) -> pd.DataFrame:
    """Two volumes; the codec gains 6 dB with each doubling, and the network differs by an offset at each rate."""
    rows = []
    for image, level in (("sub-a", 24.0), ("sub-b", 26.0)):
        for number, (rate, offset) in enumerate(offsets.items()):
            bits = {"image": image, "rate": rate}
            own = {"kind": "network", "bits": 8, "bits_per_voxel": rate, "psnr": level + 6 * number + offset}
            rows.append(bits | own | {"coder": "siren"})
            rows.append(bits | own | {"coder": "partition", "psnr": own["psnr"] - 1})
            for name in ("sperr", "jpeg2000"):
                codec = {"kind": "lossy", "coder": name, "bits": None, "bits_per_voxel": rate}
                rows.append(bits | codec | {"psnr": level + 6 * number})
    return pd.DataFrame(rows)


def test_gains_are_those_at_the_same_rate():
    found = gains(make_table({0.1: 2.0, 0.2: 0.0, 0.4: -3.0}), "siren", "sperr", 8)
    assert [one.rate for one in found] == pytest.approx([0.1, 0.2, 0.4])
    assert [one.mean for one in found] == pytest.approx([2, 0, -3])
    assert found[0].values == pytest.approx({"sub-a": 2, "sub-b": 2})


def test_the_codec_is_interpolated_between_its_rates():
    table = make_table({0.1: 0.0, 0.4: 0.0})
    siren = (table["coder"] == "siren") & (table["rate"] == 0.1)
    table.loc[siren, "bits_per_voxel"] = 0.2
    assert gains(table, "siren", "sperr", 8)[0].mean == pytest.approx(-3)


def test_the_level_rate_lies_between_better_and_worse():
    two = [Gain(0.1, {"a": 1.0}), Gain(0.4, {"a": -1.0})]
    assert level_rate(two) == pytest.approx(0.2)
    assert level_rate([Gain(0.1, {"a": -1.0}), Gain(0.4, {"a": -2.0})]) is None
    assert level_rate(two[:1]) is None


def test_the_verdict_follows_the_numbers():
    found = gains(make_table({0.12: 2.0, 0.4: -0.2, 0.9: -2.6}), "siren", "sperr", 8)
    assert verdict(found, "A", "B") == (
        "A against B, at bits per voxel: ahead at 0.12 (+2.0 dB), level at 0.40 (-0.2 dB), behind at 0.90 (-2.6 dB); "
        "the two are equal at about 0.36"
    )
    other = gains(make_table({0.12: -2.0, 0.4: 1.0}), "siren", "sperr", 8)
    assert verdict(other, "A", "B").endswith("behind at 0.12 (-2.0 dB), ahead at 0.40 (+1.0 dB)")


def test_the_figure_says_what_was_measured():
    figure = compression_figure(make_table({0.12: 2.0, 0.4: -0.2, 0.9: -2.6}))
    title = " ".join(figure.get_suptitle().split())
    assert "ahead at 0.12 (+2.0 dB)" in title and "behind at 0.90 (-2.6 dB)" in title
    labels = [text.get_text() for text in figure.legends[0].texts]
    assert labels == [
        "SPERR (3-D wavelets)",
        "JPEG 2000",
        "one SIREN, 8 bits",
        "2 x 2 SIRENs that share layers, 8 bits",
    ]
    left, right = figure.axes
    assert left.get_title() == "mean of 2 volumes"
    mean = right.lines[2]
    assert list(mean.get_ydata()) == pytest.approx([2, -0.2, -2.6])
