"""The acquisition operator of any views: in closed form where they are aligned, else as sparse matrices."""

from collections.abc import Sequence

import numpy as np

from isospine.acquisition import View, check_field_of_view
from isospine.consistency import AcquisitionOperator, Operator
from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.slice_operator import SliceOperator


def view_operator(views: Sequence[View], grid: Grid) -> Operator:
    """Operator that maps images on `grid` to `views`."""
    if all(is_aligned(view, grid) for view in views) and len({view.axis for view in views}) == len(views):
        return AcquisitionOperator.of_views(views, grid)
    return SliceOperator.of_views(views, grid)


def is_aligned(view: View, grid: Grid) -> bool:
    """Whether a view has the voxels of a grid in its planes, and whole slices of it across them."""
    if np.abs(view.grid.directions - grid.directions).max() > 1e-3:
        return False
    try:
        check_field_of_view(view, grid)
    except InputError:
        return False
    return True
