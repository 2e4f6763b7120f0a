"""Draw what codecs make of the same bytes, beside networks."""

from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from isospine.evaluation.codecs import LOSSY
from isospine.figures.style import COLOURS, GREY, MARKERS, plain_log_scale, styled
from isospine.statistics.codes import Gain, gains, level_rate, verdict

#: Dashes and marker of each codec; the marker is all that is seen of a codec at one rate.
LINES = dict(zip(LOSSY, (((0, (6, 2)), "x"), ((0, (1, 1.5)), "+"), ((0, (6, 2, 1, 2)), "1")), strict=True))

#: Networks of the benchmark.
NETWORKS = {"siren": "one SIREN", "partition": "2 x 2 SIRENs that share layers"}
NOTE: dict[str, Any] = {"textcoords": "offset points", "fontsize": 7}


def codec_style(name: str) -> dict[str, Any]:
    """Style of the line of a codec."""
    dashes, marker = LINES[name]
    return {"color": GREY, "linewidth": 1.1, "linestyle": dashes, "marker": marker, "markersize": 5}


def codec_curves(codes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rate and quality of each lossy codec, mean over the images, in the order of their rates.

    Parameters
    ----------
    codes : DataFrame
        Rows of one region, with `image`, `kind`, `coder`, `bits_per_voxel` and `psnr`.
    """
    lossy = codes[codes["kind"] == "lossy"]
    curves = {}
    for name in LOSSY:
        own = lossy[lossy["coder"] == name].sort_values("bits_per_voxel")
        # counted from the largest code, since a codec may not reach the smallest ones
        place = own[::-1].groupby("image").cumcount().rename("place")
        means = own.groupby(place)[["bits_per_voxel", "psnr"]].mean()
        if not means.empty:
            curves[name] = means.sort_values("bits_per_voxel")
    return curves


def draw_codecs(axes: Axes, codes: pd.DataFrame) -> list[float]:
    """Draw the line of each codec, and give its finite levels."""
    levels: list[float] = []
    for name, curve in codec_curves(codes).items():
        finite = curve[np.isfinite(curve["psnr"])]
        axes.plot(finite["bits_per_voxel"], finite["psnr"], zorder=2, **codec_style(name))
        levels += finite["psnr"].tolist()
    return levels


def codec_handles(codes: pd.DataFrame, note: str = ",\nof the reference itself") -> list[Line2D]:
    """Entries of the legend, each with a note."""
    lossy = codes[codes["kind"] == "lossy"]
    return [
        Line2D([], [], label=LOSSY[name].title + note, **codec_style(name))
        for name in LOSSY
        if name in set(lossy["coder"])
    ]


@styled
def compression_figure(codes: pd.DataFrame, bits: int = 8) -> Figure:
    """PSNR against rate of networks that were fitted to volumes, and of codecs; and what a network gains over SPERR.

    Parameters
    ----------
    codes : DataFrame
        The table of benchmarks/compressed.py.
    bits : int
        Of the networks' weights.
    """
    figure = Figure(figsize=(8.6, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    draw_codecs(left, codes)
    networks = codes[(codes["kind"] == "network") & codes["rate"].notna()]
    handles = codec_handles(codes, "")
    for number, (coder, title) in enumerate(NETWORKS.items()):
        own = networks[(networks["coder"] == coder) & (networks["bits"] == bits)]
        means = own.groupby("rate")[["bits_per_voxel", "psnr"]].mean()
        style: dict[str, Any] = {"color": COLOURS[number], "marker": MARKERS[number], "markersize": 5}
        left.plot(means["bits_per_voxel"], means["psnr"], **style)
        handles.append(Line2D([], [], label=f"{title}, {bits} bits", **style))
    left.set(xlabel="bits per voxel, as written", ylabel="PSNR (dB)", title=_images(codes))
    left.margins(x=0.1)
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    found = gains(codes, "siren", "sperr", bits)
    _draw_gains(right, found)
    for axes in (left, right):
        plain_log_scale(axes, [one.rate for one in found])
    figure.suptitle(fill(f"{verdict(found, 'One SIREN', 'SPERR')}.", 110), fontsize=9)
    return figure


def _draw_gains(axes: Axes, found: list[Gain]) -> None:
    """Draw the gain of each image, their mean, and where it is zero."""
    rates = [one.rate for one in found]
    for name in found[0].values:
        values = [one.values[name] for one in found]
        axes.plot(rates, values, color=COLOURS[0], linewidth=0.7, alpha=0.5, marker=".")
        axes.annotate(
            name.removeprefix("sub-"), (rates[0], values[0]), (-4, 0), ha="right", va="center", **NOTE
        )
    axes.plot(rates, [one.mean for one in found], color=COLOURS[0], marker="o", markersize=5)
    axes.axhline(0, color=GREY, linewidth=0.9)
    level = level_rate(found)
    if level:
        axes.annotate(f"equal at {level:.2g}", (level, 0), (4, 4), **NOTE)
    axes.margins(x=0.25)
    axes.set(
        xlabel="bits per voxel, as written", ylabel="gain over SPERR (dB)", title="one SIREN minus SPERR"
    )


def _images(codes: pd.DataFrame) -> str:
    return f"mean of {codes['image'].nunique()} volumes"
