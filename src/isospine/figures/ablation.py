"""Draw quality against one hyperparameter, over all images of a run, for a paper."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from isospine.evaluation.measures import MEASURES, compared_measures
from isospine.figures.ablation_data import (
    AblationPanel,
    Level,
    ablation_panels,
    place_levels,
    sorted_methods,
    tick_places,
    value_positions,
)
from isospine.figures.style import COLOURS, DASHES, GREY, log_axis, styled
from isospine.recipes.keys import hyperparameter_title
from isospine.statistics.persons import MINIMUM_PERSONS

#: Colour of the published ablation.
PUBLISHED_COLOUR = COLOURS[4]
#: Of the names of baselines, which are small.
LABEL_GREY = "0.2"
#: Colours of baselines, apart from those of networks (the first) and of the published ablation.
LEVEL_COLOURS = tuple(COLOURS[number] for number in (5, 1, 6, 3, 2))
BAND_ALPHA = 0.2


@styled
def ablation_figure(metrics: pd.DataFrame, series: dict[str, Any], baselines: Sequence[str]) -> Figure:
    """PSNR and SSIM of each region against one hyperparameter, with the baselines as bands.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run.
    series : dict
        `recipe`, `hyperparameter` and `methods` (name and value of each).
    baselines : sequence of str
        Methods to draw as horizontal bands.
    """
    values = [method["value"] for method in sorted_methods(series)]
    measures = [measure.name for measure in compared_measures()]
    panels = [ablation_panels(metrics, series, baselines, name) for name in measures]
    contrasts = list(dict.fromkeys(panel.contrast for panel in panels[0]))
    rows = [[p for p in own if p.contrast == contrast] for contrast in contrasts for own in panels]
    widest = max(map(len, rows))
    figure = Figure(figsize=(0.5 + 3.5 * widest, 2.9 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), widest, squeeze=False)
    for number, row in enumerate(rows):
        # contrasts with fewer regions leave room
        for axes in grid[number][len(row) :]:
            axes.set_axis_off()
        for axes, panel in zip(grid[number], row, strict=False):
            _draw_panel(axes, panel, values)
            if number % len(measures) == 0:
                axes.set_title(panel.name)
            if number % len(measures) == len(measures) - 1:
                axes.set_xlabel(hyperparameter_title(series["hyperparameter"]))
        grid[number][0].set_ylabel(MEASURES[row[0].metric].axis)
    handles = _legend(rows[0], series["recipe"])
    # two rows: in one, the sentences are wider than the axes of a run without segmentations
    figure.legend(handles=handles, loc="outside lower center", ncols=2 if len(handles) > 1 else 1)
    return figure


def mean_text(panel: AblationPanel) -> str:
    """Description of the line of means."""
    if len(panel.runs) == 1:
        return "one image and seed"
    persons = max(mean.persons for mean in panel.means)
    if persons < MINIMUM_PERSONS:
        return f"mean over images (no interval: fewer than {MINIMUM_PERSONS} persons)"
    return f"mean over images, 95 % interval over {persons} persons"


def _legend(panels: Sequence[AblationPanel], recipe: str) -> list[Line2D | Patch]:
    first = panels[0]
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=COLOURS[0], marker="o", label=f"{recipe}: {mean_text(first)}")
    ]
    if len(first.runs) > 1:
        handles.append(Line2D([], [], color=COLOURS[0], alpha=0.3, linewidth=0.8, label="one image and seed"))
    if first.levels:
        spread = any(level.spread > 0 for level in first.levels.values())
        label = "baselines: mean ± sd over persons" if spread else "baselines: mean over images"
        handles.append(Line2D([], [], color=GREY, linestyle="--", label=label))
    if any(panel.published for panel in panels):
        label = "karthik2023, published: another person, compare the shape only"
        handles.append(Line2D([], [], color=PUBLISHED_COLOUR, marker="D", markersize=4, label=label))
    return handles


def _draw_panel(axes: Axes, panel: AblationPanel, values: Sequence[Any]) -> None:
    """Draw one metric in one region."""
    positions, logarithmic = value_positions(values)
    for run in panel.runs:
        axes.plot(positions, run.values, color=COLOURS[0], alpha=0.3, linewidth=0.8, marker=".", markersize=3)
    means = [mean.mean for mean in panel.means]
    ends = np.array([[mean.mean - mean.low, mean.high - mean.mean] for mean in panel.means]).T
    axes.errorbar(
        positions,
        means,
        np.maximum(ends, 0) if np.isfinite(ends).any() else None,
        color=COLOURS[0],
        marker="o",
        markersize=4.5,
        capsize=3,
        zorder=4,
    )
    if panel.published:
        axes.plot(
            *zip(*panel.published, strict=True), color=PUBLISHED_COLOUR, marker="D", markersize=4, zorder=3
        )
    if logarithmic:
        published = [place for place, _ in panel.published]
        log_axis(axes, tick_places(positions, published))
        places = positions + published
        axes.set_xlim(min(places) / 1.25, max(places) * 1.25)
    else:
        axes.set_xticks(positions, [str(value) for value in values])
        axes.set_xlim(positions[0] - 0.4, positions[-1] + 0.4)
    draw_levels(axes, panel.levels, *panel.extent, panel.metric)


def draw_levels(axes: Axes, levels: dict[str, Level], low: float, high: float, metric: str) -> None:
    """Draw baselines as bands labelled at the right; those far away are named at the edge with an arrow."""
    bottom, top, labels = place_levels(levels, low, high, metric)
    axes.set_ylim(bottom, top)
    for number, (level, label) in enumerate(zip(levels.values(), labels, strict=True)):
        colour = LEVEL_COLOURS[number % len(LEVEL_COLOURS)]
        if label.inside:
            low, high = level.mean - level.spread, level.mean + level.spread
            axes.axhspan(low, high, facecolor=colour, alpha=BAND_ALPHA, linewidth=0, zorder=0.5)
            for edge in {low, high} - {level.mean}:  # where bands overlap, each keeps its edges
                axes.axhline(edge, color=colour, linewidth=0.6, alpha=0.6, zorder=0.6)
            axes.axhline(level.mean, color=colour, linestyle=DASHES[number % len(DASHES)], linewidth=1.2)
            axes.plot(
                [1, 1.03],
                [label.height, label.place],
                transform=axes.transAxes,
                color=colour,
                linewidth=1.2,
                clip_on=False,
            )
        axes.text(
            1.04,
            label.place,
            label.text,
            transform=axes.transAxes,
            va="center",
            fontsize=7,
            color=LABEL_GREY,
        )
