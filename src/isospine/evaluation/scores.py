"""Score methods on views without a reference: on trials of their planes, and on held-out slices."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from isospine.evaluation.held_out import STEP, held_out_table
from isospine.evaluation.identity import identity
from isospine.physics.slices import every_kth, held_out_slices
from isospine.views.view_set import Reconstruct, ViewSet


def held_out_scores(view_set: ViewSet, methods: Mapping[str, Reconstruct]) -> pd.DataFrame:
    """Score methods on every `STEP`-th slice of each view; each method runs once, without all of these slices.

    Parameters
    ----------
    view_set : ViewSet
        The views, with every slice, and the grid of the reconstructions.
    methods : mapping
        Reconstructions by their names.

    Returns
    -------
    DataFrame
        Columns `method`, `view` (number of the stack), `slice` (among those that methods are given), `psnr`
        (dB) and `ssim`.
    """
    parts, owners = view_set.views, view_set.owners
    held_out = held_out_slices(parts, owners, partial(every_kth, step=STEP))
    table = held_out_table(view_set, held_out, methods)
    first = []
    for number, owner in enumerate(owners):
        before = [part for part, of in zip(parts[:number], owners, strict=False) if of == owner]
        first.append(sum(part.grid.shape[part.axis] for part in before))
    part_numbers = table["view"].astype(int)
    table["slice"] += np.array(first)[part_numbers]
    table["view"] = np.array(owners)[part_numbers]
    return table


def identified(scores: pd.DataFrame, sources: Sequence[str], record: dict[str, Any]) -> pd.DataFrame:
    """Rows of a table of the run: whose scores these are, and the views by their names.

    Parameters
    ----------
    scores : DataFrame
        Of `held_out_scores` or `trials.trial_table`, of one method.
    sources : sequence of str
        Names of the stacks, those of the view set.
    record : dict
        Of the method, as `identity.identity` takes it.
    """
    named = scores.drop(columns="method").assign(view=[sources[number] for number in scores["view"]])
    about = pd.DataFrame([identity(record)] * len(named), columns=list(identity(record)))
    return about.join(named)


def by_view_number(tables: Sequence[pd.DataFrame], sources: Sequence[str]) -> pd.DataFrame:
    """Inverse of `identified`, of every method of an image, each slice averaged over seeds."""
    numbers = {name: number for number, name in enumerate(sources)}
    table = pd.concat(list(tables), ignore_index=True)
    table["view"] = table["view"].map(numbers)
    return table.groupby(["method", "view", "slice"], sort=False)[["psnr", "ssim"]].mean().reset_index()
