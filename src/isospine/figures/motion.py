"""Draw the estimated motion of acquired views and of their slices."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from isospine.figures.style import COLOURS, MARKERS, SHADE, styled
from isospine.geometry.grid import FloatArray
from isospine.geometry.rigid import rigid_parameters
from isospine.views.placed import PlacedViews
from isospine.words import printable

#: Titles of the panels of rotations and shifts along R, A and S.
PANELS = (("shift (mm)", slice(3, 6)), ("turn (degrees)", slice(0, 3)))


@styled
def motion_figure(placed: PlacedViews) -> Figure:
    """Motion of the body at each view relative to the first, and of each slice relative to its view.

    Parameters
    ----------
    placed : PlacedViews
        One row for its views, and one for the slices of each view where these were moved; slices that were left out are
        shaded.
    """
    rows = 1 + len(placed.slices)
    figure = Figure(figsize=(7.6, 0.3 + 1.8 * rows), layout="constrained")
    panels = figure.subplots(rows, 2, squeeze=False)
    views = np.array([rigid_parameters(motion, placed.frame.centre) for motion in placed.motions])
    draw_motion(panels[0], views, "views, against the first", "view", first=1, line="none")
    for row, one, motion in zip(panels[1:], placed.acquired, placed.slices, strict=False):
        draw_motion(
            row, motion.parameters, f"slices of {one.path.name}, against their view", "slice", one.first
        )
        for axes in row:
            for number in [one.first + place for place in (*motion.left_out, *one.bridged)]:
                axes.axvspan(number - 0.5, number + 0.5, color=SHADE, linewidth=0)
    return figure


def draw_motion(
    row: Sequence[Axes], parameters: FloatArray, title: str, unit: str, first: int = 0, line: str = "-"
) -> None:
    """Draw shifts and turns about R, A and S, (N, 6) in degrees and mm, against the number of a view or slice."""
    numbers = np.arange(first, first + len(parameters))
    for axes, (label, part) in zip(row, PANELS, strict=True):
        axes.axhline(0, color=SHADE, linewidth=0.8)
        for values, name, colour, marker in zip(parameters[:, part].T, "RAS", COLOURS, MARKERS, strict=False):
            axes.plot(numbers, values, linestyle=line, marker=marker, color=colour, markersize=4, label=name)
        axes.set_xlabel(unit)
        axes.set_ylabel(label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    # a name of a file may hold what matplotlib takes for mathematics
    row[0].set_title(printable(title), loc="left", parse_math=False)
    row[1].legend(ncols=3, loc="best")
