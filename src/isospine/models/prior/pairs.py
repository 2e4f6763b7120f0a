"""Pair the views that teach the prior: two that are thick along different axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.models.prior.cells import Cells, ThickAxis
from isospine.models.prior.waves import cosine_count
from isospine.physics.view import View


@dataclass(frozen=True)
class PlanePair:
    """Two views that are thick along different axes, and the axis along which both are sharp.

    Attributes
    ----------
    first, second : int
        Index of each view.
    axes : three ints
        Sharp axis, thick axis of the first, thick axis of the second.
    cells : Cells
        The plane across both thick axes.
    """

    first: int
    second: int
    axes: tuple[int, int, int]
    cells: Cells


def plane_pairs(views: Sequence[View], grid: Grid, mapping_size: int) -> list[PlanePair]:
    """Pair every two views that have common sharp planes, with the cells of these.

    Raises
    ------
    InputError
        If there are not two views that are thick along different axes.
    """
    pairs = []
    for first, second in combinations(range(len(views)), 2):
        thick = (views[first].axis, views[second].axis)
        if thick[0] == thick[1]:
            continue
        axes = (3 - sum(thick), *thick)
        cells = Cells(
            thick_axis_of(views[first], grid), thick_axis_of(views[second], grid), cosine_count(mapping_size)
        )
        pairs.append(PlanePair(first, second, axes, cells))
    if not pairs:
        raise InputError(
            "views: the self-supervised prior needs at least two views that are thick along different axes; "
            "add a view of another plane, or use the recipe fourier"
        )
    return pairs


def thick_axis_of(view: View, grid: Grid) -> ThickAxis:
    """Describe the slices of a view along its thick axis, in voxels of the fine grid."""
    index = np.zeros((view.grid.shape[view.axis], 3))
    index[:, view.axis] = np.arange(len(index))
    centres = grid.indices(view.grid.world(index))[:, view.axis]
    factor = view.thickness / float(grid.spacing[view.axis])
    return ThickAxis(grid.shape[view.axis], centres, factor, view.profile)
