"""Draw intensities along lines, and the position of these lines in the reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from isospine.evaluation.line_profiles import ACROSS_MM, REFERENCE, SIGNS, ProfileLine, profile_rmse
from isospine.evaluation.spectrum import anatomical_axis
from isospine.figures.panels import OUTLINE, Panel, Sheet, draw_letters, draw_scale_bar, show_slice
from isospine.figures.style import GREY, REFERENCE_STYLE, SHADE, Style, method_styles, styled
from isospine.geometry.display_slices import PLANE_AXES, Frame, display_window, field_around_focus, take_slice
from isospine.geometry.grid import Affine
from isospine.geometry.planes import thick_axis

#: Planes in which the lines are shown, and which lines lie in them.
SHOWN = {"axial": ("A-P", "R-L"), "sagittal": ("A-P", "I-S")}
LINE_COLOUR = "#F0E442"
THROUGH_VOLUME = "no cord segmentation: through the middle of the volume"
THROUGH_CORD = "no space in front of the cord: through its middle"


@dataclass(frozen=True)
class Thickness:
    """Return the slice thickness of a view along one anatomical axis, in mm."""

    axis: str
    plane: str
    length: float


def slice_thicknesses(affine: Affine, views: Sequence[Mapping[str, Any]]) -> list[Thickness]:
    """Thickness of the slices of each view (`plane`, `factor`) of a reference with this affine."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    axes = [thick_axis(affine, view["plane"]) for view in views]
    return [
        Thickness(anatomical_axis(affine, axis), view["plane"], float(view["factor"] * spacing[axis]))
        for axis, view in zip(axes, views, strict=True)
    ]


@styled
def profile_figure(
    table: pd.DataFrame,
    titles: Mapping[str, str],
    lines: Sequence[ProfileLine],
    reference: Panel,
    frame: Frame,
    thicknesses: Sequence[Thickness],
) -> Figure:
    """Intensity along each line, beside slices of the reference that show the lines.

    Parameters
    ----------
    table : DataFrame
        Of `intensity_profiles.intensity_profiles`.
    titles : mapping
        Method to its name in the figure, in the order of the legend.
    lines : sequence of ProfileLine
        Of `intensity_profiles.profile_lines`.
    reference : Panel
        The truth.
    frame : Frame
        Where its slices are taken.
    thicknesses : sequence of Thickness
        Of the views, drawn as bars to compare details with.
    """
    margin, column, room, plot = 0.1, 2.3, 0.8, 4.4
    heading, height, gap, strip, beneath = 0.3, 1.45, 0.12, 0.72, 0.5
    row = heading + height + gap + strip + beneath
    legend = 0.65 + 0.065 * max(map(len, ["RMSE (% of range)", *titles.values()]))
    sheet = Sheet(margin + column + room + plot + legend, len(lines) * row)
    share = (sheet.height - beneath) / len(SHOWN)
    for number, plane in enumerate(SHOWN):
        _draw_slice(sheet, margin, number * share, column, share, plane, lines, reference, frame)
    styles = method_styles(titles)
    for number, line in enumerate(lines):
        top = number * row + heading
        profile = sheet.axes(margin + column + room, top, plot, height)
        error = sheet.axes(margin + column + room, top + height + gap, plot, strip)
        _draw_profile(profile, error, table, line, titles, styles)
        _draw_thicknesses(profile, line, [one for one in thicknesses if one.axis == line.axis])
    return sheet.figure


def _draw_slice(
    sheet: Sheet,
    left: float,
    top: float,
    width: float,
    height: float,
    plane: str,
    lines: Sequence[ProfileLine],
    reference: Panel,
    frame: Frame,
) -> None:
    """Draw the reference in one plane through the focus and the lines in it, as large as the place allows."""
    heading, gap = 0.3, 0.1
    drawn = [line for line in lines if line.axis in SHOWN[plane]]
    # around the focus, which need not be in the middle of a line; and 1 mm for half a voxel
    size = max(1.25 * ACROSS_MM, *(2 * float(np.abs(line.position).max() + 1) for line in drawn))
    shown = take_slice(reference.data, reference.affine, frame, plane)
    limits = field_around_focus(shown.extent, size)
    across, up = limits[1] - limits[0], limits[3] - limits[2]
    scale = min(width / across, (height - heading - gap) / up)
    sheet.text(
        left + width / 2, top + heading / 2, f"{plane}, reference", ha="center", va="center", fontsize=9
    )
    axes = sheet.axes(left + (width - across * scale) / 2, top + heading, across * scale, up * scale)
    show_slice(axes, shown, display_window(reference.data), limits)
    draw_letters(axes, plane)
    for letter in axes.texts:  # a line may run through it
        letter.set_bbox({"facecolor": "black", "edgecolor": "none", "pad": 0.6})
    draw_scale_bar(axes)
    _, horizontal, vertical = PLANE_AXES[plane]
    for line in drawn:
        x, y = SIGNS[horizontal] * line.offsets[:, horizontal], line.offsets[:, vertical]
        axes.plot(x, y, color=LINE_COLOUR, linewidth=1, path_effects=OUTLINE)
        _name_line(axes, line.axis, x, y)


