"""Points within the slices of views, at which an earlier scan is looked up: views as their operator makes them, in any position."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.models.earlier.lattice import Lattice
from isospine.physics.oblique import profile_samples
from isospine.physics.view import View


@dataclass(frozen=True)
class Samples:
    """Voxels of views, and the points across their slices.

    Attributes
    ----------
    positions : (N, 3) tensor
        Points on the lattice, normalised; those of one voxel follow each other.
    world : (N, 3) tensor
        The same in mm from the middle of the field of view.
    owners : (N,) tensor of int
        Voxel of each point.
    counts : (M,) tensor
        Points of each voxel.
    centres : (M, 3) array
        Middles of the voxels in world mm.
    values : (M,) tensor
        Measured intensities.
    """

    positions: torch.Tensor
    world: torch.Tensor
    owners: torch.Tensor
    counts: torch.Tensor
    centres: FloatArray
    values: torch.Tensor

    def means(self, values: torch.Tensor) -> torch.Tensor:
        """Mean (C, M) over the points of each voxel of values (C, N)."""
        per_voxel = len(self.owners) // len(self.counts)
        if len(self.owners) == per_voxel * len(self.counts) and bool((self.counts == per_voxel).all()):
            return values.reshape(len(values), -1, per_voxel).mean(-1)
        sums = torch.zeros(len(values), len(self.counts)).index_add_(1, self.owners, values)
        return sums / self.counts


def draw_samples(
    views: Sequence[View], data: Sequence[Volume], lattice: Lattice, every: int, first: int
) -> Samples:
    """Take some planes of each view, across a sharp axis.

    Parameters
    ----------
    views : sequence of View
        Whole stacks, or single slices.
    data : sequence of arrays
        Their intensities as they are to be compared.
    lattice : Lattice
        Of the displacement; voxels beyond its field of view are left out.
    every, first : int
        Step between planes, and where to begin.
    """
    points, centres, values, counts = [], [], [], []
    for view, intensities in zip(views, data, strict=True):
        axis = max(set(range(3)) - {view.axis}, key=lambda sharp: view.grid.shape[sharp])
        ranges = [np.arange(n) for n in view.grid.shape]
        ranges[axis] = ranges[axis][first % every % len(ranges[axis]) :: every]
        indices = np.stack(np.meshgrid(*ranges, indexing="ij"), -1).reshape(-1, 3)
        middle = view.grid.world(indices.astype(np.float64))
        offsets = profile_samples(view, lattice.image)
        spread = middle[:, None] + offsets[:, None] * view.grid.directions[:, view.axis]
        inside = np.all(contains(lattice.image, spread), axis=1)
        points.append(spread[inside].reshape(-1, 3))
        centres.append(middle[inside])
        values.append(intensities[tuple(indices[inside].T)])
        counts.append(np.full(int(inside.sum()), len(offsets)))
    world, number = np.concatenate(points), np.concatenate(counts)
    return Samples(
        positions=lattice.normalised(world),
        world=torch.from_numpy((world - lattice.image.centre).astype(np.float32)),
        owners=torch.from_numpy(np.repeat(np.arange(len(number)), number)),
        counts=torch.from_numpy(number),
        centres=np.concatenate(centres),
        values=torch.from_numpy(np.concatenate(values).astype(np.float32)),
    )


def contains(grid: Grid, world: FloatArray) -> np.ndarray:
    """Mark world points (..., 3) within the field of view of a grid."""
    indices = grid.indices(world)
    return np.all((indices > -0.5 - 1e-3) & (indices < np.array(grid.shape) - 0.5 + 1e-3), axis=-1)


def stride(views: Sequence[View], grid: Grid, least: int, points: int) -> int:
    """Step between planes: `least`, or more where more points than so many would be taken."""
    total = sum(view.data.size * len(profile_samples(view, grid)) for view in views)
    return max(least, int(np.ceil(total / points)))
