"""Restrict views of labels, and the grid to segment on, to where labels are: elsewhere there is nothing to solve."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.physics.view import View

#: Width in mm of what is kept around all labels.
MARGIN = 6.0

#: Part of a voxel that headers may round by.
ROUNDING = 1e-2


@dataclass(frozen=True)
class Region:
    """The part of a grid around some labels.

    Attributes
    ----------
    whole : Grid
        The grid.
    start : tuple of int
        First voxel of the part.
    grid : Grid
        The part.
    views : tuple of View
        The labels within it, of those views that see it.
    """

    whole: Grid
    start: tuple[int, ...]
    grid: Grid
    views: tuple[View, ...]

    def restored(self, part: Volume) -> Volume:
        """Volume on the whole grid, zero outside the part."""
        volume = np.zeros(self.whole.shape, np.float32)
        volume[self._window] = part
        return volume

    def cut(self, volume: Volume) -> Volume:
        """Part of a volume on the whole grid."""
        return volume[self._window]

    @property
    def _window(self) -> tuple[slice, ...]:
        return tuple(slice(first, first + n) for first, n in zip(self.start, self.grid.shape, strict=True))


def labelled_region(views: Sequence[View], grid: Grid, margin: float = MARGIN) -> Region:
    """Find the part of a grid that holds all labels, and what views show of it in whole voxels."""
    boxes = [_box(_drawn_edges(view), view.grid, grid) for view in views if view.data.any()]
    space = margin / grid.spacing
    low = np.min([box[0] for box in boxes], axis=0) - space
    high = np.max([box[1] for box in boxes], axis=0) + space
    # labels may lie outside the grid: two voxels of it are kept all the same
    last = np.array(grid.shape)
    first = np.clip(np.floor(low + 0.5), 0, last - 2).astype(int)
    end = np.clip(np.ceil(high + 0.5), first + 2, last).astype(int)
    i, j, k = (end - first).tolist()
    start = tuple(first.tolist())
    part = grid.cropped(start, (i, j, k))
    seen = [within(view, part) for view in views]
    return Region(grid, start, part, tuple(view for view in seen if view is not None))


def _half_voxels(view: View) -> FloatArray:
    """Half of the extent of a view's voxels along its array axes, in its voxels."""
    half = np.full(3, 0.5)
    half[view.axis] = view.thickness / float(view.grid.spacing[view.axis]) / 2
    return half


def _drawn_edges(view: View) -> FloatArray:
    """Edges of the box of a view's labelled voxels, in its voxels, shape (2, 3)."""
    drawn = np.argwhere(view.data > 0)
    return np.array([drawn.min(axis=0) - _half_voxels(view), drawn.max(axis=0) + _half_voxels(view)])


def _box(edges: FloatArray, source: Grid, target: Grid) -> FloatArray:
    """Edges on another grid of the box that holds a box, shape (2, 3)."""
    corners = np.array([[edges[c, axis] for axis, c in enumerate(own)] for own in product((0, 1), repeat=3)])
    there = target.indices(source.world(corners))
    return np.array([there.min(axis=0), there.max(axis=0)])


def within(view: View, part: Grid) -> View | None:
    """Voxels of a view that lie wholly in the box of a grid; None where there are none."""
    edges = np.array([np.full(3, -0.5), np.array(part.shape) - 0.5])
    low, high = _box(edges, part, view.grid)
    first = np.clip(np.ceil(low + _half_voxels(view) - ROUNDING), 0, None).astype(int)
    end = np.minimum(np.floor(high - _half_voxels(view) + ROUNDING).astype(int) + 1, view.grid.shape)
    if (end <= first).any():
        return None
    window = tuple(slice(a, b) for a, b in zip(first, end, strict=True))
    i, j, k = (end - first).tolist()
    return replace(view, data=view.data[window], grid=view.grid.cropped(tuple(first.tolist()), (i, j, k)))
