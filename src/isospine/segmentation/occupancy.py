"""Segment from soft labels: the occupancy of each voxel, whose slices are the labels, with the least total variation.

Source: Chan, Esedoglu & Nikolova, Algorithms for finding global minimizers of image segmentation and denoising models,
SIAM J. Appl. Math. 2006.
"""

from collections.abc import Sequence

import numpy as np

from isospine.geometry.grid import Grid, Volume
from isospine.physics.operator import operator_of
from isospine.physics.view import View
from isospine.segmentation.region import labelled_region
from isospine.solvers.noise import relative_noise
from isospine.solvers.total_variation import total_variation

#: Weight of the variation without noise, and what noise of the whole range adds. Occupancies are 0 or 1 nearly everywhere, so that
#: they bear more than twice what intensities do.
WEIGHT, WEIGHT_OF_NOISE = 0.002, 0.3


def least_variation(views: Sequence[View], grid: Grid) -> Volume:
    """Occupancy in [0, 1] of each voxel of a grid, from fractions drawn on thick slices.

    Minimises ``|A x - y|^2 / 2 + weight * TV(x)``; the weight grows with the labels' noise.
    """
    region = labelled_region(views, grid)
    noise = relative_noise(operator_of(region.views, region.grid), region.views)
    solved = total_variation(region.views, region.grid, WEIGHT + WEIGHT_OF_NOISE * noise)
    return region.restored(np.clip(solved, 0, 1))
