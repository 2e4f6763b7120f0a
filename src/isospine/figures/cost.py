"""Figures of cost: training loss over time, and quality against seconds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from isospine.evaluation.measures import REGIONS, compared_measures, regions_of
from isospine.figures.style import (
    COLOURS,
    DASHES,
    GREY,
    MARKERS,
    mean_and_sd,
    plain_log_scale,
    spread_title,
    styled,
)
from isospine.numbers import significant
from isospine.recipes.baselines import baseline_title
from isospine.statistics.by_contrast import by_contrast, titled


@styled
def training_figure(runs: Sequence[tuple[str, pd.DataFrame]], groups: Sequence[dict[str, Any]]) -> Figure:
    """Training loss against epoch and against seconds: every run, and the median of each method.

    Parameters
    ----------
    runs : sequence of (method, curve)
        One per image, method and seed; a curve has columns `epoch`, `loss` and `seconds`.
    groups : sequence of dict
        `title` and `methods` (name to title) of the curves that share axes.
    """
    figure = Figure(figsize=(8.6, 0.3 + 2.7 * len(groups)), layout="constrained")
    grid = figure.subplots(len(groups), 2, squeeze=False, sharey="row")
    for row, group in zip(grid, groups, strict=True):
        handles = []
        shades = colormaps["viridis"](np.linspace(0, 0.88, len(group["methods"])))
        for number, (method, title) in enumerate(group["methods"].items()):
            style: dict[str, Any] = {"color": shades[number], "linestyle": ["-", *DASHES][number % 6]}
            marker: dict[str, Any] = {"marker": MARKERS[number % len(MARKERS)], "markersize": 4}
            curves = [curve[["epoch", "seconds", "loss"]] for name, curve in runs if name == method]
            for axes, column in zip(row, ("epoch", "seconds"), strict=True):
                for curve in curves if len(curves) > 1 else []:
                    axes.plot(curve[column], curve["loss"], linewidth=0.7, alpha=0.3, **style)
                if curves:
                    middle = pd.concat(curves).groupby(level=0).median()
                    every = max(len(middle) // 8, 1)
                    axes.plot(middle[column], middle["loss"], markevery=every, zorder=3, **marker, **style)
            handles.append(Line2D([], [], label=title, **marker, **style))
        row[0].set_ylabel("training loss\n(mean square, scaled)")
        row[0].set_xlabel("epoch")
        row[1].set_xlabel("training time (s)")
        row[0].xaxis.set_major_locator(MaxNLocator(integer=True))
        for axes in row:
            axes.set_yscale("log")
            axes.set_xlim(left=0)
        row[1].legend(
            handles=handles,
            title=group["title"],
            loc="upper left",
            bbox_to_anchor=(1.01, 1),
            alignment="left",
        )
    return figure


@styled
def cost_figure(metrics: pd.DataFrame, baselines: Sequence[str]) -> Figure:
    """PSNR and SSIM of each region against the seconds that each method took.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run.
    baselines : sequence of str
        Methods to draw as hollow grey markers.
    """
    regions = regions_of(metrics)
    names = list(dict.fromkeys(metrics["method"]))
    styles = _method_styles(names, baselines)
    rows = [
        (contrast, part, metric)
        for contrast, part in by_contrast(metrics).items()
        for metric in compared_measures()
    ]
    figure = Figure(figsize=(2 + 2.9 * len(regions), 2.7 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), len(regions), squeeze=False, sharex=True)
    for row, (contrast, part, metric) in enumerate(rows):
        for column, region in enumerate(regions):
            axes = grid[row][column]
            if region not in set(part["region"]):
                axes.set_axis_off()
                continue
            for name in names:
                own = part[(part["region"] == region) & (part["method"] == name)]
                seconds, quality = own["train_seconds"].to_numpy(float), own[metric.name].to_numpy(float)
                style = styles[name]
                axes.plot(seconds, quality, alpha=0.35, **(style | {"markersize": 2.5, "linestyle": "none"}))
                mean, spread = mean_and_sd(quality.tolist())
                axes.errorbar(
                    float(seconds.mean()), mean, spread, capsize=2, elinewidth=0.8, zorder=4, **style
                )
            plain_log_scale(axes, metrics["train_seconds"].tolist())
            if metric == compared_measures()[0]:
                axes.set_title(titled(REGIONS[region].title, contrast))
            if row == len(rows) - 1:
                axes.set_xlabel("computing time per image (s)")
            if column == 0:
                axes.set_ylabel(metric.axis)
    handles = [
        Line2D(
            [],
            [],
            label=_title(name, baselines) + energy(metrics[metrics["method"] == name]),
            **(styles[name] | {"linestyle": "none"}),
        )
        for name in names
    ]
    figure.legend(handles=handles, loc="outside right upper", title=spread_title(metrics), alignment="left")
    return figure


def energy(runs: pd.DataFrame) -> str:
    """Mean energy of the runs with a measurement, to append to a method's title; "" without any."""
    if "train_joules" not in runs or not (known := runs["train_joules"].dropna().astype(float)).size:
        return ""
    joules = float(known.mean())
    return f" ({significant(joules / 1000)} kJ)" if joules >= 1000 else f" ({significant(joules)} J)"


def _title(name: str, baselines: Sequence[str]) -> str:
    return baseline_title(name) if name in baselines else name


def _method_styles(names: Sequence[str], baselines: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Marker and colour of each method: baselines hollow and grey, networks filled and coloured."""
    styles: dict[str, dict[str, Any]] = {}
    networks = [name for name in names if name not in baselines]
    for number, name in enumerate(networks):
        colour = COLOURS[number % len(COLOURS)]
        styles[name] = {"color": colour, "marker": MARKERS[number % len(MARKERS)], "markersize": 6}
    for number, name in enumerate(name for name in names if name in baselines):
        marker = MARKERS[number % len(MARKERS)]
        styles[name] = {"color": GREY, "marker": marker, "markersize": 6, "markerfacecolor": "white"}
    return styles
