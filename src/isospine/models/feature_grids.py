"""Encode positions by trained features on grids of several resolutions, instead of by frequencies."""

import math
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import grid_sample

from isospine.errors import InputError

#: Features of each vertex.
FEATURES = 2
#: Cells of the coarsest grid along the longest side of the field of view.
COARSEST = 4
#: Largest absolute value of a feature before training.
INITIAL = 1e-4
#: Most vertices of all grids together: 128 MB of float32.
MOST_VERTICES = 2**24


class FeatureGrids(nn.Module):
    """Trained features at the vertices of dense grids over the field of view, interpolated linearly in between.

    Cells are cubes; from grid to grid there are more of them along a side by the same factor. Source: Müller et al., Instant
    neural graphics primitives with a multiresolution hash encoding, ACM Trans Graph 2022; without its hashing, which saves
    memory where grids have more vertices than these fields of view need.

    Parameters
    ----------
    levels : int
        Number of grids, L in the paper.
    bandwidth : float
        Highest frequency that the finest grid holds, in cycles per unit of the coordinate: its cells are half a period.
    extent : sequence of three float
        Half of each side of the field of view, in units of the coordinate; positions beyond have the features of its edge.
    """

    def __init__(self, levels: int, bandwidth: float, extent: Sequence[float]) -> None:
        super().__init__()
        first, second, third = map(float, extent)
        self.extent = (first, second, third)
        shapes = [(1, FEATURES, *shape) for shape in grid_shapes(levels, bandwidth, self.extent)]
        self.tables = nn.ParameterList(torch.empty(shape).uniform_(-INITIAL, INITIAL) for shape in shapes)

    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        """Map positions (..., 3) to features (..., 2 L)."""
        places = positions / torch.tensor(self.extent, device=positions.device)
        # the last axis of a table comes first in what it is asked
        places = places.flip(-1).reshape(1, 1, 1, -1, 3)
        parts = [
            grid_sample(table, places, mode="bilinear", padding_mode="border", align_corners=True)
            for table in self.tables
        ]
        return torch.cat(parts, dim=1).flatten(2)[0].T.unflatten(0, positions.shape[:-1])


def grid_shapes(levels: int, bandwidth: float, extent: Sequence[float]) -> list[tuple[int, ...]]:
    """Count the vertices of each grid along each axis, from the coarsest to the finest; parameters of `FeatureGrids`.

    Raises
    ------
    InputError
        If the grids have more than `MOST_VERTICES` together.
    """
    longest = 2 * max(extent)
    finest = max(COARSEST, 2 * bandwidth * longest)
    shapes = []
    for level in range(levels):
        cells = COARSEST * (finest / COARSEST) ** (level / max(1, levels - 1))
        shapes.append(tuple(max(1, math.ceil(2 * half / longest * cells - 1e-6)) + 1 for half in extent))
    if (vertices := sum(map(math.prod, shapes))) > MOST_VERTICES:
        raise InputError(
            f"encoding grid: {levels} grids of {vertices:.3g} vertices together over this field of view; at most "
            f"{MOST_VERTICES} are held: lower bandwidth or L in the recipe"
        )
    return shapes
