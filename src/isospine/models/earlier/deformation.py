"""What a displacement field does: its inverse, how it changes volumes, and where it folds."""

import numpy as np
from scipy.ndimage import map_coordinates

from isospine.geometry.grid import FloatArray, Grid, Volume

#: Rounds of the fixed point of the inverse; it converges where nothing folds.
ROUNDS = 30

#: Distance in mm below which the inverse is found.
PRECISION = 1e-3


def jacobian(displacement: Volume, grid: Grid) -> Volume:
    """Factor (X, Y, Z) by which volumes change under a displacement (3, X, Y, Z) in mm; up to 0 where it folds."""
    slopes = np.zeros((*grid.shape, 3, 3), np.float32)
    for component in range(3):
        for axis in range(3):
            if grid.shape[axis] > 1:
                slopes[..., component, axis] = np.gradient(displacement[component], axis=axis)
    back = np.linalg.inv(grid.affine[:3, :3]).astype(np.float32)
    return np.linalg.det(slopes @ back + np.eye(3, dtype=np.float32)).astype(np.float32)


def folds(determinants: Volume) -> int:
    """Count the voxels where a field of such determinants folds."""
    return int(np.count_nonzero(determinants <= 0))


def inverse(displacement: Volume, grid: Grid, rigid: FloatArray, target: Grid) -> Volume:
    """Invert a displacement.

    Parameters
    ----------
    displacement : (3, X, Y, Z) array
        mm from points of the later session to the same anatomy in the earlier one.
    grid : Grid
        Its grid; beyond it the rigid motion and the last displacement hold.
    rigid : (4, 4) array
        The rigid part of it.
    target : Grid
        Where the inverse is wanted, such as the grid of the earlier scan.

    Returns
    -------
    (3, I, J, K) ndarray
        mm from points of the earlier session to the same anatomy in the later one.
    """
    bent = (displacement - rigid_displacement(rigid, grid)).astype(np.float32)
    wanted = target.voxel_centres()
    back = np.linalg.inv(rigid)
    found = wanted @ back[:3, :3].T + back[:3, 3]
    for _ in range(ROUNDS):
        shift = _at(bent, grid, found)
        better = (wanted - shift) @ back[:3, :3].T + back[:3, 3]
        moved = float(np.abs(better - found).max())
        found = better
        if moved < PRECISION:
            break
    return np.moveaxis(found - wanted, -1, 0).astype(np.float32)


def rigid_displacement(rigid: FloatArray, grid: Grid) -> Volume:
    """Displacement (3, X, Y, Z) in mm of a rigid motion on a grid."""
    centres = grid.voxel_centres()
    moved = centres @ rigid[:3, :3].T + rigid[:3, 3] - centres
    return np.moveaxis(moved, -1, 0).astype(np.float32)


def _at(field: Volume, grid: Grid, points: FloatArray) -> FloatArray:
    """Field (3, X, Y, Z) at world points (..., 3), shape (..., 3)."""
    indices = np.moveaxis(grid.indices(points), -1, 0)
    parts = [map_coordinates(part, indices, order=1, mode="nearest") for part in field]
    return np.stack(parts, -1).astype(np.float64)
