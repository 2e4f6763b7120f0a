"""How well methods predict slices of acquired views that they did not see."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

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
