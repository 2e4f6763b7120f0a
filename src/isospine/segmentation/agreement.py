"""Check whether labels of several views show one structure where these views lie."""

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from isospine.geometry.grid import Grid, Volume
from isospine.physics.operator import operator_of
from isospine.physics.view import View
from isospine.segmentation.region import labelled_region, within
from isospine.words import listed

#: Dice of a view's labels with the segmentation below which they disagree.
ENOUGH = 0.8

log = logging.getLogger(__name__)


def agreements(
    views: Sequence[View], occupancy: Volume, grid: Grid, seen: NDArray[np.bool_] | None = None
) -> list[float]:
    """Dice of each view's labels with a segmentation, as that view would show it, in the voxels that the grid covers.

    Parameters
    ----------
    views : sequence of View
        Labels.
    occupancy : (I, J, K) array
        Part of each voxel of the grid that is inside; nothing is far from all labels.
    grid : Grid
        Its voxels.
    seen : (I, J, K) bool array, optional
        Voxels of the grid that count; by default all do.

    Returns
    -------
    list of float
        NaN where neither the labels nor the segmentation have anything in what counts.
    """
    part = labelled_region(views, grid)
    counted = np.ones(grid.shape, np.float32) if seen is None else seen.astype(np.float32)
    inside, known = part.cut(occupancy), part.cut(counted)
    return [_agreement(within(view, part.grid), part.grid, inside, known) for view in views]


def _agreement(view: View | None, grid: Grid, occupancy: Volume, counted: Volume) -> float:
    """Dice of the labels of one view with a segmentation, in its voxels that lie in what counts."""
    if view is None:
        return float("nan")
    operator = operator_of([view], grid)
    (own,), (full,) = operator.forward(occupancy), operator.forward(counted)
    shown, drawn = (own > 0.5)[full > 0.99], (view.data > 0.5)[full > 0.99]
    return dice(shown, drawn) if shown.any() or drawn.any() else float("nan")


def dice(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Twice the common voxels of two masks over all of both; 1 where both are empty."""
    total = int(first.sum()) + int(second.sum())
    return 2 * int((first & second).sum()) / total if total else 1.0


def tell_doubts(names: Sequence[str], views: Sequence[View], occupancy: Volume, grid: Grid) -> list[float]:
    """Warn where labels are of one plane alone, or of views that disagree; returns `agreements`."""
    if all(_are_parallel(views[0], view) for view in views):
        log.warning(
            "%s: drawn in one plane alone; between its slices the outline is a guess: draw the label in a view of another plane too",
            listed(names),
        )
    found = agreements(views, occupancy, grid)
    for name, value in zip(names, found, strict=True):
        if np.isnan(value):
            log.warning(
                "%s: not compared with the segmentation, since none of its labels lies in slices that are wholly inside the volume",
                name,
            )
        if value < ENOUGH:
            log.warning(
                "%s: agrees with the segmentation of all views by a Dice of %.2f only; the views are out of place, or were drawn by "
                "different rules: look at both, or leave one out",
                name,
                value,
            )
    return found


def _are_parallel(one: View, other: View) -> bool:
    normals = [view.grid.directions[:, view.axis] for view in (one, other)]
    return bool(abs(normals[0] @ normals[1]) > 0.9)
