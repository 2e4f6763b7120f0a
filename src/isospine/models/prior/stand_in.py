"""Replace views in any position by aligned stand-ins, from which the prior learns.

The prior needs views that share the axes and the voxels of one grid. From views that do not, regularised least squares
make an image; seen through aligned slices as thick as the acquired ones, this gives views with the same content.
The result of the prior is then made consistent with the acquired views themselves.
"""

from collections.abc import Sequence

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.geometry.planes import plane_across
from isospine.physics.fine_grid import fine_grid
from isospine.physics.simulate import acquire
from isospine.physics.view import View, nearest_axis
from isospine.solvers.nonnegative import are_magnitudes, nonnegative_solution
from isospine.solvers.tikhonov import tikhonov
from isospine.views.view_set import ViewSet


def aligned_views(view_set: ViewSet) -> tuple[Sequence[View], Grid]:
    """Return the views that the prior learns from, with their fine grid: those of the set, or stand-ins.

    Raises
    ------
    InputError
        If they are not aligned, and all thick along one direction.
    """
    if view_set.aligned and len(view_set.views) > 1:
        return view_set.views, fine_grid(view_set.views)
    stand_ins = aligned_stand_ins(view_set.views, view_set.grid)
    return stand_ins, fine_grid(stand_ins)


def aligned_stand_ins(views: Sequence[View], grid: Grid) -> list[View]:
    """Simulate views of the least squares image along the grid's axes, one for each thick axis.

    Raises
    ------
    InputError
        If there is only one such axis.
    """
    factors: dict[int, float] = {}
    for view in views:
        axis = nearest_axis(view, grid)
        thickness = max(2.0, np.rint(view.grid.spacing[view.axis] / grid.spacing[axis]))
        factors[axis] = min(thickness, factors.get(axis, np.inf))
    if len(factors) < 2:
        raise InputError(
            "views: all are thick along one direction, and no view is sharp along it; expected at least two "
            "views, of two planes, for this recipe: use tv or fourier"
        )
    image = tikhonov(views, grid)
    if are_magnitudes(views):  # as the stand-ins are then too
        image = nonnegative_solution(image, views, grid)
    # whole slices: the image goes on beyond its border as it is there
    padding = [(0, 0)] * 3
    for axis, factor in factors.items():
        missing = int(-grid.shape[axis] % factor)
        padding[axis] = (missing // 2, missing - missing // 2)
    start = tuple(-before for before, _ in padding)
    padded = np.pad(image, padding, mode="edge")
    larger = grid.cropped(start, padded.shape)
    planes = [(plane_across(grid.affine, axis), factor) for axis, factor in sorted(factors.items())]
    return [acquire(padded, larger, plane, factor, "box") for plane, factor in planes]
