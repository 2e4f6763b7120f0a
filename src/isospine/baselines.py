"""Reconstructions without a network, to measure the networks against."""

from collections.abc import Sequence
from typing import Literal

from isospine.back_projection import back_project
from isospine.geometry.grid import Grid, Volume
from isospine.least_squares import smooth_solution, smoothness_weight
from isospine.physics.interpolate import average
from isospine.physics.operator import Operator, view_operator
from isospine.physics.view import View
from isospine.total_variation import minimise_variation, variation_weight


def average_interpolation(views: Sequence[View], grid: Grid, degree: Literal[1, 3]) -> Volume:
    """Mean over the views of their interpolations."""
    return average(views, [view.data for view in views], grid, degree)


def linear(views: Sequence[View], grid: Grid) -> Volume:
    """Average of the linear interpolations of the views."""
    return average_interpolation(views, grid, degree=1)


def cubic(views: Sequence[View], grid: Grid) -> Volume:
    """Average of the cubic spline interpolations of the views."""
    return average_interpolation(views, grid, degree=3)


def iterative_back_projection(views: Sequence[View], grid: Grid, iterations: int = 10) -> Volume:
    """Correct the cubic average by the interpolated residuals of the views.

    Source: Irani & Peleg, Improving resolution by image registration, CVGIP 1991.
    """
    return back_project(cubic(views, grid), views, grid, iterations)


def relative_noise(operator: Operator, views: Sequence[View]) -> float:
    """Standard deviation of the views' noise over their intensity range, from the views alone."""
    measured = [view.data for view in views]
    scale = float(max(data.max() for data in measured) - min(data.min() for data in measured))
    return operator.noise(measured) / scale if scale > 0 else 0.0


def tikhonov(views: Sequence[View], grid: Grid, weight: float | None = None) -> Volume:
    """Least squares with a penalty on the squared Laplacian, by conjugate gradients.

    Minimises ``|A x - y|^2 + weight |Laplacian x|^2``; the weight grows with the views' noise if not given.
    """
    operator = view_operator(views, grid)
    if weight is None:
        weight = smoothness_weight(relative_noise(operator, views))
    return smooth_solution(operator, [view.data for view in views], weight, cubic(views, grid), 200)


def total_variation(
    views: Sequence[View], grid: Grid, weight: float | None = None, iterations: int = 200
) -> Volume:
    """Least squares with isotropic total variation.

    Minimises ``|A x - y|^2 / 2 + weight * range(y) * TV(x)``; the weight grows with the views' noise if not given.
    """
    operator = view_operator(views, grid)
    if weight is None:
        weight = variation_weight(relative_noise(operator, views))
    low = float(min(view.data.min() for view in views))
    scale = float(max(view.data.max() for view in views)) - low or 1.0
    # a slice of a constant is that constant: working from the lowest intensity up keeps single precision
    measured = [(view.data - low) / scale for view in views]
    start = (cubic(views, grid) - low) / scale
    return minimise_variation(operator, measured, start, weight, iterations) * scale + low
