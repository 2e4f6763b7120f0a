"""Data of an ablation's figures: runs, means with intervals, baselines, and the published numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from isospine.evaluation.measures import MEASURES, REGIONS, compared_measures, regions_of
from isospine.figures.published import published_series
from isospine.figures.style import spread_positions
from isospine.numbers import fixed
from isospine.recipes.baselines import baseline_title
from isospine.statistics.by_contrast import by_contrast, titled
from isospine.statistics.paired import image_means, judge

#: A baseline further from the networks than this many times their own range is named at the edge.
REACH = 1.5
PROTOCOL_TITLE = "protocol of karthik2023"
#: Smallest distance of two labels of baselines, as a share of the height.
LABEL_GAP = 0.085
#: Smallest distance of the tick of a published value to another tick, as a share of the axis.
TICK_GAP = 0.18


@dataclass(frozen=True)
class AblationRun:
    """One image and seed, over all values of the hyperparameter.

    Attributes
    ----------
    subject, image : str
        Whose it is.
    seed : int
        Random seed of the trainings.
    values : tuple of float
        The metric at each value; missing where there is no such reconstruction.
    """

    subject: str
    image: str
    seed: int
    values: tuple[float, ...]


@dataclass(frozen=True)
class Mean:
    """Mean over images, each the mean over its seeds, and its interval over persons.

    Attributes
    ----------
    mean : float
        Of the images.
    low, high : float
        Ends of the interval of `paired.mean_interval`; missing with too few persons.
    images, persons : int
        On how many.
    """

    mean: float
    low: float
    high: float
    images: int
    persons: int


@dataclass(frozen=True)
class Level:
    """A baseline: its mean over images, and the standard deviation between persons, 0 for a single one."""

    mean: float
    spread: float = 0.0


@dataclass(frozen=True)
class AblationPanel:
    """One metric in one region, or by the protocol of karthik2023.

    Attributes
    ----------
    title : str
        The region, as figures write it.
    metric : str
        ``psnr`` or ``ssim``.
    runs : list of AblationRun
        Images and seeds, in the order of the table.
    means : list of Mean
        One for each value.
    levels : dict
        Baseline to its level.
    published : list of (position, value)
        The ablation of karthik2023; only by its protocol.
    contrast : str
        Empty in a run of one contrast.
    """

    title: str
    metric: str
    runs: list[AblationRun]
    means: list[Mean]
    levels: dict[str, Level]
    published: list[tuple[float, float]]
    contrast: str = ""

    @property
    def name(self) -> str:
        """Region, and contrast where there are several."""
        return titled(self.title, self.contrast)

    @property
    def extent(self) -> tuple[float, float]:
        """Lowest and highest value drawn, apart from the baselines."""
        drawn = [value for run in self.runs for value in run.values]
        drawn += [end for mean in self.means for end in (mean.mean, mean.low, mean.high)]
        drawn += [value for _, value in self.published]
        finite = [value for value in drawn if np.isfinite(value)]
        return (min(finite), max(finite)) if finite else (0.0, 1.0)


@dataclass(frozen=True)
class Label:
    """Where a baseline is drawn and named, as shares of the height of the axes.

    Attributes
    ----------
    text : str
        Its name and mean, with an arrow where it is outside.
    height, place : float
        Of its line, and of its label.
    inside : bool
        Whether its line is within the axes.
    """

    text: str
    height: float
    place: float
    inside: bool


def value_positions(values: Sequence[Any]) -> tuple[list[float], bool]:
    """Place the values of an ablation on its axis, which is logarithmic for positive numbers."""
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    if numeric and min(values) > 0:
        return [float(value) for value in values], True
    return [float(index) for index in range(len(values))], False


def tick_places(positions: Sequence[float], published: Sequence[float]) -> list[float]:
    """Ticks of a logarithmic axis: our values, and those published values that are far enough from all others."""
    everything = [*positions, *published]
    gap = TICK_GAP * math.log(max(everything) / min(everything))
    ticks = list(positions)
    for place in published:
        if all(abs(math.log(place / tick)) > gap for tick in ticks):
            ticks.append(place)
    return sorted(ticks)


def sorted_methods(series: dict[str, Any]) -> list[dict[str, Any]]:
    """Methods of an ablation by their value; categories in the order of the config."""
    methods = series["methods"]
    positions, _ = value_positions([method["value"] for method in methods])
    order = sorted(range(len(methods)), key=positions.__getitem__)
    return [methods[index] for index in order]


def ablation_panels(
    metrics: pd.DataFrame, series: dict[str, Any], baselines: Sequence[str], metric: str
) -> list[AblationPanel]:
    """One metric in each region, and by the protocol of karthik2023 where that published the same ablation.

    The protocol is drawn only where the table has its columns. Contrasts come one after the other, each with its own regions.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run.
    series : dict
        `recipe`, `hyperparameter` and `methods` (name and value of each).
    baselines : sequence of str
        Methods without this hyperparameter.
    metric : str
        ``psnr`` or ``ssim``.
    """
    return [
        replace(panel, contrast=contrast)
        for contrast, own in by_contrast(metrics).items()
        for panel in _contrast_panels(own, series, baselines, metric)
    ]


def _contrast_panels(
    metrics: pd.DataFrame, series: dict[str, Any], baselines: Sequence[str], metric: str
) -> list[AblationPanel]:
    methods = [method["method"] for method in sorted_methods(series)]
    regions = regions_of(metrics)
    panels = [_panel(metrics, region, metric, metric, methods, baselines) for region in regions]
    published = published_series(series["hyperparameter"])
    _, logarithmic = value_positions([method["value"] for method in series["methods"]])
    column = f"{metric}_karthik2023"
    known = any(f"{measure.name}_karthik2023" in metrics for measure in compared_measures())
    if published and logarithmic and known and column not in metrics:
        # beside measures that the protocol has; it has no number by this one
        nothing = Mean(math.nan, math.nan, math.nan, 0, 0)
        panels.append(AblationPanel(PROTOCOL_TITLE, metric, [], [nothing] * len(methods), {}, []))
    elif published and logarithmic and known:
        points = [(float(getattr(p, series["hyperparameter"])), float(getattr(p, metric))) for p in published]
        # the protocol knows no regions: every row of a reconstruction has the same number
        panels.append(_panel(metrics, regions[0], metric, column, methods, baselines, points))
    return panels


def _panel(
    metrics: pd.DataFrame,
    region: str,
    metric: str,
    column: str,
    methods: Sequence[str],
    baselines: Sequence[str],
    published: Sequence[tuple[float, float]] = (),
) -> AblationPanel:
    own = metrics[metrics["region"] == region]
    networks = own[own["method"].isin(methods)]
    index = ["subject", "image", "seed"]
    table = networks.pivot_table(column, index, "method", sort=False).reindex(columns=list(methods))
    runs = [
        AblationRun(str(subject), str(image), int(seed), tuple(map(float, values)))
        for (subject, image, seed), values in zip(table.index, table.to_numpy(), strict=True)
    ]
    per_image = image_means(metrics, region, column)
    means = []
    for method in methods:
        found = judge(per_image[method]) if method in per_image else judge(per_image.iloc[:0, 0])
        means.append(
            Mean(found["difference"], found["low"], found["high"], found["images"], found["persons"])
        )
    levels = {name: _level(per_image[name]) for name in baselines if name in per_image}
    title = PROTOCOL_TITLE if published else REGIONS[region].title
    return AblationPanel(title, metric, runs, means, levels, list(published))


def _level(values: pd.Series) -> Level:
    """Level of a baseline from its value on each image, indexed by person and image."""
    found = values.dropna()
    persons = found.groupby(level="person").mean()
    return Level(float(found.mean()), float(persons.std(ddof=1)) if len(persons) > 1 else 0.0)


def place_levels(
    levels: dict[str, Level], low: float, high: float, metric: str
) -> tuple[float, float, list[Label]]:
    """Limits of an axis that holds a range and the baselines near it, and where each baseline is named.

    Parameters
    ----------
    levels : dict
        Baseline to its level.
    low, high : float
        What the axis must hold.
    metric : str
        ``psnr`` or ``ssim``.

    Returns
    -------
    bottom, top : float
        Limits of the axis.
    labels : list of Label
        In the order of `levels`.
    """
    reach = REACH * max(high - low, MEASURES[metric].smallest_range)
    near = [level for level in levels.values() if low - reach <= level.mean <= high + reach]
    bottom = min([low, *(level.mean - level.spread for level in near)])
    top = max([high, *(level.mean + level.spread for level in near)])
    margin = 0.06 * max(top - bottom, MEASURES[metric].smallest_range)
    bottom, top = bottom - margin, top + margin
    heights = [(level.mean - bottom) / (top - bottom) for level in levels.values()]
    places = (
        spread_positions([max(-1.0, min(2.0, height)) for height in heights], LABEL_GAP) if heights else []
    )
    labels = []
    for (name, level), height, place in zip(levels.items(), heights, places, strict=True):
        arrow = "" if 0 <= height <= 1 else (" ↓" if height < 0 else " ↑")
        text = f"{baseline_title(name)} {fixed(level.mean, MEASURES[metric].figure_digits)}{arrow}"
        labels.append(Label(text, height, place, not arrow))
    return bottom, top, labels
