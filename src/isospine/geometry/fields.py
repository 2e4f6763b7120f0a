"""Fields of view: whether their sizes agree, and one grid over several."""

from collections.abc import Mapping, Sequence

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid

#: Length of one field of view over that of another, beyond which their units differ rather than their slabs.
LARGEST_FIELD_RATIO = 10


def check_length_scales(grids: Mapping[str, Grid]) -> None:
    """Refuse images of one body whose fields of view differ implausibly in size, as with mixed-up units of length.

    Parameters
    ----------
    grids : mapping of str to Grid
        Grid of each image, by its name in a message.

    Raises
    ------
    InputError
        Naming the first and the one that differs.
    """
    (first, own), *others = grids.items()
    for name, grid in others:
        ratio = grid.radius / own.radius
        if not 1 / LARGEST_FIELD_RATIO < ratio < LARGEST_FIELD_RATIO:
            raise InputError(
                f"{first} and {name}: their fields of view are {2 * own.radius:.4g} and {2 * grid.radius:.4g} mm long; expected "
                f"less than {LARGEST_FIELD_RATIO} times the other, as scans of one part of a body are: check the units of their "
                "headers, which must be mm"
            )


def covering_grid(grids: Sequence[Grid]) -> Grid:
    """Smallest grid with the voxels and axes of the first of several grids that encloses all their fields of view.

    Raises
    ------
    InputError
        If one of them does not overlap with the first.
    """
    first = grids[0]
    starts, ends = [], []
    for number, grid in enumerate(grids):
        if not do_overlap(first, grid):
            raise InputError(
                f"fields of view 1 and {number + 1} of {len(grids)} do not overlap, by their headers; expected images of "
                "one part of the body: correct their affines, or leave one out"
            )
        edges = first.indices(grid.world(_corners(grid)))
        starts.append(edges.min(axis=0))
        ends.append(edges.max(axis=0))
    # affines are rounded in files
    low = np.floor(np.min(starts, axis=0) + 0.5 + 1e-2).astype(int)
    high = np.ceil(np.max(ends, axis=0) + 0.5 - 1e-2).astype(int)
    return first.cropped(tuple(low), tuple(map(int, high - low)))


def do_overlap(one: Grid, other: Grid) -> bool:
    """Check whether no face of either field of view separates it from the other."""
    return not (_apart(one, other) or _apart(other, one))


def _corners(grid: Grid) -> FloatArray:
    """Corners of a field of view in voxel indices, shape (8, 3)."""
    ends = [(-0.5, length - 0.5) for length in grid.shape]
    return np.array(np.meshgrid(*ends, indexing="ij")).reshape(3, -1).T


def _apart(one: Grid, other: Grid) -> bool:
    """Check whether a plane along a face of one field of view separates it from the other."""
    edges = one.indices(other.world(_corners(other)))
    ends = np.array(one.shape) - 0.5
    return bool(np.any((edges.max(axis=0) <= -0.5 + 1e-2) | (edges.min(axis=0) >= ends - 1e-2)))
