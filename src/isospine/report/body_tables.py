"""Tables of the pages of a body without a reference: scores of methods, what was estimated of views, and labels on them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from isospine.evaluation.held_out import mean_scores, view_scores
from isospine.evaluation.measures import MEASURES, Measure
from isospine.geometry.planes import plane_across
from isospine.geometry.rigid import rigid_parameters
from isospine.methods.segment import Segmentation
from isospine.numbers import fixed, shortest
from isospine.recipes.baselines import BASELINES, baseline_title
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import kind_of
from isospine.views.placed import PlacedViews
from isospine.views.slice_profiles import say_profile

#: A table of a page: `heads`, the heading of each column, and `rows`, whose first cell names the row.
Table = dict[str, list[Any]]


def shown_name(method: str) -> str:
    """Return the name of a method on the page."""
    recipe = known_recipes().get(method)
    without_network = recipe is not None and not kind_of(recipe).runs_network
    return baseline_title(method) if method in BASELINES or without_network else f"INR {method}"


def scores_table(table: pd.DataFrame, placed: PlacedViews) -> Table | None:
    """Tabulate PSNR and SSIM of each method in each view; None without any score."""
    if table.empty:
        return None
    names = [one.path.name for one in placed.acquired]
    means = view_scores(table)
    spread = table.groupby(["method", "view"])[["psnr", "ssim"]].std(ddof=1)
    rows = []
    for method in mean_scores(table)["psnr"].sort_values(ascending=False).index:
        cells = [shown_name(str(method))]
        for key in ((method, view) for view in range(len(names))):
            text = "none in the volume"
            if key in means.index:
                own, spreads = means.loc[key], spread.loc[key]
                text = ", ".join(
                    _with_spread(MEASURES[name], float(own[name]), float(spreads[name]))
                    for name in ("psnr", "ssim")
                )
            cells.append(text)
        rows.append(cells)
    return {"heads": ["Method", *names], "rows": rows}


def _with_spread(measure: Measure, mean: float, spread: float) -> str:
    """Mean over slices with their standard deviation, where there are several: 29.12 dB (1.20)."""
    text = measure.say(mean, measure.figure_digits)
    return text if np.isnan(spread) else f"{text} ({fixed(spread, measure.figure_digits)})"


def views_table(placed: PlacedViews) -> Table:
    """Tabulate the geometry, motion, gain and agreement of each view."""
    heads = [
        "View",
        "Plane",
        "Voxels (mm)",
        "Slice thickness (mm)",
        "Gap (mm)",
        "Slice profile that the other views show",
        "Turned (degrees)",
        "Shifted (mm)",
        "Gain",
        "Agreement (by chance)",
    ]
    rows = []
    agreement = placed.agreement or (None,) * len(placed.acquired)
    profiles = placed.profiles or (None,) * len(placed.acquired)
    parts = zip(placed.acquired, placed.placements, placed.motions, agreement, profiles, strict=True)
    for one, placement, motion, agrees, profile in parts:
        parameters = rigid_parameters(motion, placed.frame.centre)
        rows.append(
            [
                one.path.name,
                plane_across(one.view.grid.affine, one.view.axis),
                " x ".join(map(shortest, one.view.grid.spacing)),
                f"{shortest(one.view.thickness)} ({one.thickness_source})",
                shortest(one.gap),
                say_profile(profile),
                ", ".join(fixed(value, 2) for value in parameters[:3]),
                ", ".join(fixed(value, 2) for value in parameters[3:]),
                fixed(np.exp(placement.log_gain[0]), 3),
                f"{agrees.found:.0%} ({agrees.chance:.0%})" if agrees else "not comparable",
            ]
        )
    return {"heads": heads, "rows": rows}


def agreement_table(labels: Sequence[Path], segmented: Segmentation) -> Table:
    """Tabulate how the labels of each view agree with the segmentation of all."""
    rows = [[path.name, fixed(value, 3)] for path, value in zip(labels, segmented.dice, strict=True)]
    return {"heads": ["Labels", "Dice"], "rows": rows}
