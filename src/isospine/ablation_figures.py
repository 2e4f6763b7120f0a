"""Quality against one hyperparameter, over all images of a run."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from isospine.plotting import (
    COLOURS,
    DASHES,
    GREY,
    METRIC_TITLES,
    METRICS,
    REGION_TITLES,
    baseline_title,
    hyperparameter_title,
    log_axis,
    mean_and_sd,
    regions_of,
    spread_positions,
    styled,
)

#: A baseline further from the networks than this many times their own range is named at the edge.
REACH = 1.5
SMALLEST_RANGE = {"psnr": 0.5, "ssim": 0.005}


def value_positions(values: Sequence[Any]) -> tuple[list[float], bool]:
    """Where the values of an ablation lie on its axis, and whether they are numbers on a logarithmic one."""
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    if numeric and min(values) > 0:
        return [float(value) for value in values], True
    return [float(index) for index in range(len(values))], False


@styled
def ablation_figure(metrics: pd.DataFrame, series: dict[str, Any], baselines: Sequence[str]) -> Figure:
    """PSNR and SSIM of each region against one hyperparameter, with the baselines as lines.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run.
    series : dict
        `recipe`, `hyperparameter` and `methods` (name and value of each).
    baselines : sequence of str
        Methods to draw as horizontal lines.
    """
    regions = regions_of(metrics)
    figure = Figure(figsize=(0.5 + 3.5 * len(regions), 5.6), layout="constrained")
    grid = figure.subplots(len(METRICS), len(regions), squeeze=False)
    for row, metric in enumerate(METRICS):
        for column, region in enumerate(regions):
            axes = grid[row][column]
            _draw_ablation(axes, metrics[metrics["region"] == region], series, metric, baselines)
            if row == 0:
                axes.set_title(REGION_TITLES[region])
            if row == len(METRICS) - 1:
                axes.set_xlabel(hyperparameter_title(series["hyperparameter"]))
            if column == 0:
                axes.set_ylabel(METRIC_TITLES[metric])
    own = metrics[metrics["method"].isin([method["method"] for method in series["methods"]])]
    single = len(own[["image", "seed"]].drop_duplicates()) == 1
    line = f"{series['recipe']}: {'one image and seed' if single else 'mean ± sd over images and seeds'}"
    handles = [Line2D([], [], color=COLOURS[0], marker="o", label=line)]
    if not single:
        handles.append(Line2D([], [], color=COLOURS[0], alpha=0.3, linewidth=0.8, label="one image and seed"))
    if baselines:
        handles.append(Line2D([], [], color=GREY, linestyle="--", label="baselines: mean over images"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _draw_ablation(
    axes: Axes, metrics: pd.DataFrame, series: dict[str, Any], metric: str, baselines: Sequence[str]
) -> None:
    """Draw one region and metric of an ablation."""
    methods = sorted(series["methods"], key=lambda m: value_positions([m["value"]])[0])
    values = [method["value"] for method in methods]
    positions, logarithmic = value_positions(values)
    runs = metrics.set_index(["image", "seed"])
    columns = [runs.loc[runs["method"] == method["method"], metric] for method in methods]
    table = pd.concat(columns, axis=1)
    for _, run in table.iterrows():
        axes.plot(positions, run, color=COLOURS[0], alpha=0.3, linewidth=0.8, marker=".", markersize=3)
    means, spreads = zip(*(mean_and_sd(column.tolist()) for column in columns), strict=True)
    axes.errorbar(
        positions, means, spreads, color=COLOURS[0], marker="o", markersize=4.5, capsize=3, zorder=4
    )
    if logarithmic:
        log_axis(axes, positions)
        axes.set_xlim(positions[0] / 1.25, positions[-1] * 1.25)
    else:
        axes.set_xticks(positions, [str(value) for value in values])
        axes.set_xlim(positions[0] - 0.4, positions[-1] + 0.4)
    low = min(float(table.min().min()), min(m - s for m, s in zip(means, spreads, strict=True)))
    high = max(float(table.max().max()), max(m + s for m, s in zip(means, spreads, strict=True)))
    levels = {name: float(runs.loc[runs["method"] == name, metric].mean()) for name in baselines}
    draw_levels(axes, levels, low, high, metric)


def draw_levels(axes: Axes, levels: dict[str, float], low: float, high: float, metric: str) -> None:
    """Draw baselines as lines labelled at the right; those far away are named at the edge with an arrow."""
    reach = REACH * max(high - low, SMALLEST_RANGE[metric])
    near = [level for level in levels.values() if low - reach <= level <= high + reach]
    bottom, top = min([low, *near]), max([high, *near])
    margin = 0.06 * max(top - bottom, SMALLEST_RANGE[metric])
    bottom, top = bottom - margin, top + margin
    axes.set_ylim(bottom, top)
    heights = [(level - bottom) / (top - bottom) for level in levels.values()]
    digits = 2 if metric == "psnr" else 3
    for number, (name, level) in enumerate(levels.items()):
        place = spread_positions(heights, 0.085)[number]
        inside = bottom <= level <= top
        arrow = "" if inside else (" ↓" if level < bottom else " ↑")
        if inside:
            axes.axhline(level, color=GREY, linestyle=DASHES[number % len(DASHES)], linewidth=1)
            axes.plot(
                [1, 1.03],
                [heights[number], place],
                transform=axes.transAxes,
                color=GREY,
                linewidth=0.6,
                clip_on=False,
            )
        axes.text(
            1.04,
            place,
            f"{baseline_title(name)} {level:.{digits}f}{arrow}",
            transform=axes.transAxes,
            va="center",
            fontsize=7,
            color=GREY,
        )
