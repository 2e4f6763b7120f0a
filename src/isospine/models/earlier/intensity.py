"""Match the intensities of an earlier scan to those of views: c0 + c1 p + c2 p^2, with c0 and c1 smooth in space."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.models.earlier.splines import spline_basis

#: Distance in mm between the knots of c0 and c1.
KNOTS = 30.0

#: Weight of the change of c0 and c1 in space, over the mean weight of a voxel.
STIFFNESS = 1e-3

#: Share of the intensity range beyond which a residual counts by its size, not by its square.
ROBUST = 0.03

#: Voxels that the coefficients are fitted to, about.
VOXELS = 5_000

#: Rounds of the robust fit.
ROUNDS = 3


@dataclass(frozen=True)
class Matching:
    """Coefficients of the intensities.

    Attributes
    ----------
    grid : Grid
        Whose field of view the splines span.
    knots : float
        mm between knots.
    offset, slope : (K,) arrays
        Of the splines of c0 and c1.
    square : float
        The coefficient c2.
    """

    grid: Grid
    knots: float
    offset: FloatArray
    slope: FloatArray
    square: float

    def apply(self, image: Volume) -> Volume:
        """Matched intensities of an image on the grid."""
        bases = axis_bases(self.grid, self.knots, [np.arange(n, dtype=np.float64) for n in self.grid.shape])
        offset, slope = (
            np.einsum(
                "xa,yb,zc,abc->xyz", *bases, part.reshape([b.shape[1] for b in bases]), optimize=True
            ).astype(np.float32)
            for part in (self.offset, self.slope)
        )
        return (offset + slope * image + np.float32(self.square) * image**2).astype(np.float32)

    def at(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Coefficients c0 and c1 (N,) at world points (N, 3)."""
        basis = point_basis(self.grid, points, self.knots)
        return basis @ self.offset, basis @ self.slope


def axis_bases(grid: Grid, knots: float, indices: list[FloatArray]) -> list[FloatArray]:
    """Splines along each axis at voxel indices (N,)."""
    bases = []
    for axis, position in enumerate(indices):
        ends = np.array([-0.5, grid.shape[axis] - 0.5])
        at = np.concatenate([ends[:1], np.clip(position, *ends), ends[1:]]) * grid.spacing[axis]
        bases.append(spline_basis(at, knots)[1:-1])
    return bases


def point_basis(grid: Grid, points: FloatArray, knots: float) -> FloatArray:
    """Splines (N, K) at world points (N, 3)."""
    first, second, third = axis_bases(grid, knots, list(grid.indices(points).T))
    both = np.einsum("na,nb->nab", first, second).reshape(len(points), -1)
    return np.einsum("na,nb->nab", both, third).reshape(len(points), -1)


def fit_matching(
    grid: Grid,
    centres: FloatArray,
    once: Volume,
    squared: Volume,
    measured: Volume,
    use: NDArray[np.bool_],
    knots: float = KNOTS,
) -> Matching:
    """Fit the coefficients to voxels of views.

    Parameters
    ----------
    grid : Grid
        Whose field of view the splines span.
    centres : (M, 3) array
        Middles of the voxels in world mm.
    once, squared : (M,) arrays
        Means of the earlier scan's intensities, and of their squares, over the slice profile of each voxel; about [0, 1].
    measured : (M,) array
        Intensities of the views, about [0, 1].
    use : (M,) bool array
        Voxels that count.
    """
    chosen = np.flatnonzero(use)
    chosen = chosen[:: max(1, len(chosen) // VOXELS)]
    basis = point_basis(grid, centres[chosen], knots)
    count = basis.shape[1]
    target = measured[chosen].astype(np.float64)
    design = np.column_stack([basis, basis * once[chosen, None], squared[chosen]]).astype(np.float64)
    # towards coefficients that are the same everywhere: splines add up to 1
    even = np.eye(count) - 1 / count
    penalty = np.zeros((2 * count + 1, 2 * count + 1))
    penalty[:count, :count] = penalty[count : 2 * count, count : 2 * count] = even
    penalty += 1e-6 * np.eye(2 * count + 1)
    weights = np.ones(len(target))
    for _ in range(ROUNDS):
        scaled = design * weights[:, None]
        found = np.linalg.solve(
            scaled.T @ design / weights.sum() + STIFFNESS * penalty, scaled.T @ target / weights.sum()
        )
        residual = np.abs(target - design @ found)
        weights = ROBUST / np.maximum(residual, ROBUST)
    return Matching(grid, knots, found[:count], found[count : 2 * count], float(found[-1]))
