"""Find the part of the body that all views show, so that their surroundings do not decide where they are placed.

Stacks of a small part of a body, such as three slabs across a fetal head, show mostly what no other stack shows, or what
moved differently. A motion that fits the surroundings puts the part that is wanted several mm off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from isospine.geometry.grid import FloatArray
from isospine.physics.output_grid import view_extent
from isospine.physics.view import View

#: Share of the volume of all views below which the box that all views show stands for the body.
SMALL = 0.5
#: Share of the slices of each view that this box must reach: several stations show little in common, and all of it counts.
FEWEST_SLICES = 0.5
#: Space in mm around that box, for motion.
MARGIN = 10.0


@dataclass(frozen=True)
class Box:
    """A box in world coordinates.

    Attributes
    ----------
    low, high : (3,) ndarray
        Its ends in mm along `directions`.
    directions : (3, 3) ndarray
        Unit vectors of its edges, one per column.
    """

    low: FloatArray
    high: FloatArray
    directions: FloatArray

    @property
    def corners(self) -> FloatArray:
        """World coordinates of its corners, shape (8, 3)."""
        return np.array(list(product(*zip(self.low, self.high, strict=True)))) @ self.directions.T


def shared_box(views: Sequence[View]) -> Box | None:
    """Return the box that all views show, with a margin; None where it is no smaller part of what they show.

    Parameters
    ----------
    views : sequence of View
        Views of one body, as acquired.
    """
    directions = views[0].grid.directions
    boxes = np.array([view_extent(view, directions) for view in views])
    low, high = boxes[:, 0].max(axis=0), boxes[:, 1].min(axis=0)
    first, last = boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)
    if (low >= high).any():
        return None
    common = Box(low, high, directions)
    if min(_slices_within(view, common) for view in views) < FEWEST_SLICES:
        return None
    low, high = np.maximum(low - MARGIN, first), np.minimum(high + MARGIN, last)
    return Box(low, high, directions) if np.prod(high - low) < SMALL * np.prod(last - first) else None


def within(view: View, box: Box) -> View:
    """Crop a view to its voxels around a box."""
    corners = view.grid.indices(box.corners)
    start = np.clip(np.floor(corners.min(axis=0)), 0, np.array(view.grid.shape) - 1).astype(int)
    stop = np.clip(np.ceil(corners.max(axis=0)) + 1, start + 1, view.grid.shape).astype(int)
    window = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    grid = view.grid.cropped(tuple(start.tolist()), tuple((stop - start).tolist()))
    return replace(view, data=view.data[window], grid=grid)


def _slices_within(view: View, box: Box) -> float:
    """Share of the slices of a view that a box reaches."""
    across = view.grid.indices(box.corners)[:, view.axis]
    count = view.grid.shape[view.axis]
    reached = min(across.max(), count - 0.5) - max(across.min(), -0.5)
    return float(max(reached, 0.0) / count)
