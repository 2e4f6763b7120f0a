"""Project reconstructions onto the range of magnitudes: where no view is negative, no voxel of the image is.

Raising negative voxels to zero alone makes slices brighter than they were measured. Alternated with the smallest
correction that takes this back, it moves intensity to where it can have come from.

Source: Bauschke & Borwein, On projection algorithms for solving convex feasibility problems, SIAM Review 1996.
"""

from collections.abc import Sequence

import numpy as np

from isospine.geometry.grid import Grid, Volume
from isospine.physics.magnitude import magnitude, times_power
from isospine.physics.operator import Operator, operator_of
from isospine.physics.view import View
from isospine.solvers.consistency import consistency_correction

#: Alternations of the two projections: more gained less than 0.02 dB where these gained 0.03 to 0.15.
ALTERNATIONS = 2


def are_magnitudes(views: Sequence[View]) -> bool:
    """Check whether no voxel of some views is negative, as is so unless someone subtracted an offset or a mean."""
    return all(bool(view.data.min() >= 0) for view in views)


def without_negatives(image: Volume) -> Volume:
    """Raise negative voxels to zero; an image that is not finite stays as it is, for who refuses it."""
    return np.maximum(image, np.float32(0)) if np.isfinite(image).all() else image


def nonnegative(image: Volume, operator: Operator) -> Volume:
    """Raise negative voxels to zero, alternately with the correction that brings back what the views show of the image.

    Parameters
    ----------
    image : (I, J, K) array
        Estimate on the fine grid, with intensities near 1.
    operator : Operator
        How the views arise from the fine image.

    Returns
    -------
    (I, J, K) ndarray
        The image itself where it has no negative voxel.
    """
    if not image.min() < 0 or not np.isfinite(image).all():
        return image
    shown = operator.forward(image)
    image = without_negatives(image)
    for _ in range(ALTERNATIONS):
        back = consistency_correction(image, operator, shown, operator.smallest_ridge)
        image = without_negatives(image + back)
    return image


def of_magnitudes(image: Volume, views: Sequence[View], grid: Grid) -> Volume:
    """Project a solution onto the range of magnitudes where its views have it; else return it as it is."""
    return nonnegative_solution(image, views, grid) if are_magnitudes(views) else image


def nonnegative_solution(image: Volume, views: Sequence[View], grid: Grid) -> Volume:
    """Apply `nonnegative` to an image on `grid` that was solved for from `views`, of any magnitude."""
    if not image.min() < 0:  # nothing to do, and no operator to build
        return image
    exponent = magnitude(view.data for view in views)
    near = times_power(image, -exponent)
    return times_power(nonnegative(near, operator_of(views, grid)), exponent)
