"""Segment from binary labels: the zero level of a smooth signed distance, through the acquisition of every view.

A voxel of a thick slice is drawn where more than half of it is inside. The signed distance is a cubic spline; what it says of
each thick voxel is compared with what was drawn.

Source: Bernard, Friboulet, Thevenaz & Unser, Variational B-spline level-set, IEEE TIP 2009, for the spline.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline
from scipy.linalg import pinv
from scipy.optimize import minimize
from scipy.special import expit

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.resample import resample
from isospine.physics.operator import Operator, operator_of
from isospine.physics.slice_profile import apply_along
from isospine.physics.view import View
from isospine.segmentation.interpolation import EDGE, filled, slice_distance
from isospine.segmentation.region import MARGIN, labelled_region

#: Distance between the knots of the spline in mm.
KNOTS = 2.0

#: How certainly a voxel is drawn by the part of it that is inside, beyond one half.
CERTAINTY = 20.0

#: Weight of the squared second differences of the coefficients.
SMOOTHNESS = 0.004

#: Steps of the solver, at most.
STEPS = 100


def distance_spline(views: Sequence[View], grid: Grid) -> Volume:
    """Occupancy in [0, 1] of each voxel of a grid, from labels drawn on thick slices.

    With the spline ``phi`` and the occupancy ``x = sigmoid(phi / EDGE)``, minimises the cross-entropy of the labels and
    ``sigmoid(CERTAINTY (A x - 1/2))``, plus `SMOOTHNESS` times the squared second differences of the coefficients.
    """
    region = labelled_region(views, grid)
    fit = _Fit(operator_of(region.views, region.grid), region.views, region.grid)
    start = np.mean(
        [resample(_bounded_distance(view), view.grid, region.grid, 1) for view in region.views], 0
    )
    first = fit.coefficients(np.asarray(start, np.float32))
    found = minimize(
        fit.loss, first.ravel(), args=(first.shape,), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}
    )
    return region.restored(filled(fit.spline(found.x.reshape(first.shape))))


def _bounded_distance(view: View) -> Volume:
    return np.clip(slice_distance(view), -MARGIN, MARGIN)


class _Fit:
    """Loss of a spline's coefficients, and its gradient."""

    def __init__(self, operator: Operator, views: Sequence[View], grid: Grid) -> None:
        self.operator = operator
        self.drawn = [(view.data > 0.5).astype(np.float32) for view in views]
        self.bases = [
            spline_basis(n, float(spacing)) for n, spacing in zip(grid.shape, grid.spacing, strict=True)
        ]

    def coefficients(self, distance: Volume) -> FloatArray:
        """Coefficients of the spline nearest to a volume."""
        for axis, basis in enumerate(self.bases):
            distance = apply_along(np.asarray(pinv(basis), np.float64), distance, axis)
        return distance.astype(np.float64)

    def spline(self, coefficients: FloatArray) -> Volume:
        """Signed distance in mm at every voxel."""
        distance = coefficients.astype(np.float32)
        for axis, basis in enumerate(self.bases):
            distance = apply_along(basis, distance, axis)
        return distance

    def loss(self, flat: FloatArray, shape: tuple[int, int, int]) -> tuple[float, FloatArray]:
        """Loss, and its derivative by the coefficients."""
        coefficients = flat.reshape(shape)
        occupancy = filled(self.spline(coefficients))
        total, back = 0.0, []
        for seen, drawn in zip(self.operator.forward(occupancy), self.drawn, strict=True):
            logit = np.float32(CERTAINTY) * (seen - np.float32(0.5))
            total += float((np.logaddexp(0, logit) - logit * drawn).sum(dtype=np.float64))
            back.append(np.float32(CERTAINTY) * (expit(logit) - drawn))
        slope = self.operator.adjoint(back) * occupancy * (1 - occupancy) / np.float32(EDGE)
        for axis, basis in enumerate(self.bases):
            slope = apply_along(basis.T, slope, axis)
        roughness, rough_slope = squared_roughness(coefficients)
        return total + SMOOTHNESS * roughness, (slope + SMOOTHNESS * rough_slope).ravel()


def spline_basis(length: int, spacing: float) -> NDArray[np.float64]:
    """Cubic B-splines with knots about `KNOTS` apart at the voxels of an axis, shape (length, splines)."""
    extent = (length - 1) * spacing
    pieces = max(round(extent / KNOTS), 1)
    knots = np.arange(-3, pieces + 4) * (extent / pieces)
    places = np.clip(np.arange(length) * spacing, 0, extent * (1 - 1e-9))
    return np.asarray(BSpline.design_matrix(places, knots, 3).toarray(), np.float64)


def squared_roughness(coefficients: FloatArray) -> tuple[float, FloatArray]:
    """Sum of squared second differences along every axis, and its derivative."""
    total, slope = 0.0, np.zeros_like(coefficients)
    for axis in range(coefficients.ndim):
        bends = np.diff(coefficients, 2, axis=axis)
        total += float((bends**2).sum())
        padding = [(2, 2) if own == axis else (0, 0) for own in range(coefficients.ndim)]
        slope += 2 * np.diff(np.pad(bends, padding), 2, axis=axis)
    return total, slope
