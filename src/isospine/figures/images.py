"""Figures of one image: its views, its reconstructions and their errors."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from isospine.figures.panels import (
    LEAST_HEIGHT,
    LEAST_WIDTH,
    OUTLINE,
    Panel,
    Sheet,
    draw_letters,
    draw_scale_bar,
    show_slice,
    with_room,
)
from isospine.figures.style import nice_ceiling, styled
from isospine.geometry.display_slices import (
    Frame,
    Limits,
    Slice,
    display_window,
    field_around_focus,
    take_slice,
)
from isospine.geometry.grid import Volume

PLANES = ("sagittal", "coronal", "axial")
ERROR_COLOURS = "inferno"
#: Inches between planes, and of the largest slice.
GAP, LARGEST_PLANE = 0.06, 3.2
#: Least width and height of the whole slice of a comparison, as a share of the larger one.
LEAST_SHARE = 0.55
#: Letters of a title that are as wide as a column of a comparison.
TITLE_LETTERS = 20


@styled
def planes_figure(panels: Sequence[Panel], frame: Frame, largest_field: float) -> Figure:
    """Show volumes in three planes, one per row, at one physical scale and with one window.

    Parameters
    ----------
    panels : sequence of Panel
        The reference first; it gives the field of view, and the window of those that have none of their own.
    frame : Frame
        Where the slices are taken.
    largest_field : float
        Millimetres shown at most along each axis.
    """
    window = display_window(panels[0].data)
    limits = _plane_limits(panels[0], frame, largest_field)
    row = max(limits[plane][3] - limits[plane][2] for plane in PLANES)
    margin, heading, caption = 0.1, 0.25, 0.32
    scale = min(
        _plane_scale(limits, 7.2 - 2 * margin), (9.4 - heading) / len(panels) / row, LARGEST_PLANE / row
    )
    limits, row = _readable(limits, scale)
    width = _planes_width(limits, scale)
    sheet = Sheet(width + 2 * margin, heading + len(panels) * (row * scale + caption) + margin)
    _name_planes(sheet, margin, heading / 2, limits, scale)
    for number, panel in enumerate(panels):
        top = heading + number * (row * scale + caption)
        sheet.text(margin, top + 0.6 * caption, panel.title, va="center", fontsize=9)
        _draw_planes(sheet, margin, top + caption, panel, frame, window, limits, scale)
    return sheet.figure


@styled
def grids_figure(
    reference: Panel, recipes: Sequence[tuple[Panel, Panel]], frame: Frame, largest_field: float
) -> Figure:
    """Show each reconstruction on the reference's grid, and beside it on a finer grid.

    All slices show the same field of view at one physical scale and with one window.

    Parameters
    ----------
    reference : Panel
        The truth; it gives the window and the field of view.
    recipes : sequence of (Panel, Panel)
        A reconstruction on the reference's grid, and on the finer one.
    frame : Frame
        Where the slices are taken.
    largest_field : float
        Millimetres shown at most along each axis.
    """
    window = display_window(reference.data)
    limits = _plane_limits(reference, frame, largest_field)
    row = max(limits[plane][3] - limits[plane][2] for plane in PLANES)
    margin, heading, caption, between = 0.1, 0.25, 0.32, 0.25
    scale = min(_plane_scale(limits, (10.4 - 2 * margin - between) / 2), LARGEST_PLANE / row)
    limits, row = _readable(limits, scale)
    block = _planes_width(limits, scale) + between
    height = heading + (1 + len(recipes)) * (row * scale + caption) + margin
    sheet = Sheet(2 * block - between + 2 * margin, height)
    note = "No truth is known on the finer grid:\nthe figure shows looks, not accuracy."
    sheet.text(margin + block, heading + caption, note, va="top", fontsize=9)
    for number, panels in enumerate([(reference,), *recipes]):
        top = heading + number * (row * scale + caption)
        for side, panel in enumerate(panels):
            left = margin + side * block
            if number == side:  # above the first slices of each side
                _name_planes(sheet, left, top + heading / 2 - heading, limits, scale)
            sheet.text(left, top + 0.6 * caption, panel.title, va="center", fontsize=9)
            _draw_planes(sheet, left, top + caption, panel, frame, window, limits, scale)
    return sheet.figure


def _plane_limits(reference: Panel, frame: Frame, largest_field: float) -> dict[str, Limits]:
    """Field of view in each plane, with a maximum width and height in mm."""
    slices = {plane: take_slice(reference.data, reference.affine, frame, plane) for plane in PLANES}
    return {plane: field_around_focus(shown.extent, largest_field) for plane, shown in slices.items()}


def _readable(limits: dict[str, Limits], scale: float) -> tuple[dict[str, Limits], float]:
    """Limits with room for letters around thin slabs, at a scale in inches per mm, and the height of the highest in mm."""
    roomy = {
        plane: with_room(own, LEAST_WIDTH / scale, LEAST_HEIGHT / scale) for plane, own in limits.items()
    }
    return roomy, max(own[3] - own[2] for own in roomy.values())


def _plane_scale(limits: dict[str, Limits], width: float) -> float:
    """Inches per mm that give the three planes a total width in inches."""
    return (width - 2 * GAP) / sum(right - left for left, right, _, _ in limits.values())


def _planes_width(limits: dict[str, Limits], scale: float) -> float:
    """Inches of the three planes side by side."""
    return sum(right - left for left, right, _, _ in limits.values()) * scale + 2 * GAP


def _name_planes(sheet: Sheet, left: float, top: float, limits: dict[str, Limits], scale: float) -> None:
    """Write the names of the planes above them."""
    for plane in PLANES:
        width = (limits[plane][1] - limits[plane][0]) * scale
        sheet.text(left + width / 2, top, plane, ha="center", va="center", fontsize=9, weight="bold")
        left += width + GAP


def _draw_planes(
    sheet: Sheet,
    left: float,
    top: float,
    panel: Panel,
    frame: Frame,
    window: tuple[float, float],
    limits: dict[str, Limits],
    scale: float,
) -> None:
    """Draw a volume in the three planes side by side, each with letters and a scale bar, in its own window if it has one."""
    for plane in PLANES:
        low, high, bottom, upper = limits[plane]
        axes = sheet.axes(left, top, (high - low) * scale, (upper - bottom) * scale)
        shown = take_slice(panel.data, panel.affine, frame, plane)
        show_slice(axes, shown, panel.window or window, limits[plane], panel.colours)
        draw_letters(axes, plane)
        draw_scale_bar(axes)
        left += (high - low) * scale + GAP


@styled
def comparison_figure(panels: Sequence[Panel], frame: Frame, largest_field: float, patch: float) -> Figure:
    """Show reconstructions beside the reference: a slice, and patches around the focus with their errors.

    Parameters
    ----------
    panels : sequence of Panel
        The reference first; it gives the window and the field of view. All lie on its grid.
    frame : Frame
        Where the slices are taken.
    largest_field : float
        Millimetres of the sagittal slice shown at most along each axis.
    patch : float
        Width and height of the patches in mm.
    """
    reference = panels[0]
    window = display_window(reference.data)
    data_range = float(reference.data.max() - reference.data.min())
    planes = ("sagittal", "axial")
    slices = [{plane: take_slice(p.data, p.affine, frame, plane) for plane in planes} for p in panels]
    whole = field_around_focus(slices[0]["sagittal"].extent, largest_field)
    whole = with_room(whole, LEAST_SHARE * max(whole[1] - whole[0], whole[3] - whole[2]))
    patches = {
        plane: with_room(field_around_focus(slices[0][plane].extent, patch), patch) for plane in planes
    }
    errors = [
        {plane: _error(shown[plane], slices[0][plane], data_range) for plane in planes} for shown in slices
    ]
    shown_errors = [_inside(error[plane], patches[plane]) for error in errors[1:] for plane in planes]
    largest = nice_ceiling(max((float(np.percentile(e, 99.5)) for e in shown_errors), default=1.0) or 1.0)

    column, gap, left_margin = 1.5, 0.06, 0.32
    titles = [p.title if len(p.title) <= TITLE_LETTERS else p.title.replace(" (", "\n(") for p in panels]
    heading = 0.15 + 0.15 * max(title.count("\n") + 1 for title in titles)
    heights = {"slice": column * (whole[3] - whole[2]) / (whole[1] - whole[0])}
    for plane, part in patches.items():
        heights[plane] = column * (part[3] - part[2]) / (part[1] - part[0])
    rows = [("slice", heights["slice"])]
    rows += [(f"{plane} {kind}", heights[plane]) for plane in planes for kind in ("patch", "error")]
    notes = 0.16 * max(len(panel.notes) for panel in panels) + 0.1
    sheet = Sheet(
        left_margin + len(panels) * (column + gap) + gap,
        heading + sum(height + gap for _, height in rows) + notes,
    )
    for number, panel in enumerate(panels):
        left, top = left_margin + number * (column + gap), heading
        middle = left + column / 2
        sheet.text(middle, heading / 2, titles[number], ha="center", va="center", fontsize=9, weight="bold")
        for name, height in rows:
            if number == 0:
                label = {"slice": "sagittal slice"}.get(name, name)
                sheet.text(left_margin / 2, top + height / 2, label, ha="center", va="center", rotation=90)
            if not (number == 0 and name.endswith("error")):
                axes = sheet.axes(left, top, column, height)
                _draw_cell(axes, name, slices[number], errors[number], window, largest, whole, patches)
                if number == 0:
                    draw_letters(axes, "sagittal" if name == "slice" else name.split()[0])
                    draw_scale_bar(axes)
            top += height + gap
        for line, note in enumerate(panel.notes):
            sheet.text(middle, top + 0.1 + 0.16 * line, note, ha="center", va="center", fontsize=7.5)
    error_top = heading + sum(height + gap for _, height in rows[:2])
    bar = sheet.axes(left_margin + 0.35 * column, error_top + 0.1, 0.1, heights["sagittal"] - 0.2)
    colours = ScalarMappable(Normalize(0, largest), ERROR_COLOURS)
    sheet.figure.colorbar(colours, cax=bar, label="absolute error\n(% of range)")
    return sheet.figure


def _draw_cell(
    axes: Axes,
    name: str,
    slices: dict[str, Slice],
    errors: dict[str, Slice],
    window: tuple[float, float],
    largest: float,
    whole: Limits,
    patches: dict[str, Limits],
) -> None:
    """Draw one cell of a comparison."""
    if name == "slice":
        show_slice(axes, slices["sagittal"], window, whole)
        left, right, bottom, top = patches["sagittal"]
        frame = Rectangle(
            (left, bottom), right - left, top - bottom, fill=False, edgecolor="white", linewidth=0.8
        )
        frame.set_path_effects(OUTLINE)
        axes.add_patch(frame)
        return
    plane, kind = name.split()
    if kind == "patch":
        show_slice(axes, slices[plane], window, patches[plane])
    else:
        show_slice(axes, errors[plane], (0, largest), patches[plane], ERROR_COLOURS)


def _error(image: Slice, reference: Slice, data_range: float) -> Slice:
    """Absolute error in percent of the reference's range."""
    error = np.abs(image.pixels - reference.pixels) * np.float32(100 / data_range)
    return Slice(image.plane, error, image.extent)


def _inside(shown: Slice, limits: Limits) -> Volume:
    """Pixels whose centres lie inside limits."""
    height, width = shown.pixels.shape
    left, right, bottom, top = shown.extent
    x = left + (np.arange(width) + 0.5) * (right - left) / width
    y = bottom + (np.arange(height) + 0.5) * (top - bottom) / height
    rows = (y >= limits[2]) & (y <= limits[3])
    return shown.pixels[rows][:, (x >= limits[0]) & (x <= limits[1])]
