"""Figure of the segmentations of the cord: outlines in two planes, and areas along it."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from isospine.evaluation.segmentation_scores import slice_areas
from isospine.figures.panels import Panel, Sheet, draw_letters, draw_scale_bar, show_slice
from isospine.figures.style import REFERENCE_STYLE, Style, method_styles, styled
from isospine.geometry.display_slices import (
    Slice,
    display_window,
    field_around_focus,
    image_frame,
    take_slice,
)
from isospine.geometry.grid import Affine, Grid, Volume
from isospine.geometry.planes import thick_axis

#: Millimetres shown in each plane.
FIELDS = {"axial": 24.0, "sagittal": 60.0}
#: The truth on images, where black is not seen on cord and white not on fluid.
TRUTH: Style = {"color": "#F0E442", "linestyle": "-", "linewidth": 3.0}


@styled
def segmentation_figure(
    reference: Panel, truth: NDArray[np.uint8] | None, occupancies: Mapping[str, Volume]
) -> Figure:
    """Outline the segmentations and the truth on an image, and draw their areas along the cord.

    Parameters
    ----------
    reference : Panel
        The image.
    truth : (I, J, K) uint8 array or None
        The dataset's own mask on its grid; None where nobody knows it.
    occupancies : mapping of str to (I, J, K) array
        Part of each voxel that is inside, by method.
    """
    styles, affine = method_styles(occupancies), reference.affine
    sheet, side = Sheet(7.2, 2.75), 2.3
    # through the middle of the cord, by the last method where there is no truth
    cord = list(occupancies.values())[-1] > 0.5 if truth is None else truth
    frame = image_frame(reference.data, affine, cord.astype(np.uint8))
    window = display_window(reference.data)
    for number, (plane, field) in enumerate(FIELDS.items()):
        shown = take_slice(reference.data, affine, frame, plane)
        limits = field_around_focus(shown.extent, field)
        axes = sheet.axes(0.1 + number * (side + 0.1), 0.1, side, side)
        show_slice(axes, shown, window, limits)
        outlines = {} if truth is None else {"": (truth.astype(np.float32), TRUTH)}
        outlines |= {name: (volume, styles[name]) for name, volume in occupancies.items()}
        for volume, style in outlines.values():
            _outline(axes, take_slice(volume, affine, frame, plane), style)
        draw_letters(axes, plane)
        draw_scale_bar(axes)
    axes = sheet.axes(0.1 + 2 * (side + 0.1) + 0.5, 0.15, 7.1 - 2 * (side + 0.1) - 0.6, 1.3)
    _areas(axes, affine, truth, occupancies, styles)
    handles, names = axes.get_legend_handles_labels()
    sheet.figure.legend(handles, names, loc="lower right", bbox_to_anchor=(1, 0), ncols=1, fontsize=7)
    return sheet.figure


def _outline(axes: Axes, shown: Slice, style: Style) -> None:
    """Draw where a slice crosses one half."""
    height, width = shown.pixels.shape
    left, right, bottom, top = shown.extent
    across = left + (np.arange(width) + 0.5) * (right - left) / width
    up = bottom + (np.arange(height) + 0.5) * (top - bottom) / height
    if shown.pixels.min() < 0.5 < shown.pixels.max():
        axes.contour(
            across,
            up,
            shown.pixels,
            [0.5],
            colors=[style["color"]],
            linestyles=[style["linestyle"]],
            linewidths=[style.get("linewidth", 1.0)],
        )


def _areas(
    axes: Axes,
    affine: Affine,
    truth: NDArray[np.uint8] | None,
    occupancies: Mapping[str, Volume],
    styles: Mapping[str, Style],
) -> None:
    """Draw the area of each mask against the height above the lowest slice."""
    i, j, k = next(iter(occupancies.values())).shape
    grid, axis = Grid((i, j, k), affine), thick_axis(affine, "axial")
    height = np.arange(grid.shape[axis]) * grid.spacing[axis]
    if affine[2, axis] < 0:
        height = height[::-1]
    lines = [] if truth is None else [("dataset's own", truth > 0, REFERENCE_STYLE)]
    lines += [(name, volume > 0.5, styles[name]) for name, volume in occupancies.items()]
    for name, mask, style in lines:
        axes.plot(height, slice_areas(mask, grid), label=name, **style)
    axes.set(xlabel="height (mm)", ylabel="area (mm$^2$)")
