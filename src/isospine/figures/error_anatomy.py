"""Draw where the errors of reconstructions lie."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from isospine.evaluation.error_anatomy import MASK, REFERENCE
from isospine.evaluation.spectrum import AXES, BlindBand
from isospine.figures.style import GREY, MARKERS, REFERENCE_STYLE, SHADE, Style, method_styles, styled

NO_SEGMENTATION = "The dataset has no\ncord segmentation\nof this image."
NO_CONTRAST = "No slice in which the cord\nstands out from\nwhat surrounds it."
NO_EDGES = "The reference has no\nedges in its tissue,\nor nothing is compared."
#: Power below this fraction of the largest comes from rounding and is not drawn.
LEAST_POWER = 1e-10


@styled
def error_anatomy_figure(
    table: pd.DataFrame, titles: Mapping[str, str], bands: Sequence[BlindBand], cord_is_known: bool
) -> Figure:
    """Spectra along each axis, error against distance from edges, and the area of the cord.

    Parameters
    ----------
    table : DataFrame
        Of `error_anatomy.error_anatomy`.
    titles : mapping
        Method to its name in the figure, in the order of the legend.
    bands : sequence of BlindBand
        Frequencies that the views do not show.
    cord_is_known : bool
        Whether the dataset has a cord segmentation of the image.
    """
    figure = Figure(figsize=(9.2, 7.6), layout="constrained")
    grid = figure.subplots(3, 3, gridspec_kw={"height_ratios": [1, 1, 0.9]})
    styles = method_styles(titles)
    for row, quantity in zip(grid, ("power", "error_power"), strict=False):
        for axes, name in zip(row, AXES, strict=True):
            if axes is not row[0]:
                axes.sharey(row[0])
            _draw_spectra(axes, table, quantity, name, styles, [b for b in bands if b.axis == name])
        row[0].set_ylabel(f"{'power' if quantity == 'power' else 'power of the error'}\n(% of range)² mm")
    for axes, name in zip(grid[0], AXES, strict=True):
        axes.set_title(name)
    for axes in grid[1]:
        axes.set_xlabel("frequency (cycles/mm)")
    _draw_edges(grid[2][0], table, styles)
    missing = None if cord_is_known else NO_SEGMENTATION
    if cord_is_known and not (table["quantity"] == "cord_area").any():
        missing = NO_CONTRAST
    if missing:
        _say(grid[2][1], missing)
        grid[2][2].set_axis_off()
    else:
        _draw_areas(grid[2][1], table, styles)
        _draw_biases(grid[2][2], table, styles, titles)
    handles: list[Any] = [Line2D([], [], label=REFERENCE, **REFERENCE_STYLE)]
    handles += [Line2D([], [], label=titles[method], **style) for method, style in styles.items()]
    if not missing:
        handles.append(Line2D([], [], color=GREY, linestyle=":", label="dataset's mask"))
    if bands:
        handles.append(Patch(facecolor=SHADE, label="beyond a view's Nyquist"))
    if any(band.zeros for band in bands):
        handles.append(Line2D([], [], color=GREY, linestyle=":", linewidth=0.8, label="zero of its profile"))
    figure.legend(handles=handles, loc="outside upper center", ncols=min(len(handles), 5))
    return figure


def _part(table: pd.DataFrame, quantity: str, method: str, axis: str | None = None) -> pd.DataFrame:
    chosen = (table["quantity"] == quantity) & (table["method"] == method)
    return table[chosen if axis is None else chosen & (table["axis"] == axis)]


def _draw_spectra(
    axes: Axes,
    table: pd.DataFrame,
    quantity: str,
    name: str,
    styles: Mapping[str, Style],
    bands: Sequence[BlindBand],
) -> None:
    """Spectra along one axis; the reference's own is in both rows, to compare the error with."""
    truth = _part(table, "power", REFERENCE, name)
    floor = LEAST_POWER * float(table.loc[table["quantity"] == "power", "value"].max())
    lines = [(truth, REFERENCE_STYLE)]
    lines += [(_part(table, quantity, method, name), style) for method, style in styles.items()]
    for line, style in lines:
        axes.plot(line["position"], line["value"].where(line["value"] > floor), **style)
    limit = float(truth["position"].max())
    axes.set_yscale("log")
    axes.set_xlim(0, limit)
    for band in bands:
        axes.axvspan(band.nyquist, limit, facecolor=SHADE, zorder=0)
        for zero in band.zeros:
            axes.axvline(zero, ymax=0.88, color=GREY, linestyle=":", linewidth=0.8, zorder=1)
    views = " and ".join(band.plane for band in bands)
    label = f"thick in the {views} view" if views else "thick in no view"
    axes.text(0.97, 0.96, label, transform=axes.transAxes, ha="right", va="top", fontsize=7)


def _draw_edges(axes: Axes, table: pd.DataFrame, styles: Mapping[str, Style]) -> None:
    if not (table["quantity"] == "edge_rmse").any():
        _say(axes, NO_EDGES)
        return
    for method, style in styles.items():
        own = _part(table, "edge_rmse", method)
        axes.plot(own["position"], own["value"], marker="o", markersize=2, **style)
    axes.set_xlabel("distance from an edge (mm)")
    axes.set_ylabel("RMSE in tissue (% of range)")
    axes.set_ylim(bottom=0)


def _draw_areas(axes: Axes, table: pd.DataFrame, styles: Mapping[str, Style]) -> None:
    """Area of the cord along its length, broken where slices are missing."""
    lines = {MASK: {"color": GREY, "linestyle": ":"}, REFERENCE: REFERENCE_STYLE} | dict(styles)
    heights = table.loc[table["quantity"] == "cord_area", "position"].unique()
    step = np.diff(np.sort(heights)).min() if len(heights) > 1 else 1.0
    for method, style in lines.items():
        own = _part(table, "cord_area", method)
        height, area = own["position"].to_numpy(float), own["value"].to_numpy(float)
        gaps = np.flatnonzero(np.diff(height) > 1.5 * step) + 1
        axes.plot(np.insert(height, gaps, np.nan), np.insert(area, gaps, np.nan), **style)
    axes.set_xlabel("height above the lowest slice (mm)")
    axes.set_ylabel("cord area (mm²)")


def _draw_biases(
    axes: Axes, table: pd.DataFrame, styles: Mapping[str, Style], titles: Mapping[str, str]
) -> None:
    for number, (method, style) in enumerate(styles.items()):
        bias, deviation = (
            float(_part(table, quantity, method)["value"].iloc[0])
            for quantity in ("cord_area_bias", "cord_area_sd")
        )
        marker = MARKERS[number % len(MARKERS)]
        axes.errorbar(
            bias,
            number,
            xerr=None if np.isnan(deviation) else deviation,
            color=style["color"],
            marker=marker,
            capsize=2,
        )
    axes.axvline(0, **(REFERENCE_STYLE | {"linewidth": 1.2}))
    axes.set_yticks(range(len(styles)), [titles[method] for method in styles])
    axes.set_ylim(len(styles) - 0.5, -0.5)
    axes.set_xlabel("bias of the area ± SD (mm²)")


def _say(axes: Axes, sentence: str) -> None:
    """Write a sentence where there is nothing to draw."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, sentence, transform=axes.transAxes, ha="center", va="center")
