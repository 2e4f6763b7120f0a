"""Map where views contradict each other: residual motion, artefacts, or mismatched intensities."""

from collections.abc import Sequence

import numpy as np

from isospine.geometry.grid import Grid, Volume
from isospine.geometry.resample import resample
from isospine.physics.interpolate import covers
from isospine.physics.magnitude import near_one, times_power
from isospine.physics.view import View
from isospine.views.registration import blurred


def disagreement(views: Sequence[View], grid: Grid) -> Volume:
    """Standard deviation between views that were made equally blurred, at each voxel that two or more of them cover.

    Parameters
    ----------
    views : sequence of View
        Where the body was during the first one, in its intensities.
    grid : Grid
        Where it is wanted.

    Returns
    -------
    (I, J, K) ndarray
        In units of intensity; 0 where fewer than two views are.
    """
    views, exponent = near_one(views)
    shown, inside = [], []
    for number, view in enumerate(views):
        image = resample(view.data, view.grid, grid, degree=1)
        for other_number, other in enumerate(views):
            if other_number != number:
                image = blurred(image, grid, other)
        shown.append(image)
        inside.append(covers(view, grid))
    count = np.sum(inside, axis=0)
    mean = np.sum(np.where(inside, shown, 0), axis=0) / np.maximum(count, 1)
    squared = np.sum(np.where(inside, np.square(np.array(shown) - mean), 0), axis=0)
    spread = np.where(count > 1, np.sqrt(squared / np.maximum(count - 1, 1)), 0).astype(np.float32)
    return times_power(spread, exponent)
