"""Iterative back-projection.

Source: Irani & Peleg, Improving resolution by image registration, CVGIP 1991.
"""

from collections.abc import Sequence

from isospine.geometry.grid import Grid, Volume
from isospine.physics.interpolate import average
from isospine.physics.magnitude import at_any_magnitude
from isospine.physics.operator import operator_of
from isospine.physics.view import View
from isospine.solvers.interpolation import cubic


def back_project(image: Volume, views: Sequence[View], grid: Grid, iterations: int) -> Volume:
    """Correct an image by the interpolated residuals of the views, several times.

    Parameters
    ----------
    image : (I, J, K) array
        Estimate on the fine grid.
    views : sequence of View
        The views to explain.
    grid : Grid
        Fine grid.
    iterations : int
        Number of corrections; the first are the smoothest.
    """
    operator = operator_of(views, grid)
    for _ in range(iterations):
        residuals = operator.residuals(image, [view.data for view in views])
        image = image + average(views, residuals, grid, degree=3)
    return image


@at_any_magnitude
def iterative_back_projection(views: Sequence[View], grid: Grid, iterations: int = 10) -> Volume:
    """Correct the cubic average by the interpolated residuals of the views.

    Source: Irani & Peleg, Improving resolution by image registration, CVGIP 1991.
    """
    return back_project(cubic(views, grid), views, grid, iterations)
