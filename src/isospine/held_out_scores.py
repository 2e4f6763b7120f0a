"""How well methods predict slices of acquired views that they did not see."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from isospine.evaluation import identity
from isospine.geometry import Grid
from isospine.held_out import STEP, Reconstruct, held_out_slices, held_out_table
from isospine.placed_views import PlacedViews


def held_out_scores(placed: PlacedViews, grid: Grid, methods: Mapping[str, Reconstruct]) -> pd.DataFrame:
    """Score methods on every `STEP`-th slice of each view; each is run once, without all of these.

    Parameters
    ----------
    placed : PlacedViews
        The views and what was estimated of them, with every slice.
    grid : Grid
        Grid of the reconstructions.
    methods : mapping
        Reconstructions by their names.

    Returns
    -------
    DataFrame
        Columns `method`, `view` (number of the acquired view), `slice` (among those that methods are given), `psnr`
        (dB) and `ssim`.
    """
    parts, owners = placed.parts, placed.owners
    table = held_out_table(parts, grid, held_out_slices(parts, owners, STEP), dict(methods))
    first = []
    for number, owner in enumerate(owners):
        before = [part for part, of in zip(parts[:number], owners, strict=False) if of == owner]
        first.append(sum(part.grid.shape[part.axis] for part in before))
    table["slice"] += np.array(first)[table["view"]]
    table["view"] = np.array(owners)[table["view"]]
    return table


def identified(scores: pd.DataFrame, placed: PlacedViews, record: dict[str, Any]) -> pd.DataFrame:
    """Rows of the table of a run: whose scores these are, and the views by their names.

    Parameters
    ----------
    scores : DataFrame
        Of `held_out_scores`, of one method.
    placed : PlacedViews
        The views.
    record : dict
        Of the method, as `evaluation.identity` takes it.
    """
    named = scores.drop(columns="method").assign(
        view=[placed.acquired[number].path.name.split(".")[0] for number in scores["view"]]
    )
    return pd.DataFrame([identity(record)] * len(named)).join(named)


def by_view_number(tables: Sequence[pd.DataFrame], placed: PlacedViews) -> pd.DataFrame:
    """Inverse of `identified`, of every method of a body, each slice averaged over seeds."""
    numbers = {one.path.name.split(".")[0]: number for number, one in enumerate(placed.acquired)}
    table = pd.concat([table for table in tables if len(table)], ignore_index=True)
    table["view"] = table["view"].map(numbers)
    return table.groupby(["method", "view", "slice"], sort=False)[["psnr", "ssim"]].mean().reset_index()