def _name_line(axes: Axes, name: str, x: Any, y: Any) -> None:
    """Write the name of a line beside its right or upper end."""
    upright = np.ptp(y) > np.ptp(x)
    end = int(np.argmax(y if upright else x))
    axes.annotate(
        name,
        (x[end], y[end]),
        xytext=(-5, -14) if upright else (-8, 3),
        textcoords="offset points",
        ha="right",
        va="top" if upright else "bottom",
        color=LINE_COLOUR,
        fontsize=7,
        path_effects=OUTLINE,
    )


def _draw_profile(
    profile: Axes,
    error: Axes,
    table: pd.DataFrame,
    line: ProfileLine,
    titles: Mapping[str, str],
    styles: Mapping[str, Style],
) -> None:
    """Draw the intensities along one line, each method's error beneath, and its root mean square beside them."""
    own = table[table["axis"] == line.axis]
    truth = own.loc[own["method"] == REFERENCE, "value"].to_numpy()
    profile.plot(line.position, truth, **REFERENCE_STYLE)
    handles = [Line2D([], [], label=REFERENCE, **REFERENCE_STYLE)]
    error.axhline(0, color="black", linewidth=0.8)
    error.yaxis.set_major_locator(MaxNLocator(4, prune="upper"))  # apart from the ticks above
    for method, style in styles.items():
        values = own.loc[own["method"] == method, "value"].to_numpy()
        profile.plot(line.position, values, **style)
        error.plot(line.position, values - truth, **style)
        label = f"{profile_rmse(table, line.axis, method):.2f}  {titles[method]}"
        handles.append(Line2D([], [], label=label, **style))
    step = abs(np.diff(line.position).mean()) if len(line.position) > 1 else 1.0
    for axes in (profile, error):
        axes.set_xlim(line.position[0] - step / 2, line.position[-1] + step / 2)
        axes.yaxis.set_label_coords(-0.095, 0.5)
    low, high = profile.get_ylim()
    profile.set_ylim(low, high + 0.3 * (high - low))  # space for labels
    if line.cord is not None:
        _shade_cord((profile, error), line, step)
    first, last = line.axis.split("-")
    middle = "volume" if line.cord is None else "cord"
    profile.tick_params(labelbottom=False)
    error.set_xlabel(f"{first}  ←  position from the middle of the {middle} (mm)  →  {last}")
    profile.set_ylabel("intensity\n(% of range)")
    error.set_ylabel("error\n(% of range)")
    profile.set_title(f"{line.axis}: {_place(line)}", loc="left")
    profile.legend(
        handles=handles,
        title="RMSE (% of range)",
        alignment="left",
        loc="upper left",
        bbox_to_anchor=(1.0, 1.05),
        borderaxespad=0.3,
    )


def _place(line: ProfileLine) -> str:
    """Describe the position of a line in words."""
    if line.cord is None:
        return THROUGH_VOLUME
    if line.axis != "I-S":
        return "across the spinal cord"
    if line.distance is None:
        return THROUGH_CORD
    return f"through the vertebral column, {line.distance:.1f} mm in front of the cord's centre"


def _shade_cord(both: tuple[Axes, Axes], line: ProfileLine, step: float) -> None:
    """Shade each part of the line that lies in the cord, and name the longest."""
    inside = np.concatenate([[0], np.asarray(line.cord, np.int8), [0]])
    starts, ends = (np.flatnonzero(np.diff(inside) == sign) for sign in (1, -1))
    parts = [
        (line.position[start] - step / 2, line.position[end - 1] + step / 2)
        for start, end in zip(starts, ends, strict=True)
    ]
    for low, high in parts:
        for axes in both:
            axes.axvspan(low, high, facecolor=SHADE, zorder=0)
    if parts:
        low, high = max(parts, key=lambda part: part[1] - part[0])
        place = ((low + high) / 2, 0.97)
        style: Style = {"ha": "center", "va": "top", "fontsize": 7}
        both[0].annotate("cord", place, xycoords=("data", "axes fraction"), **style)


def _draw_thicknesses(axes: Axes, line: ProfileLine, thicknesses: Sequence[Thickness]) -> None:
    """Draw the thickness of the views' slices along this line as bars, for comparison."""
    left, right = axes.get_xlim()
    for number, one in enumerate(thicknesses):
        height = 0.83 - 0.1 * number
        start = left + 0.02 * (right - left)
        transform = axes.get_xaxis_transform()
        axes.plot(
            [start, start + one.length],
            [height] * 2,
            transform=transform,
            color=GREY,
            linewidth=2.5,
            solid_capstyle="butt",
        )
        axes.annotate(
            f"slice of the {one.plane} view, {one.length:.3g} mm",
            (start + one.length, height),
            xycoords=transform,
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
        )
