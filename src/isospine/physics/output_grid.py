"""The grid of a reconstruction from views that do not share their axes or their field of view."""

from collections.abc import Sequence
from itertools import product
from typing import Literal

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid
from isospine.physics.view import View

Field = Literal["union", "intersection"]
#: Along what a volume lies: the array axes of the first view, or the scanner's (R, A, S).
Axes = Literal["view", "scanner"]


def sharpest_spacing(views: Sequence[View]) -> float:
    """Smallest voxel size of any view in mm."""
    return min(float(view.grid.spacing.min()) for view in views)


def axes_directions(views: Sequence[View], axes: Axes) -> FloatArray:
    """Unit vectors of a volume's array axes in world coordinates, one per column, shape (3, 3)."""
    return np.eye(3) if axes == "scanner" else views[0].grid.directions


def output_grid(views: Sequence[View], spacing: float, field: Field, directions: FloatArray) -> Grid:
    """Isotropic grid over the field of view of the views.

    Parameters
    ----------
    views : sequence of View
        Views where they are.
    spacing : float
        Voxel size in mm.
    field : {'union', 'intersection'}
        Whether the grid covers what any view covers, or the box that all views cover.
    directions : (3, 3) array
        Unit vectors of the grid's array axes in world coordinates, one per column.

    Raises
    ------
    InputError
        If the views have no common box, or one thinner than two voxels.
    """
    boxes = np.array([view_extent(view, directions) for view in views])
    if field == "union":
        low, high = boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)
    else:
        low, high = boxes[:, 0].max(axis=0), boxes[:, 1].min(axis=0)
    if (boxes[:, 0].max(axis=0) >= boxes[:, 1].min(axis=0)).any():
        extents = "; ".join(_describe(box) for box in boxes)
        raise InputError(
            f"views: they do not overlap ({extents}, along the axes of the output); expected views of the same "
            "part of one body: check that they belong to one session, and that their headers are correct"
        )
    # a thousandth of a voxel is tolerated: headers hold numbers in single precision
    count = (
        np.ceil((high - low) / spacing - 1e-3)
        if field == "union"
        else np.floor((high - low) / spacing + 1e-3)
    )
    if count.min() < 2:
        raise InputError(
            f"views: their common field of view is {_describe(np.array([low, high]))}, less than two voxels of "
            f"{spacing:g} mm; expected smaller voxels, more overlap, or field: union (isospine reconstruct: --spacing, --field union)"
        )
    return _grid_about(directions @ ((low + high) / 2), count, spacing, directions)


def grid_between(low: FloatArray, high: FloatArray, spacing: float, directions: FloatArray) -> Grid:
    """Isotropic grid over a box; its ends are in mm along `directions`, as in `output_grid`."""
    count = np.maximum(np.ceil((high - low) / spacing - 1e-3), 2)
    return _grid_about(directions @ ((low + high) / 2), count, spacing, directions)


def _grid_about(middle: FloatArray, count: FloatArray, spacing: float, directions: FloatArray) -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = directions * spacing
    affine[:3, 3] = middle - affine[:3, :3] @ ((count - 1) / 2)
    i, j, k = (int(n) for n in count)
    return Grid((i, j, k), affine)


def view_extent(view: View, directions: FloatArray) -> FloatArray:
    """Lowest and highest coordinate along each direction of what the slices of a view cover, shape (2, 3)."""
    half = np.full(3, 0.5)
    half[view.axis] = view.thickness / float(view.grid.spacing[view.axis]) / 2
    ends = np.array([-half, np.array(view.grid.shape) - 1 + half])
    corners = np.array([[ends[c, a] for a, c in enumerate(corner)] for corner in product((0, 1), repeat=3)])
    along = view.grid.world(corners) @ directions
    return np.array([along.min(axis=0), along.max(axis=0)])


def _describe(box: FloatArray) -> str:
    return " x ".join(f"{low:.1f}..{high:.1f}" for low, high in box.T) + " mm"
