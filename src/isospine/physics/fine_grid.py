"""The fine grid that aligned views share."""

from collections.abc import Sequence

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.planes import orientation
from isospine.physics.slice_profile import slice_matrix
from isospine.physics.view import View


def fine_grid(views: Sequence[View]) -> Grid:
    """Grid of the isotropic image from which the views are thick-slice images.

    Along each array axis it has the voxels of a view that is sharp there. An axis along which every view
    is thick is divided into voxels of the sharpest spacing.

    Raises
    ------
    InputError
        If there is no view, or the views do not share their axes or their field of view.
    """
    if not views:
        raise InputError("views: there are none; expected at least one")
    reference = views[0].grid
    for view in views:
        if np.abs(view.grid.directions - reference.directions).max() > 1e-3:
            raise InputError("views: their array axes point in different directions; expected aligned views")
    spacing = np.full(3, min(float(view.grid.spacing.min()) for view in views))
    shape, first = [0, 0, 0], np.zeros(3)
    for axis in range(3):
        sharp = next((view.grid for view in views if view.axis != axis), None)
        if sharp is not None:
            spacing[axis] = sharp.spacing[axis]
            shape[axis] = sharp.shape[axis]
            first[axis] = reference.indices(sharp.affine[:3, 3])[axis]
        else:
            steps = float(reference.spacing[axis] / spacing[axis])
            # every voxel that a slice touches, as geometry.crop_to_slices keeps them; affines are rounded in files
            shape[axis] = int(np.ceil(reference.shape[axis] * steps - 1e-4))
            first[axis] = (reference.shape[axis] - 1) / 2 - (shape[axis] - 1) / 2 / steps
    affine = np.eye(4)
    affine[:3, :3] = reference.directions * spacing
    affine[:3, 3] = reference.world(first)
    grid = Grid((shape[0], shape[1], shape[2]), affine)
    for view in views:
        check_field_of_view(view, grid)
    return grid


def check_field_of_view(view: View, grid: Grid) -> None:
    """Refuse a view whose in-plane voxels differ from the fine grid, or whose slices are not centred in it.

    Raises
    ------
    InputError
        Naming the axis and both extents.
    """
    corners = np.array([np.zeros(3), np.array(view.grid.shape) - 1.0])
    first, last = grid.indices(view.grid.world(corners))  # in voxels of the fine grid
    for axis, (low, high, count) in enumerate(zip(first, last, grid.shape, strict=True)):
        if axis == view.axis:
            half = view.thickness / float(grid.spacing[axis]) / 2
            fits = low >= -0.5 and high <= count - 0.5
        else:
            half = 0.5
            # affines are rounded in files
            fits = view.grid.shape[axis] == count and max(abs(low), abs(high - count + 1)) < 0.1
        if not fits:
            edges = np.array([low - half, high + half, -0.5, count - 0.5]) * grid.spacing[axis]
            start, stop, expected_start, expected_stop = edges - edges[2]
            apart = start >= expected_stop or stop <= expected_start
            raise InputError(
                f"views: along array axis {axis} ({orientation(grid.affine)[axis]}) one covers {start:.1f} to "
                f"{stop:.1f} mm and another 0 to {expected_stop:.1f} mm{', which do not overlap' if apart else ''}; "
                "expected views of one field of view: crop or resample them to what all of them cover"
            )


def view_matrix(view: View, grid: Grid) -> FloatArray:
    """Weights (M, N) of the fine grid's voxels along the view's thick axis in its M slices."""
    spacing = float(grid.spacing[view.axis])
    index = np.zeros((view.grid.shape[view.axis], 3))
    index[:, view.axis] = np.arange(len(index))
    centres = grid.indices(view.grid.world(index))[:, view.axis]
    return slice_matrix(grid.shape[view.axis], centres, view.thickness / spacing, view.profile)
