"""Write quality against one hyperparameter as one self-contained HTML page that names every run."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from isospine.evaluation.measures import MEASURES, compared_measures
from isospine.figures.ablation import LEVEL_COLOURS, mean_text
from isospine.figures.ablation_data import (
    PROTOCOL_TITLE,
    AblationPanel,
    Mean,
    ablation_panels,
    place_levels,
    sorted_methods,
    tick_places,
    value_positions,
)
from isospine.figures.published import published_text
from isospine.numbers import fixed
from isospine.recipes.baselines import baseline_title
from isospine.recipes.keys import hyperparameter_title
from isospine.report.page import render
from isospine.statistics.persons import MINIMUM_PERSONS
from isospine.words import count

#: Body of the page, which names its style and script.
TEMPLATE = "ablation/body.html"
#: Empty room left and right of the values, as a share of the axis.
ROOM = 0.06
SINGLE_VALUE = "The ablation has a single value, so that nothing is compared."


def ablation_page(
    name: str, metrics: pd.DataFrame, series: dict[str, Any], baselines: Sequence[str], seeds: Sequence[int]
) -> str:
    """Write an ablation as a page in plain ASCII that needs neither server nor network.

    Parameters
    ----------
    name : str
        Of the ablation.
    metrics : DataFrame
        The table of a run.
    series : dict
        `recipe`, `hyperparameter` and `methods` (name and value of each).
    baselines : sequence of str
        Methods to draw as horizontal bands.
    seeds : sequence of int
        Of the run.
    """
    rows = [ablation_panels(metrics, series, baselines, one.name) for one in compared_measures()]
    ticks = [str(method["value"]) for method in sorted_methods(series)]
    published = any(panel.published for panel in rows[0])
    compared = published_text(metrics, series["recipe"]) if published else []
    persons = max(mean.persons for mean in rows[0][0].means)
    intervals = (
        f"Bars are 95 % intervals from a bootstrap over {persons} persons. They are of the means, and persons differ "
        "by more than values do: whether two values differ is a paired question, which results/tables/paired.tsv answers."
        if persons >= MINIMUM_PERSONS
        else f"There is no interval: the run has fewer than {MINIMUM_PERSONS} persons."
    )
    text = (
        f"Quality against {hyperparameter_title(series['hyperparameter'])} of the recipe {series['recipe']}, everything "
        f"else as in the recipe; seed{'s' * (len(seeds) != 1)} {', '.join(map(str, seeds))}. Each faint line is one image and seed; point at it, or use the "
        "arrow keys in a plot, to see which. The line is the mean over images, each averaged over its seeds first. "
        f"{intervals}"
    )
    if len(ticks) == 1:
        text = f"{SINGLE_VALUE} {text}"
    return render(
        TEMPLATE,
        title=f"isospine: ablation {name}",
        name=name,
        text=text,
        key=_key(rows[0][0], published),
        compared=compared,
        heads=[
            "measured in",
            series["hyperparameter"],
            *(measure.axis for measure in compared_measures()),
            "images",
            "persons",
        ],
        rows=_table(rows, ticks),
        content=_content(rows, ticks, series),
    )


def _content(
    rows: Sequence[Sequence[AblationPanel]], ticks: Sequence[str], series: dict[str, Any]
) -> dict[str, Any]:
    """Collect the data of the page's script; numbers that are missing or infinite are null."""
    positions, _ = value_positions([method["value"] for method in sorted_methods(series)])
    tabs = []
    for panels in zip(*rows, strict=True):
        share, grid = _axis(ticks, series, [place for place, _ in panels[0].published])
        runs = {(run.subject, run.image, run.seed): None for panel in panels for run in panel.runs}
        tabs.append(
            {
                "title": panels[0].name,
                "grid": grid,
                "x": [share(place) for place in positions],
                "runs": [{"subject": s, "image": i, "seed": seed} for s, i, seed in runs],
                "panels": [_panel(panel, list(runs), ticks, series, share) for panel in panels],
            }
        )
    return {
        "key": series["hyperparameter"],
        "title": hyperparameter_title(series["hyperparameter"]),
        "ticks": list(ticks),
        "metrics": [
            {
                "name": measure.title,
                "title": measure.axis,
                "unit": f" {measure.unit}".rstrip(),
                "digits": measure.figure_digits + 1,
            }
            for measure in compared_measures()
        ],
        "tabs": tabs,
    }


