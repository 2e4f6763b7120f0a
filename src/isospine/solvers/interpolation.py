"""Average interpolated views."""

from collections.abc import Sequence
from typing import Literal

from isospine.geometry.grid import Grid, Volume
from isospine.physics.interpolate import average
from isospine.physics.magnitude import at_any_magnitude
from isospine.physics.view import View


def average_interpolation(views: Sequence[View], grid: Grid, degree: Literal[1, 3]) -> Volume:
    """Mean over the views of their interpolations."""
    return average(views, [view.data for view in views], grid, degree)


@at_any_magnitude
def linear(views: Sequence[View], grid: Grid) -> Volume:
    """Average of the linear interpolations of the views."""
    return average_interpolation(views, grid, degree=1)


@at_any_magnitude
def cubic(views: Sequence[View], grid: Grid) -> Volume:
    """Average of the cubic spline interpolations of the views."""
    return average_interpolation(views, grid, degree=3)
