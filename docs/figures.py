"""Draw the figures of the documentation from the demo's first phantom: `make docs-figures`.

Nothing here is measured: every figure shows what the library's own functions compute. That of codes draws what
benchmarks/compressed.py measured.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from isospine.dataset.demo.phantom import Phantom, spine_phantom
from isospine.figures.codecs import compression_figure
from isospine.figures.images import planes_figure
from isospine.figures.panels import Panel, draw_letters, spacing_title
from isospine.figures.style import COLOURS, DASHES, GREY, styled
from isospine.geometry.crops import crop_for_views, cropping, slice_centres
from isospine.geometry.display_slices import display_window, image_frame
from isospine.geometry.grid import Grid
from isospine.io.tables import read_table
from isospine.models.encodings import encoding_frequencies
from isospine.models.prior.cells import CONTEXT_CELLS, WINDOW_LENGTH, Cells, ThickAxis, cosines
from isospine.physics.aligned import AlignedOperator
from isospine.physics.simulate import acquire
from isospine.physics.slice_profile import slice_matrix
from isospine.recipes.encodings import ENCODINGS
from isospine.segmentation.methods import METHODS
from isospine.solvers.consistency import consistency_correction

Array = NDArray[Any]

IMAGES = Path(__file__).parent / "images"
CODES = Path(__file__).parents[1] / "benchmarks" / "results" / "compression.tsv"
DPI = 150
FACTOR = 5
SPACING = 0.8
VIEWS = [("axial", float(FACTOR)), ("sagittal", float(FACTOR))]

#: Seed of the demo's first subject.
SEED = 1

#: Few colours for what varies smoothly: small files, and contours to read.
FEW_COLOURS = colormaps["RdBu_r"].resampled(21)

#: Mapping size and bandwidth (cycles per mm) of the recipe fourier.
MAPPING_SIZE, BANDWIDTH = 256, 0.0375


def cropped(phantom: Phantom) -> tuple[Array, Grid, Array]:
    """Image, grid and cord, cropped to whole slices of both views."""
    i, j, k = phantom.intensity.shape
    grid = Grid((i, j, k), phantom.affine)
    start, field = crop_for_views(grid, VIEWS)
    part = cropping(start, field)
    return phantom.intensity[part], field, phantom.cord[part]


def coronal_plane(phantom: Phantom) -> Array:
    """Coronal plane through the cord, (S, R), scaled to [0, 1]; both of its axes are thick in a view."""
    image, grid, cord = cropped(phantom)
    focus = grid.indices(image_frame(image, grid.affine, cord).focus)
    low, high = display_window(image)
    return np.clip((image[:, round(focus[1])].T - low) / (high - low), 0, 1).astype(np.float32)


def show_plane(axes: Axes, plane: Array, extent: tuple[float, ...] | None = None, **style: Any) -> None:
    """Draw a coronal plane (S, R) as a radiologist sees it, in mm from its middle or from `extent`."""
    rows, columns = (n * SPACING / 2 for n in plane.shape)
    axes.imshow(
        plane,
        extent=extent or (-columns, columns, -rows, rows),
        origin="lower",
        interpolation="nearest",
        **({"cmap": "gray", "vmin": 0, "vmax": 1} | style),
    )
    axes.invert_xaxis()
    axes.set_axis_off()


def views_figure(phantom: Phantom) -> Figure:
    """Show the reference and the two views of it in three planes."""
    image, grid, cord = cropped(phantom)
    panels = [Panel(f"reference, {spacing_title(grid.affine)} (R-L, A-P, I-S)", image, grid.affine)]
    for plane, factor in VIEWS:
        view = acquire(image, grid, plane, factor, "box")
        title = f"{plane} view, {spacing_title(view.grid.affine)}"
        panels.append(Panel(title, view.data, view.grid.affine))
    return planes_figure(panels, image_frame(image, grid.affine, cord), 36.0)


@styled
def bandwidth_figure(phantom: Phantom) -> Figure:
    """Show what a linear model on Fourier features makes of slice means along one line."""
    image, grid, cord = cropped(phantom)
    focus = grid.indices(image_frame(image, grid.affine, cord).focus)
    line = image[round(focus[0]), round(focus[1]) + 17].astype(np.float64)  # through discs and vertebrae
    line /= line.max()
    places = (np.arange(len(line)) - (len(line) - 1) / 2) * SPACING
    slices = slice_matrix(len(line), slice_centres(len(line), FACTOR), FACTOR, "box")
    centres = slices @ places
    fine = np.linspace(places[0], places[-1], 8 * len(line))

    def fit(bandwidth: float, profile: bool) -> Array:
        """Least-squares amplitudes of the features, then the function they make."""
        frequencies = np.random.default_rng(0).normal(scale=bandwidth, size=512)

        def features(at: Array) -> Array:
            phases = 2 * np.pi * at[:, None] * frequencies
            return np.concatenate([np.cos(phases), np.sin(phases)], axis=1) / np.sqrt(len(frequencies))

        seen = slices @ features(places) if profile else features(centres)
        mean = line.mean()
        amplitudes = seen.T @ np.linalg.solve(seen @ seen.T + 1e-4 * np.eye(len(seen)), slices @ line - mean)
        return features(fine) @ amplitudes + mean

    figure = Figure(figsize=(6.6, 3.6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, sharey=True)
    curves = [
        (
            upper,
            [(f"bandwidth {b:g}", b, False) for b in (0.01, BANDWIDTH, 0.3)],
            "each slice taken as a point, bandwidth in cycles/mm",
        ),
        (
            lower,
            [("as a point", BANDWIDTH, False), ("as its mean", BANDWIDTH, True)],
            f"bandwidth {BANDWIDTH:g} cycles/mm, each slice taken",
        ),
    ]
    for axes, lines, title in curves:
        axes.stairs(
            slices @ line,
            np.append(centres - FACTOR * SPACING / 2, centres[-1] + FACTOR * SPACING / 2),
            color=GREY,
            linewidth=0.8,
            label="slice means",
        )
        axes.plot(places, line, color="0.7", linewidth=2.5, label="truth", zorder=1)
        for (label, bandwidth, profile), colour, dash in zip(lines, COLOURS, ("-", *DASHES), strict=False):
            axes.plot(fine, fit(bandwidth, profile), color=colour, linestyle=dash, label=label)
        axes.set_title(title, loc="left")
        axes.set_ylabel("intensity")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    lower.set_xlim(-30, 30)
    lower.set_xlabel("position along the spine (mm)")
    return figure


@styled
def profiles_figure(phantom: Phantom) -> Figure:
    """Show the weights of one slice, and how much of each frequency the slices keep."""
    length = 101
    middle = np.array([(length - 1) / 2])
    places = (np.arange(length) - middle) * SPACING
    nyquist = 1 / (2 * FACTOR * SPACING)
    figure = Figure(figsize=(6.6, 2.4), layout="constrained")
    weights_axes, gain_axes = figure.subplots(1, 2)
    names = {"box": "box", "gaussian": "gaussian", "point": "point sampling"}
    for (profile, label), colour, dash in zip(names.items(), COLOURS, ("-", *DASHES), strict=False):
        weights = slice_matrix(length, middle, FACTOR, profile)[0]
        weights_axes.step(places, weights, where="mid", color=colour, linestyle=dash)
        frequencies = np.linspace(0, 1 / (2 * SPACING), 400)
        gain = np.abs(np.exp(-2j * np.pi * frequencies[:, None] * places) @ weights)
        gain_axes.plot(frequencies, gain, color=colour, linestyle=dash, label=label)
    weights_axes.set(xlim=(-6, 6), xlabel="distance from the slice's centre (mm)", ylabel="weight of a voxel")
    gain_axes.legend(loc="upper right", bbox_to_anchor=(1.0, 0.95))
    gain_axes.axvspan(nyquist, 1 / (2 * SPACING), color="0.92", zorder=0)
    gain_axes.text(0.3, 0.4, "aliased by slices\nof 4 mm spacing", color=GREY, fontsize=7)
    gain_axes.set(
        xlim=(0, 1 / (2 * SPACING)), ylim=(0, 1.05), xlabel="frequency (cycles/mm)", ylabel="kept amplitude"
    )
    return figure


@styled
def null_space_figure(phantom: Phantom) -> Figure:
    """Show the share of each frequency, and the part of a plane, that views determine."""
    plane = coronal_plane(phantom)
    matrices = [slice_matrix(n, slice_centres(n, FACTOR), FACTOR, "box") for n in plane.shape]
    shares = [_seen_share(FACTOR) for _ in matrices]
    axial = np.broadcast_to(shares[0][:, None], (len(shares[0]),) * 2)
    sagittal = np.broadcast_to(shares[1][None], (len(shares[1]),) * 2)
    blind = (1 - axial) * (1 - sagittal)
    parts = [_determined(plane, matrices, kept) for kept in ((0,), (1,), (0, 1))]
    columns = [
        ("axial view", axial, parts[0]),
        ("sagittal view", sagittal, parts[1]),
        ("both", 1 - blind, parts[2]),
        ("neither", blind, plane - parts[2]),
    ]
    limit = 1 / (2 * SPACING)
    variance = float(np.var(plane))
    figure = Figure(figsize=(6.6, 5.0), layout="constrained")
    grid = figure.subplots(2, 4, height_ratios=(1, 2.15))
    for (title, share, part), (upper, lower) in zip(columns, grid.T, strict=True):
        drawn = upper.imshow(
            share, extent=(-limit, limit, -limit, limit), origin="lower", vmin=0, vmax=1, cmap="cividis"
        )
        upper.set_title(f"{title}: {share.mean():.0%}")
        upper.grid(visible=False)
        upper.set(xticks=[-0.5, 0, 0.5], yticks=[-0.5, 0, 0.5], xlabel="along R-L (cycles/mm)")
        shift = 0.5 if title == "neither" else 0.0
        show_plane(lower, part + shift)
        lower.set_title(f"{np.var(part) / variance:.0%} of the variance")
    grid[0, 0].set_ylabel("along I-S (cycles/mm)")
    for axes in grid[0, 1:]:
        axes.set_yticklabels([])
    figure.colorbar(drawn, ax=list(grid[0]), label="share of a wave's energy", aspect=12)
    draw_letters(grid[1, 0], "coronal")
    return figure


def _seen_share(factor: int, slices: int = 16) -> Array:
    """Share of the energy of each discrete frequency, lowest first, that lies in what box slices determine."""
    length = factor * slices
    matrix = slice_matrix(length, slice_centres(length, factor), factor, "box")
    projection = np.linalg.pinv(matrix) @ matrix
    waves = np.exp(2j * np.pi * np.outer(np.arange(length) - length // 2, np.arange(length)) / length)
    return np.einsum("kn,nm,km->k", waves, projection, waves.conj()).real / length


def _determined(plane: Array, matrices: list[Array], kept: tuple[int, ...]) -> Array:
    """Smallest plane that explains the slices along the `kept` axes."""
    operator = AlignedOperator(tuple(1 + axis for axis in kept), tuple(matrices[axis] for axis in kept))
    return consistency_correction(np.zeros_like(plane[None]), operator, operator.forward(plane[None]))[0]


@styled
def encodings_figure(phantom: Phantom) -> Figure:
    """Show frequencies, one feature and the similarity of features of each encoding."""
    grid = cropped(phantom)[1]
    radius = grid.radius
    points = np.linspace(-1, 1, 121)
    across, up = np.meshgrid(points, points)
    plane = np.stack([across, np.zeros_like(across), up], axis=-1)
    origin = np.array([0.3, 0.0, 0.2])
    figure = Figure(figsize=(6.6, 5.2), layout="constrained")
    rows = figure.subplots(3, 4)
    known = [name for name, encoding in ENCODINGS.items() if not encoding.trained]
    for column, name in enumerate(known):
        frequencies = encoding_frequencies(name, MAPPING_SIZE, BANDWIDTH * radius, 0)
        scatter, feature, similarity = rows[:, column]
        scatter.set_title(name)
        if frequencies is None:
            scatter.text(
                0.5,
                0.5,
                "no frequencies:\nx, y, z themselves",
                ha="center",
                va="center",
                transform=scatter.transAxes,
                color=GREY,
            )
            shown, alike = plane[..., 2], plane @ origin
            alike = alike / np.abs(alike).max()
        else:
            cycles = frequencies[:, [0, 2]] / radius
            scatter.plot(*cycles.T, ".", markersize=3, color=COLOURS[0])
            # one of the faster features
            order = np.argsort(np.abs(frequencies[:, [0, 2]]).sum(axis=1))
            chosen = frequencies[order[int(0.9 * len(order))]]
            shown = np.cos(2 * np.pi * plane @ chosen)
            alike = np.cos(2 * np.pi * (plane - origin) @ frequencies.T).mean(axis=-1)
        scatter.set(xlim=(-0.1, 0.1), ylim=(-0.1, 0.1), aspect="equal")
        extent = (-radius, radius, -radius, radius)
        for axes, values in ((feature, shown), (similarity, alike)):
            axes.imshow(
                values,
                extent=extent,
                origin="lower",
                cmap=FEW_COLOURS,
                interpolation="nearest",
                vmin=-1,
                vmax=1,
            )
            axes.grid(visible=False)
        similarity.plot(*(radius * origin[[0, 2]]), "+", color="black", markersize=5)
        for axes in rows[1:, column]:
            axes.set(xticks=[-40, 0, 40], yticks=[-40, 0, 40])
        if column:
            for axes in rows[:, column]:
                axes.set_yticklabels([])
        similarity.set_xlabel("R-L (mm)")
        scatter.set_xlabel("R-L (cycles/mm)")
    for axes, label in zip(
        rows[:, 0],
        ("frequencies\nI-S (cycles/mm)", "one feature\nI-S (mm)", "similarity to +\nI-S (mm)"),
        strict=True,
    ):
        axes.set_ylabel(label)
    return figure


@styled
def cells_figure(phantom: Phantom) -> Figure:
    """Show one cell: its context, its window, the first estimate and the blending of windows."""
    plane = coronal_plane(phantom)
    first, second = (ThickAxis(n, slice_centres(n, FACTOR), FACTOR, "box") for n in plane.shape)
    cells = Cells(first, second, 7)
    axial, sagittal = cells.simulate(plane[None])
    estimate = cells.estimate(axial, sagittal)[0]
    row, column = _busiest_cell(plane - estimate, first, second)
    own, other = (
        context.reshape(len(first.centres), len(second.centres), *context.shape[1:])[row, column]
        for context in cells.contexts(axial, sagittal)
    )
    middle = (np.array([second.centres[column], first.centres[row]]) + 0.5) * SPACING
    middle -= np.array(plane.shape)[::-1] * SPACING / 2
    slab = FACTOR * SPACING
    reach = CONTEXT_CELLS * slab / 2
    near = (
        slice(round(first.centres[row]) - 7, round(first.centres[row]) + 8),
        slice(round(second.centres[column]) - 7, round(second.centres[column]) + 8),
    )
    around = (-reach, reach, -reach, reach)

    figure = Figure(figsize=(6.6, 4.6), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.9))
    axes = left.subplots()
    show_plane(axes, plane)
    for edge in np.arange(plane.shape[0] // FACTOR + 1):
        axes.axhline(edge * slab - plane.shape[0] * SPACING / 2, color="white", linewidth=0.3)
    for edge in np.arange(plane.shape[1] // FACTOR + 1):
        axes.axvline(edge * slab - plane.shape[1] * SPACING / 2, color="white", linewidth=0.3)
    for size, colour, style in (
        (slab, COLOURS[1], "-"),
        (2 * reach, COLOURS[3], "-"),
        (WINDOW_LENGTH * slab, COLOURS[1], "--"),
    ):
        axes.add_patch(
            Rectangle(tuple(middle - size / 2), size, size, fill=False, edgecolor=colour, linestyle=style)
        )
    axes.set_ylim(middle[1] - 22, middle[1] + 22)
    axes.set_title("coronal plane, cells of 4 x 4 mm")
    draw_letters(axes, "coronal")

    upper, lower = right.subfigures(2, 1, height_ratios=(1.5, 1))
    images = upper.subplots(2, 3).ravel()
    limits = {"vmin": plane[near].min(), "vmax": plane[near].max()}
    titles = ("the axial view tells", "the sagittal view tells", "truth", "first estimate e", "what e lacks")
    shown = (own, other, plane[near], estimate[near], (plane - estimate)[near])
    for panel, title, values in zip(images, titles, shown, strict=False):
        style = {"cmap": "RdBu_r", "vmin": -0.3, "vmax": 0.3} if title == "what e lacks" else limits
        show_plane(panel, values, around, **style)
        panel.set_title(title)
        for size, dash in ((slab, "-"), (WINDOW_LENGTH * slab, "--")):
            panel.add_patch(
                Rectangle(
                    (-size / 2, -size / 2), size, size, fill=False, edgecolor=COLOURS[1], linestyle=dash
                )
            )
    amplitudes = cells.amplitudes((plane - estimate)[None]).reshape(
        len(first.centres), len(second.centres), 7, 7
    )
    images[5].imshow(amplitudes[row, column], cmap="RdBu_r", vmin=-0.06, vmax=0.06)
    images[5].set_title("its 7 x 7 amplitudes")
    images[5].set_axis_off()

    waves_axes, blend_axes = lower.subplots(1, 2)
    inside = np.linspace(0, 1, 200)
    for number, wave in enumerate(cosines(inside, 4).T):
        waves_axes.plot(
            (inside - 0.5) * WINDOW_LENGTH * slab,
            wave,
            color=COLOURS[number],
            linestyle=("-", *DASHES)[number],
        )
    waves_axes.set(xlabel="from the cell's middle (mm)", title="first cosines of a window")
    places = np.linspace(-1.5 * FACTOR, 1.5 * FACTOR, 600)
    three = ThickAxis(5 * FACTOR, slice_centres(5 * FACTOR, FACTOR), FACTOR, "box")
    weights = three.blending(places + three.centres[2], 1)
    for number, weight in enumerate(weights[:, 1:4].T):
        blend_axes.plot(places * SPACING, weight, color=COLOURS[number], linestyle=("-", *DASHES)[number])
    blend_axes.plot(places * SPACING, weights.sum(axis=1), color=GREY, linewidth=0.6)
    blend_axes.set(xlabel="from a cell's middle (mm)", title="weights of three windows")
    return figure


def _busiest_cell(missing: Array, first: ThickAxis, second: ThickAxis) -> tuple[int, int]:
    """Cell away from the borders that the first estimate lacks most in."""
    blocks = missing.reshape(len(first.centres), FACTOR, len(second.centres), FACTOR)
    lacking = np.square(blocks).mean(axis=(1, 3))[3:-3, 2:-2]
    row, column = np.unravel_index(np.argmax(lacking), lacking.shape)
    return int(row) + 3, int(column) + 2


@styled
def segmentation_figure(phantom: Phantom) -> Figure:
    """Show labels on thick views, and what methods make of them, in a coronal plane with the true outline."""
    image, grid, cord = cropped(phantom)
    focus = grid.indices(image_frame(image, grid.affine, cord).focus)
    truth = cord.astype(np.float32)
    views = []
    for plane, factor in VIEWS:
        view = acquire(truth, grid, plane, factor, "box")
        views.append(replace(view, data=(view.data > 0.5).astype(np.float32)))
    shown = [
        (f"{plane} labels", METHODS["nearest"]([view], grid))
        for (plane, _), view in zip(VIEWS, views, strict=True)
    ]
    shown += [(name, METHODS[name](views, grid)) for name in ("shape-based", "tv", "distance-spline")]
    rows, columns = (n * SPACING / 2 for n in truth[:, 0].T.shape)
    across, up = ((np.arange(n) + 0.5) * SPACING - n * SPACING / 2 for n in (truth.shape[0], truth.shape[2]))
    middle = float(np.average(across, weights=truth[:, round(focus[1])].sum(axis=1) + 1e-6))
    figure = Figure(figsize=(6.6, 3.6), layout="constrained")
    for axes, (title, occupancy) in zip(figure.subplots(1, len(shown)), shown, strict=True):
        show_plane(axes, occupancy[:, round(focus[1])].T, (-columns, columns, -rows, rows))
        axes.contour(across, up, truth[:, round(focus[1])].T, [0.5], colors=COLOURS[4], linewidths=0.8)
        axes.set(title=title, xlim=(middle + 10, middle - 10), ylim=(-28, 28))
    draw_letters(figure.axes[0], "coronal")
    return figure


def codes_figure(_: Phantom) -> Figure:
    """Networks as codes of a volume beside codecs."""
    return compression_figure(read_table(CODES))


FIGURES: dict[str, Callable[[Phantom], Figure]] = {
    "views": views_figure,
    "bandwidth": bandwidth_figure,
    "slice-profiles": profiles_figure,
    "null-space": null_space_figure,
    "encodings": encodings_figure,
    "cells": cells_figure,
    "segmentation": segmentation_figure,
    "compression": codes_figure,
}


if __name__ == "__main__":
    subject = spine_phantom(SEED)
    for name, draw in FIGURES.items():
        draw(subject).savefig(
            IMAGES / f"{name}.png",
            dpi=DPI,
            facecolor="white",
            metadata={"Software": None},
            pil_kwargs={"optimize": True},
        )
