"""The figure of a follow-up: the earlier scan, the later one, what changed between them, and what is remembered."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from isospine.figures.images import planes_figure
from isospine.figures.panels import Panel
from isospine.figures.style import nice_ceiling
from isospine.geometry.display_slices import image_frame
from isospine.geometry.grid import Affine, Grid, Volume

#: Millimetres shown at most along each axis.
LARGEST_FIELD = 120.0
#: Colours of changes in both directions, of shares and of lengths.
DIVERGING, SHARES, LENGTHS = "RdBu_r", "viridis", "magma"


def follow_up_figure(
    image: Volume,
    placed: Volume,
    change: Volume,
    score: Volume,
    remembered: Volume,
    displacement: Volume,
    grid: Grid,
    threshold: float,
    focus: NDArray[np.uint8] | None = None,
) -> Figure:
    """Show both scans and the maps of a follow-up in three planes, where they change most.

    Parameters
    ----------
    image, placed : (I, J, K) array
        The later scan, and the earlier one in its place and intensities.
    change, score, remembered : (I, J, K) array
        Difference of the two, its z-score, and the share of each voxel that is remembered.
    displacement : (3, I, J, K) array
        Of the body between the scans, mm.
    grid : Grid
        Their grid.
    threshold : float
        Absolute z from which a voxel counts as changed.
    focus : (I, J, K) array, optional
        Positive where the slices should be taken; else through the middle of the anatomy.
    """
    affine: Affine = grid.affine
    span = float(image.max() - image.min()) or 1.0
    percent = change * np.float32(100 / span)
    largest = nice_ceiling(float(np.percentile(np.abs(percent), 99.9)) or 1.0)
    length = np.sqrt(np.einsum("a...,a...->...", displacement, displacement))
    longest = nice_ceiling(float(np.percentile(length, 99.5)) or 1.0)
    highest = max(2 * threshold, nice_ceiling(float(np.abs(score).max()) or 1.0) / 2)
    panels = [
        Panel("earlier", placed, affine),
        Panel("later", image, affine),
        Panel(
            f"change, \u00b1{largest:g} %",
            percent,
            affine,
            window=(-largest, largest),
            colours=DIVERGING,
        ),
        Panel(
            f"z, \u00b1{highest:g}",
            score,
            affine,
            window=(-highest, highest),
            colours=DIVERGING,
        ),
        Panel(
            "remembered, 0 to 1",
            remembered,
            affine,
            window=(0.0, 1.0),
            colours=SHARES,
        ),
        Panel(
            f"moved, 0 to {longest:g} mm",
            length.astype(np.float32),
            affine,
            window=(0.0, longest),
            colours=LENGTHS,
        ),
    ]
    frame = image_frame(image, affine, focus)
    return planes_figure(panels, frame, LARGEST_FIELD)