def _axis(
    ticks: Sequence[str], series: dict[str, Any], published: Sequence[float]
) -> tuple[Callable[[float], float], list[tuple[float, str]]]:
    """Return the function from values to shares of an axis, and the shares and texts of its ticks."""
    positions, logarithmic = value_positions([method["value"] for method in sorted_methods(series)])

    def scale(place: float) -> float:
        return math.log(place) if logarithmic else place

    ends = [scale(place) for place in [*positions, *published]]
    length = max(ends) - min(ends)

    def share(place: float) -> float:
        along = (scale(place) - min(ends)) / length if length else 0.5
        return round(ROOM + (1 - 2 * ROOM) * along, 5)

    texts = dict(zip(positions, ticks, strict=True))
    places = tick_places(positions, published) if logarithmic else positions
    return share, [(share(place), texts.get(place, f"{place:g}")) for place in places]


def _panel(
    panel: AblationPanel,
    runs: Sequence[tuple[str, str, int]],
    ticks: Sequence[str],
    series: dict[str, Any],
    share: Callable[[float], float],
) -> dict[str, Any]:
    bottom, top, labels = place_levels(panel.levels, *panel.extent, panel.metric)
    values = {(run.subject, run.image, run.seed): run.values for run in panel.runs}
    missing = (math.nan,) * len(ticks)
    key, measure = series["hyperparameter"], MEASURES[panel.metric]
    digits = measure.figure_digits
    levels = []
    colours = itertools.cycle(LEVEL_COLOURS)
    for (name, level), label, colour in zip(panel.levels.items(), labels, colours, strict=False):
        spread = f", sd {fixed(level.spread, digits)} over persons" if level.spread else ""
        tip = f"baseline {baseline_title(name)}\n{measure.title} {measure.say(level.mean)}{spread}"
        levels.append(
            {
                "text": label.text,
                "colour": colour,
                "height": number(label.height),
                "place": number(label.place),
                "inside": label.inside,
                "mean": number(level.mean),
                "spread": number(level.spread),
                "tip": tip,
            }
        )
    return {
        "bottom": bottom,
        "top": top,
        "values": [[number(value) for value in values.get(run, missing)] for run in runs],
        "means": [
            {
                "mean": number(mean.mean),
                "low": number(mean.low),
                "high": number(mean.high),
                "tip": f"mean over {_images(mean)}\n{key} = {tick}\n"
                f"{measure.title} {say_mean(mean, panel.metric)}",
            }
            for mean, tick in zip(panel.means, ticks, strict=True)
        ],
        "levels": levels,
        "published": [
            {
                "x": share(place),
                "value": value,
                "tip": f"karthik2023, published (another person)\n{key} = {place:g}\n"
                f"{measure.title} {value:g} {measure.unit}".rstrip(),
            }
            for place, value in panel.published
        ],
    }


def number(value: float) -> float | None:
    """Round to six significant digits; None for what is not a number in JSON."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def say_mean(mean: Mean, metric: str) -> str:
    """Write a mean with its interval where there is one: 29.12 dB (29.00 to 29.25)."""
    measure = MEASURES[metric]
    digits = measure.digits
    if not math.isfinite(mean.mean):
        return "infinite" if math.isinf(mean.mean) else "n/a"
    text = measure.say(mean.mean, digits)
    return (
        text if math.isnan(mean.low) else f"{text} ({fixed(mean.low, digits)} to {fixed(mean.high, digits)})"
    )


def _images(mean: Mean) -> str:
    return f"{count(mean.images, 'image')} of {count(mean.persons, 'person')}"


def _key(panel: AblationPanel, published: bool) -> list[tuple[str, str, str]]:
    """Make the legend: class, dashes and text of each line."""
    entries = [("mean", "", mean_text(panel))]
    if len(panel.runs) > 1:
        entries.append(("run", "", "one image and seed"))
    if panel.levels:
        spread = any(level.spread for level in panel.levels.values())
        entries.append(("level", "6 3", f"baselines: mean{', band of one sd over persons' * spread}"))
    if published:
        entries.append(("published", "", f"karthik2023, published (in \u201c{PROTOCOL_TITLE}\u201d)"))
    return entries


def _table(rows: Sequence[Sequence[AblationPanel]], ticks: Sequence[str]) -> list[list[str]]:
    """Make the table of means, readable without scripts and by screen readers."""
    lines = []
    for panels in zip(*rows, strict=True):
        for index, tick in enumerate(ticks):
            first = panels[0].means[index]
            means = [say_mean(panel.means[index], panel.metric) for panel in panels]
            lines.append([panels[0].name, tick, *means, str(first.images), str(first.persons)])
    return lines
