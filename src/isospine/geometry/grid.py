"""Voxel grids in world coordinates (mm, RAS+).

Anatomical axes come from the affine, never from the array order; oblique affines are legal.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """A regular voxel grid.

    Attributes
    ----------
    shape : tuple of int
        Voxels along the three array axes.
    affine : (4, 4) ndarray of float64
        Voxel indices to world coordinates in mm, RAS+.
    """

    shape: tuple[int, int, int]
    affine: FloatArray

    @property
    def spacing(self) -> FloatArray:
        """Voxel sizes in mm along the three array axes, shape (3,)."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0), np.float64)

    @property
    def directions(self) -> FloatArray:
        """Unit vectors of the array axes in world coordinates, one per column, shape (3, 3)."""
        return self.affine[:3, :3] / self.spacing

    @property
    def centre(self) -> FloatArray:
        """World coordinates of the middle of the field of view, in mm, shape (3,)."""
        return self.world((np.array(self.shape, np.float64) - 1) / 2)

    @property
    def radius(self) -> float:
        """Half of the longest side of the field of view, in mm."""
        return float((np.array(self.shape) * self.spacing).max() / 2)

    def world(self, indices: FloatArray) -> FloatArray:
        """World coordinates in mm of voxel `indices`, shape (..., 3)."""
        return np.asarray(indices @ self.affine[:3, :3].T + self.affine[:3, 3], np.float64)

    def indices(self, world: FloatArray) -> FloatArray:
        """Continuous voxel indices of `world` coordinates in mm, shape (..., 3)."""
        offset = np.asarray(world, np.float64) - self.affine[:3, 3]
        columns = np.linalg.solve(self.affine[:3, :3], offset.reshape(-1, 3).T)
        return np.asarray(columns.T.reshape(offset.shape), np.float64)

    def voxel_centres(self) -> FloatArray:
        """World coordinates in mm of all voxels, shape (I, J, K, 3)."""
        return self.world(np.moveaxis(np.indices(self.shape, np.float64), 0, -1))

    def cropped(self, start: tuple[int, ...], shape: tuple[int, ...]) -> "Grid":
        """Part of this grid that begins at voxel `start`."""
        affine = self.affine.copy()
        affine[:3, 3] = self.world(np.array(start))
        i, j, k = shape
        return Grid((i, j, k), affine)

    def resampled(self, spacing: float) -> "Grid":
        """Return the grid of isotropic `spacing` (mm) centred in the same field of view, never larger.

        Tolerates a thousandth of a voxel: headers hold the voxel size in single precision.
        """
        extent = np.array(self.shape) * self.spacing
        i, j, k = (int(n) for n in np.maximum(np.floor(extent / spacing + 1e-3), 1))
        affine = np.eye(4)
        affine[:3, :3] = self.directions * spacing
        affine[:3, 3] = self.centre - affine[:3, :3] @ ((np.array([i, j, k]) - 1) / 2)
        return Grid((i, j, k), affine)


Volume = NDArray[np.float32]


Affine = NDArray[np.float64]
