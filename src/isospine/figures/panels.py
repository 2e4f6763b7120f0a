"""Panels that show slices: physical scale, orientation letters, scale bars."""

import math
from dataclasses import dataclass, field

import matplotlib.patheffects as effects
import nibabel as nib
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from isospine.figures.style import nice_length
from isospine.geometry.display_slices import PLANE_LETTERS, Limits, Slice
from isospine.geometry.grid import Affine, Volume

#: Least inches of a slice: letters and scale bar of a thin slab need them.
LEAST_WIDTH, LEAST_HEIGHT = 0.9, 0.6
#: What is beyond an image.
BEYOND = "black"
OUTLINE: list[effects.AbstractPathEffect] = [effects.withStroke(linewidth=1.6, foreground="black")]


@dataclass(frozen=True)
class Panel:
    """A volume to show.

    Attributes
    ----------
    title : str
        What it is.
    data, affine : arrays
        Its voxels and where they are.
    notes : list of str
        Lines to write beneath it.
    window : (float, float), optional
        Values of the first and the last colour; else those of the figure.
    colours : str
        Colour map.
    """

    title: str
    data: Volume
    affine: Affine
    notes: list[str] = field(default_factory=list)
    window: tuple[float, float] | None = None
    colours: str = "gray"


def spacing_title(affine: Affine) -> str:
    """Voxel sizes as a title writes them, along R-L, A-P and I-S."""
    axes = nib.io_orientation(affine)[:, 0]
    sizes = np.linalg.norm(affine[:3, :3], axis=0)[np.argsort(axes)]
    return " x ".join(f"{size:.2g}" for size in sizes) + " mm"


class Sheet:
    """A figure laid out in inches from its top left corner."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width, height))

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Add axes with their top left corner at `left`, `top`."""
        bottom = self.height - top - height
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(box)

    def text(self, left: float, top: float, text: str, **style: object) -> None:
        """Write text anchored at `left`, `top`."""
        self.figure.text(left / self.width, 1 - top / self.height, text, **style)  # type: ignore[arg-type]


def with_room(limits: Limits, width: float, height: float | None = None) -> Limits:
    """Limits whose sides are at least so many mm wide and high (as high as wide if not given), about the same middle."""
    ends = []
    for low, high, least in ((*limits[:2], width), (*limits[2:], width if height is None else height)):
        beside = max(least - (high - low), 0) / 2
        ends += [low - beside, high + beside]
    left, right, bottom, top = ends
    return left, right, bottom, top


def reaching(shown: Slice, limits: Limits) -> Slice:
    """Extend a slice to limits beyond it, by pixels without a value."""
    height, width = shown.pixels.shape
    left, right, bottom, top = shown.extent
    across, up = (right - left) / width, (top - bottom) / height
    missing = [(bottom - limits[2]) / up, (limits[3] - top) / up, (left - limits[0]) / across]
    missing.append((limits[1] - right) / across)
    # a thousandth of a pixel is rounding
    below, above, before, behind = (max(math.ceil(pixels - 1e-3), 0) for pixels in missing)
    if not below + above + before + behind:
        return shown
    pixels = np.pad(shown.pixels, ((below, above), (before, behind)), constant_values=np.nan)
    extent = (left - before * across, right + behind * across, bottom - below * up, top + above * up)
    return Slice(shown.plane, pixels, extent)


def show_slice(
    axes: Axes, shown: Slice, window: tuple[float, float], limits: Limits, colours: str = "gray"
) -> None:
    """Draw the part of a slice inside `limits` (mm from the focus) at its physical scale, without axes."""
    low, high = window
    shown = reaching(shown, limits)
    axes.imshow(
        shown.pixels,
        cmap=colormaps[colours].with_extremes(bad=BEYOND),
        vmin=low,
        vmax=high,
        extent=shown.extent,
        origin="lower",
        interpolation="nearest",
        aspect="equal",
    )
    axes.set_xlim(limits[:2])
    axes.set_ylim(limits[2:])
    axes.set_axis_off()


def draw_letters(axes: Axes, plane: str) -> None:
    """Write the anatomical direction at each side of a slice."""
    left, right, bottom, top = tuple(PLANE_LETTERS[plane])
    places = {left: (0.03, 0.5), right: (0.97, 0.5), bottom: (0.5, 0.03), top: (0.5, 0.97)}
    horizontal = {left: "left", right: "right"}
    vertical = {bottom: "bottom", top: "top"}
    for letter, (x, y) in places.items():
        axes.text(
            x,
            y,
            letter,
            transform=axes.transAxes,
            color="white",
            fontsize=7,
            ha=horizontal.get(letter, "center"),
            va=vertical.get(letter, "center"),
            path_effects=OUTLINE,
        )


def draw_scale_bar(axes: Axes) -> float:
    """Draw a bar of a round length at the lower left, and return that length in mm."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    length = nice_length((right - left) / 3)
    # in a flat slice the letter at the left is as low as the bar
    indent = 0.12 if top - bottom < 0.4 * (right - left) else 0.05
    x, y = left + indent * (right - left), bottom + 0.04 * (right - left)
    thickness = 0.012 * max(right - left, top - bottom)
    axes.add_patch(Rectangle((x, y), length, thickness, facecolor="white", edgecolor="black", linewidth=0.4))
    axes.annotate(
        f"{length:g} mm",
        (x, y + thickness),
        xytext=(0, 1.5),
        textcoords="offset points",
        color="white",
        fontsize=7,
        ha="left",
        va="bottom",
        path_effects=OUTLINE,
    )
    return length
