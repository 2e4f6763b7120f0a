"""Crops of a grid to whole slices of every view."""

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.planes import thick_axis


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


def cropping(start: tuple[int, ...], cropped: Grid) -> tuple[slice, ...]:
    """Array index of the part of a volume that a cropped grid describes."""
    return tuple(slice(first, first + n) for first, n in zip(start, cropped.shape, strict=True))
