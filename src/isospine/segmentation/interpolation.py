"""Interpolate labels between slices: from the nearest slice, or by their signed distance.

Source: Raya & Udupa, Shape-based interpolation of multidimensional objects, IEEE TMI 1990.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.special import expit

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.planes import plane_across
from isospine.geometry.resample import resample
from isospine.physics.view import View

#: Width of the edge of a label in mm: a voxel at this signed distance inside it is 73 % full.
EDGE = 0.4

#: Distance in mm to an outline that is nowhere.
FAR = np.float32(1e3)


def drawn_views(views: Sequence[View]) -> list[View]:
    """Views to interpolate: the axial ones, in which the cord is drawn, or else those of the first one's plane."""
    planes = [plane_across(view.grid.affine, view.axis) for view in views]
    plane = "axial" if "axial" in planes else planes[0]
    return [view for view, own in zip(views, planes, strict=True) if own == plane]


def nearest(views: Sequence[View], grid: Grid) -> Volume:
    """Fraction of each voxel as in the nearest slice of the axial views."""
    drawn = drawn_views(views)
    return _where_nearest(drawn, [resample(view.data, view.grid, grid, degree=0) for view in drawn], grid)


def shape_based(views: Sequence[View], grid: Grid) -> Volume:
    """Fraction of each voxel from the signed distance to the outline, interpolated linearly in the axial views."""
    drawn = drawn_views(views)
    distances = [resample(slice_distance(view), view.grid, grid, degree=1) for view in drawn]
    return filled(_where_nearest(drawn, distances, grid))


def _where_nearest(views: Sequence[View], images: Sequence[Volume], grid: Grid) -> Volume:
    """Of each voxel the value of the view whose slices lie nearest to it, such as those of one of several stations."""
    if len(images) == 1:
        return images[0]
    beyond = np.stack([_beyond(view.grid, grid) for view in views])
    return np.take_along_axis(np.stack(images), beyond.argmin(axis=0)[None], axis=0)[0]


def _beyond(field: Grid, grid: Grid) -> Volume:
    """Distance in mm of each voxel of a grid from a field of view, 0 within it."""
    found = np.empty(grid.shape, np.float32)
    rows = np.stack(np.meshgrid(*map(np.arange, grid.shape[1:]), indexing="ij"), -1)
    for i in range(grid.shape[0]):
        places = field.indices(
            grid.world(np.concatenate([np.full_like(rows[..., :1], i), rows], -1).astype(np.float64))
        )
        outside = np.maximum(np.maximum(-0.5 - places, places - (np.array(field.shape) - 0.5)), 0)
        found[i] = np.linalg.norm(outside * field.spacing, axis=-1)
    return found


def filled(distance: Volume) -> Volume:
    """Fraction of a voxel inside an outline at some signed distance in mm, positive inside."""
    return np.asarray(expit(distance / np.float32(EDGE)), np.float32)


def slice_distance(view: View) -> Volume:
    """Signed distance in mm of each voxel to the outline in its slice, positive inside, shape of the view.

    In a slice that is labelled everywhere or nowhere it is the distance to the outline in other slices.
    """
    inside = view.data > 0.5
    if inside.all() or not inside.any():  # no outline at all
        return np.where(inside, FAR, -FAR)
    distance = _signed_distance(inside, view.grid.spacing)
    across, slices = (np.moveaxis(one, view.axis, 0) for one in (distance, inside))
    in_plane = np.delete(view.grid.spacing, view.axis)
    for own, mask in zip(across, slices, strict=True):
        if mask.any() and not mask.all():
            own[:] = _signed_distance(mask, in_plane)
    return distance


def _signed_distance(mask: NDArray[np.bool_], spacing: FloatArray) -> Volume:
    inside = np.asarray(distance_transform_edt(mask, sampling=spacing))
    outside = np.asarray(distance_transform_edt(~mask, sampling=spacing))
    return np.asarray(inside - outside, np.float32)
