"""Draw quality against the bits of a trained model: rate and distortion."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from isospine.evaluation.measures import MEASURES, REGIONS, regions_of
from isospine.figures.ablation import draw_levels
from isospine.figures.ablation_data import Level
from isospine.figures.codecs import codec_handles, draw_codecs
from isospine.figures.style import COLOURS, GREY, MARKERS, mean_and_sd, plain_log_scale, spread_title, styled
from isospine.statistics.by_contrast import by_contrast, titled

#: Columns of rate and distortion, title, and style of each kind of size.
SIZES: dict[str, dict[str, Any]] = {
    "file": {
        "columns": ("bits_per_voxel_file", "psnr"),
        "title": "model file",
        "style": {"linestyle": "-"},
    },
    "network": {
        "columns": ("bits_per_voxel_network_bfloat16", "psnr_network_bfloat16"),
        "title": "network alone, bfloat16,\nno data consistency",
        "style": {"linestyle": "--", "markerfacecolor": "white"},
    },
}

#: Weights of few bits, where a run codes its networks; and the columns of the table of codes that they are taken from.
CODED: dict[str, Any] = {
    "columns": ("bits_per_voxel_coded", "psnr_coded"),
    "title": "network alone, {} bit and entropy coded,\nno data consistency",
    "style": {"linestyle": ":", "markerfacecolor": "lightgrey"},
}
SAME_IMAGE = ["image", "contrast", "method", "seed", "region"]

#: White edge that keeps labels readable on lines.
WHITE_EDGE = [withStroke(linewidth=2, foreground="white")]


@styled
def rate_distortion_figure(
    metrics: pd.DataFrame,
    series: Sequence[dict[str, Any]],
    baselines: Sequence[str],
    codes: pd.DataFrame | None = None,
) -> Figure:
    """PSNR of each region against bits per voxel, of model files and of networks alone.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run with at least one network.
    series : sequence of dict
        Ablations whose points are joined: `recipe`, `hyperparameter` and `methods` (name and value of each).
    baselines : sequence of str
        Methods to draw as horizontal lines, since they have no model size.
    codes : DataFrame, optional
        Networks and references as they were coded, in bytes that were written (`isospine.evaluation.compression`).
    """
    sizes = SIZES
    if codes is not None:
        metrics, sizes = with_codes(metrics, codes), SIZES | {"coded": coded_size(codes)}
    regions = regions_of(metrics)
    groups = _groups(metrics, series)
    parts = by_contrast(metrics)
    figure = Figure(figsize=(2 + 3.3 * len(regions), 3.4 * len(parts)), layout="constrained")
    grid = figure.subplots(len(parts), len(regions), squeeze=False)
    places = [(contrast, region) for contrast in parts for region in regions]
    for axes, (contrast, region) in zip(grid.flat, places, strict=True):
        own = parts[contrast][parts[contrast]["region"] == region]
        if own.empty:
            axes.set_axis_off()
            continue
        ends = [end for group in groups for end in _draw_group(axes, own, group, sizes)]
        if codes is not None:
            seen = codes[(codes["region"] == region) & codes["image"].isin(own["image"])]
            ends += draw_codecs(axes, seen if not contrast else seen[seen["contrast"] == contrast])
        levels = {name: Level(float(own.loc[own["method"] == name, "psnr"].mean())) for name in baselines}
        draw_levels(axes, levels, min(ends), max(ends), "psnr")
        axes.axvline(_reference_rate(own), color=GREY, linewidth=0.9, zorder=1)
        plain_log_scale(
            axes, own[[kind["columns"][0] for kind in sizes.values()]].to_numpy(float).ravel().tolist()
        )
        axes.margins(x=0.1)
        axes.set_title(titled(REGIONS[region].title, contrast))
        axes.set_xlabel("size (bits per voxel of the reference)")
    for axes in grid[:, 0]:
        axes.set_ylabel(MEASURES["psnr"].axis)
    handles = [Line2D([], [], label=group["title"], **group["style"]) for group in groups]
    for kind in sizes.values():
        style = {"color": "black", "marker": "o", "markersize": 5} | kind["style"]
        handles.append(Line2D([], [], label=kind["title"], **style))
    handles.append(Line2D([], [], color=GREY, linewidth=0.9, label="reference, gzipped"))
    if codes is not None:
        handles += codec_handles(codes)
    figure.legend(handles=handles, loc="outside right upper", title=spread_title(metrics), alignment="left")
    return figure


def _groups(metrics: pd.DataFrame, series: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Networks that share a colour: those of a series, joined by a line, and each other network separately."""
    groups: list[dict[str, Any]] = []
    covered: set[str] = set()
    for one in series:
        methods = {method["method"]: f"{method['value']}" for method in one["methods"]}
        title = f"{one['recipe']}, {one['hyperparameter']} = {', '.join(methods.values())}"
        groups.append({"title": title, "methods": methods})
        covered |= methods.keys()
    for name in dict.fromkeys(metrics.dropna(subset=["bits_per_voxel_file"])["method"]):
        if name not in covered:
            groups.append({"title": name, "methods": {name: ""}})
    for number, group in enumerate(groups):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        group["style"] = {"color": colour, "marker": marker, "markersize": 5, "linestyle": "none"}
    return groups


def with_codes(metrics: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """Add rate and quality of the coded networks to the rows of their methods."""
    rate, quality = CODED["columns"]
    names = {"coder": "method", "bits_per_voxel": rate, "psnr": quality}
    networks = codes[codes["kind"] == "network"].rename(columns=names)
    return metrics.merge(networks[[*SAME_IMAGE, rate, quality]], on=SAME_IMAGE, how="left")


def coded_size(codes: pd.DataFrame) -> dict[str, Any]:
    """Kind of size of the coded networks of a run, all of which have the same bits."""
    bits = codes["bits"].dropna()
    return CODED | {"title": CODED["title"].format(f"{bits.max():.0f}" if len(bits) else "few")}


def _draw_group(
    axes: Axes, metrics: pd.DataFrame, group: dict[str, Any], sizes: dict[str, dict[str, Any]]
) -> list[float]:
    """Draw the points of some networks in one region, each kind joined by a line; give the ends of the bars."""
    ends = []
    for kind in sizes.values():
        points = []
        for method, label in group["methods"].items():
            runs = metrics.loc[metrics["method"] == method, list(kind["columns"])].dropna()
            if not runs.empty:
                bits, psnr = (runs[column].to_numpy(float) for column in kind["columns"])
                points.append((float(bits.mean()), *mean_and_sd(psnr.tolist()), label))
        if not points:
            continue
        points.sort()
        x, y, spread, labels = zip(*points, strict=True)
        style = group["style"] | kind["style"]
        beside: dict[str, Any] = {
            "xytext": (0, 4),
            "textcoords": "offset points",
            "ha": "center",
            "zorder": 5,
        }
        bars = axes.errorbar(x, y, spread, elinewidth=0.8, zorder=4, **style)
        for bar in bars.lines[2]:
            bar.set_alpha(0.4)
        for end in {0, len(points) - 1}:
            axes.annotate(labels[end], (x[end], y[end]), fontsize=7, path_effects=WHITE_EDGE, **beside)
        ends += [mean + sign * sd for mean, sd in zip(y, spread, strict=True) for sign in (-1, 1)]
    return ends


def _reference_rate(metrics: pd.DataFrame) -> float:
    """Bits per voxel of the references' compressed files, mean over the images."""
    networks = metrics.dropna(subset=["bits_per_voxel_file"])
    rates = networks["compression_file"] * networks["bits_per_voxel_file"]
    return float(rates.groupby(networks["image"]).first().mean())
