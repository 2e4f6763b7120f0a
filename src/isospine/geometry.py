"""Voxel grids in world coordinates (mm, RAS+): planes, crops, resampling and normalisation.

Anatomical axes come from the affine, never from the array order; oblique affines are legal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from isospine.errors import InputError

#: World axis (0 = R, 1 = A, 2 = S) of the normal of each plane, the thick axis of its views.
PLANE_NORMALS = {"sagittal": 0, "coronal": 1, "axial": 2}

FloatArray = NDArray[np.float64]

#: Length of one field of view over that of another, beyond which their units differ rather than their slabs.
LARGEST_RATIO = 10


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
        """Return the part of this grid that begins at voxel `start`."""
        affine = self.affine.copy()
        affine[:3, 3] = self.world(np.array(start))
        i, j, k = shape
        return Grid((i, j, k), affine)

    def resampled(self, spacing: float) -> "Grid":
        """Return the grid of isotropic `spacing` (mm) centred in the same field of view, never larger.

        A thousandth of a voxel is let pass: headers hold the voxel size in single precision.
        """
        extent = np.array(self.shape) * self.spacing
        i, j, k = (int(n) for n in np.maximum(np.floor(extent / spacing + 1e-3), 1))
        affine = np.eye(4)
        affine[:3, :3] = self.directions * spacing
        affine[:3, 3] = self.centre - affine[:3, :3] @ ((np.array([i, j, k]) - 1) / 2)
        return Grid((i, j, k), affine)


def thick_axis(affine: FloatArray, plane: str) -> int:
    """Array axis that is the normal of `plane`.

    Parameters
    ----------
    affine : (4, 4) array
        Voxel indices to world coordinates in mm, RAS+.
    plane : {'axial', 'sagittal', 'coronal'}
        Plane of the sharp axes.

    Raises
    ------
    InputError
        If the plane is none of the three.
    """
    if plane not in PLANE_NORMALS:
        raise InputError(f"plane {plane!r}: expected one of {', '.join(PLANE_NORMALS)}")
    world_axes = nib.io_orientation(affine)[:, 0]
    return int(np.flatnonzero(world_axes == PLANE_NORMALS[plane])[0])


def plane_across(affine: FloatArray, axis: int) -> str:
    """Plane whose normal is nearest to an array axis; inverse of `thick_axis`."""
    world_axis = int(nib.io_orientation(affine)[axis, 0])
    return next(plane for plane, normal in PLANE_NORMALS.items() if normal == world_axis)


def orientation(affine: FloatArray) -> str:
    """Anatomical directions that the array axes point to, for example ``'PSR'``."""
    return "".join(nib.aff2axcodes(affine))


def slice_count(length: int, factor: float) -> int:
    """Whole slices of `factor` voxels that fit into `length` voxels."""
    return int(np.floor(length / factor + 1e-9))


def slice_centres(length: int, factor: float) -> FloatArray:
    """Centres of the slices of `factor` voxels, in voxel indices of an axis of `length` voxels.

    For an integer factor that divides the length, the first centre lies ``(factor - 1) / 2`` voxels in.
    """
    count = slice_count(length, factor)
    first_edge = (length - count * factor) / 2 - 0.5
    return np.asarray(first_edge + factor * (np.arange(count) + 0.5), np.float64)


def crop_to_slices(length: int, factor: float) -> tuple[int, int]:
    """Start and length of the symmetric crop of an axis that holds whole slices only.

    Parameters
    ----------
    length : int
        Voxels along the axis.
    factor : float
        Slice thickness in voxels; the crop of a fractional factor keeps the voxels that a slice touches.

    Returns
    -------
    start, length : int
        First voxel kept and number of voxels kept; an odd remainder loses its extra voxel at the end.

    Raises
    ------
    InputError
        If not even two slices fit.
    """
    count = slice_count(length, factor)
    if count < 2:
        raise InputError(
            f"an axis of {length} voxels holds {count} slices of factor {factor:g}; expected at least 2: "
            "lower views.factor or exclude the subject (dataset.exclude)"
        )
    kept = int(np.ceil(count * factor - 1e-9))
    return (length - kept) // 2, kept


def crop_for_views(grid: Grid, views: list[tuple[str, float]]) -> tuple[tuple[int, ...], Grid]:
    """Crop a grid to the field of view that all its thick-slice views cover.

    Parameters
    ----------
    grid : Grid
        Grid of the reference.
    views : list of (plane, factor)
        The views to be made of it.

    Returns
    -------
    start : tuple of int
        First voxel kept along each array axis.
    cropped : Grid
        The field of view of every view.
    """
    start, shape = [0, 0, 0], list(grid.shape)
    for plane, factor in views:
        axis = thick_axis(grid.affine, plane)
        start[axis], shape[axis] = crop_to_slices(grid.shape[axis], factor)
    return tuple(start), grid.cropped(tuple(start), tuple(shape))


def check_length_scales(grids: Mapping[str, Grid]) -> None:
    """Refuse images of one body whose fields of view have sizes that no body has both of, as units of length mixed up do.

    Parameters
    ----------
    grids : mapping of str to Grid
        Grid of each image, by what a message shall call it.

    Raises
    ------
    InputError
        Naming the first and the one that differs.
    """
    (first, own), *others = grids.items()
    for name, grid in others:
        ratio = grid.radius / own.radius
        if not 1 / LARGEST_RATIO < ratio < LARGEST_RATIO:
            raise InputError(
                f"{first} and {name}: their fields of view are {2 * own.radius:.4g} and {2 * grid.radius:.4g} mm long; expected "
                f"less than {LARGEST_RATIO} times the other, as scans of one part of a body are: check the units of their "
                "headers, which must be mm"
            )


def covering_grid(grids: Sequence[Grid]) -> Grid:
    """Smallest grid of the voxels and axes of the first of several grids that holds the fields of view of all of them.

    Raises
    ------
    InputError
        If one of them does not overlap with the first.
    """
    first = grids[0]
    starts, ends = [], []
    for number, grid in enumerate(grids):
        if _apart(first, grid) or _apart(grid, first):
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


def _corners(grid: Grid) -> FloatArray:
    """Corners of a field of view in voxel indices, shape (8, 3)."""
    ends = [(-0.5, length - 0.5) for length in grid.shape]
    return np.array(np.meshgrid(*ends, indexing="ij")).reshape(3, -1).T


def _apart(one: Grid, other: Grid) -> bool:
    """Whether a plane along a face of one field of view parts it from the other."""
    edges = one.indices(other.world(_corners(other)))
    ends = np.array(one.shape) - 0.5
    return bool(np.any((edges.max(axis=0) <= -0.5 + 1e-2) | (edges.min(axis=0) >= ends - 1e-2)))


def cropping(start: tuple[int, ...], cropped: Grid) -> tuple[slice, ...]:
    """Array index of the part of a volume that a cropped grid describes."""
    return tuple(slice(first, first + n) for first, n in zip(start, cropped.shape, strict=True))
