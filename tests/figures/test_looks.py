"""The main figures look as they did, and all of them keep the same rules.

The pictures that they looked like are in tests/golden/figures. After a change that is meant, write them anew, look at them,
and commit them: ISOSPINE_UPDATE_GOLDEN=1 .venv/bin/pytest tests/figures/test_looks.py
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.testing.compare import compare_images
from PIL import Image
from support.figures import SERIES, SHAPE, make_metrics, make_panels, with_sizes
from support.volumes import make_affine, smooth_image

from isospine.evaluation.error_anatomy import error_anatomy
from isospine.evaluation.line_profiles import intensity_profiles, profile_lines
from isospine.evaluation.spectrum import blind_bands
from isospine.figures.ablation import ablation_figure
from isospine.figures.cost import cost_figure, training_figure
from isospine.figures.error_anatomy import error_anatomy_figure
from isospine.figures.images import comparison_figure, grids_figure, planes_figure
from isospine.figures.line_profiles import profile_figure, slice_thicknesses
from isospine.figures.panels import Panel
from isospine.figures.rate import rate_distortion_figure
from isospine.figures.style import DPI, STYLE, save_figure
from isospine.geometry.display_slices import image_frame
from isospine.geometry.grid import Grid

GOLDEN = Path(__file__).parents[1] / "golden" / "figures"
UPDATE = "ISOSPINE_UPDATE_GOLDEN"
#: Dots per inch of the golden pictures, which keep them small: letters are 5 pixels high.
LOW_DPI = 50
#: Root mean square difference in levels of 255 over all pixels. Matplotlib draws the same bytes with the same versions; what
#: may differ is the last digit of a number, which moves an edge by a small part of a pixel or a grey by a level. A line of
#: another colour, or a word that moved by one pixel, makes 1.5 and more.
TOLERANCE = 0.5
#: Largest golden picture in bytes.
LARGEST = 60_000

#: Matplotlib sets text by other rules in each minor version, which moves words by a pixel.
DRAWN_WITH = "3.11"
same_matplotlib = pytest.mark.skipif(
    not matplotlib.__version__.startswith(f"{DRAWN_WITH}."),
    reason=f"the pictures are of Matplotlib {DRAWN_WITH}",
)

#: Titles of axes that count, order or share out, and so have no unit.
UNITLESS = {"epoch", "SSIM"}


def views() -> Figure:
    panels, affine = make_panels(1)
    return planes_figure(panels, image_frame(panels[0].data, affine), 18)


def comparison() -> Figure:
    panels, affine = make_panels(2)
    return comparison_figure(panels, image_frame(panels[0].data, affine), 18, 8)


def ablation() -> Figure:
    return ablation_figure(make_metrics(6, regions=["whole", "mask"]), SERIES, ["linear", "cubic", "tv"])


def anatomy() -> Figure:
    affine = make_affine((1, 2, 0), (-1, 1, -1), 1.0)
    place = np.indices(SHAPE)
    cord = (np.hypot(place[0] - 8, place[2] - 12) < 4).astype(np.uint8)
    rng = np.random.default_rng(0)  # noise: no spectrum comes near what rounding does
    noise = rng.normal(0, 20, (3, *SHAPE)).astype(np.float32)
    reference = smooth_image(SHAPE) * 0.2 + 900 * cord.astype(np.float32) + noise[0]
    images = [(f"m{seed}", reference + noise[seed] * seed / 4) for seed in (1, 2)]
    table = error_anatomy("sub-01", reference, affine, cord, images)
    bands = blind_bands(affine, [{"plane": "axial", "factor": 5}, {"plane": "sagittal", "factor": 3}], "box")
    return error_anatomy_figure(table, {"m1": "TV", "m2": "INR fourier"}, bands, True)


def profiles() -> Figure:
    affine = make_affine((1, 2, 0), (-1, 1, -1), 1.0)
    shape = (40, 26, 24)  # A-P, I-S, R-L
    place = np.indices(shape)
    cord = (np.hypot(place[0] - 26, place[2] - 12) < 5).astype(np.uint8)
    discs = 300 * ((place[1] % 9 < 3) & (place[0] < 18))
    reference = (smooth_image(shape) * 0.2 + 900.0 * cord + discs).astype(np.float32)
    images = [(f"m{seed}", reference + smooth_image(shape, seed) / 5) for seed in (1, 2)]
    frame = image_frame(reference, affine, cord)
    lines = profile_lines(reference, affine, frame, cord)
    table = intensity_profiles("sub-01", reference, affine, lines, images)
    thick = slice_thicknesses(affine, [{"plane": "axial", "factor": 5}, {"plane": "sagittal", "factor": 3}])
    titles = {"m1": "TV", "m2": "INR fourier"}
    return profile_figure(table, titles, lines, Panel("reference", reference, affine), frame, thick)


def finer() -> Figure:
    panels, affine = make_panels(1)
    fine = Grid(SHAPE, affine).resampled(0.5)
    image = smooth_image(fine.shape, 1, 4.0)
    pair = (panels[1], Panel("method, fine", image, fine.affine))
    return grids_figure(panels[0], [pair], image_frame(panels[0].data, affine), 18)


def rate() -> Figure:
    return rate_distortion_figure(with_sizes(make_metrics()), [SERIES], ["linear", "cubic", "tv"])


def training() -> Figure:
    epochs = np.arange(1, 11)
    runs = [
        (method, pd.DataFrame({"epoch": epochs, "loss": scale / epochs, "seconds": 2.0 * epochs}))
        for method, scale in (("fourier", 0.1), ("fourier", 0.11), ("fourier-L-64", 0.05), ("other", 0.2))
    ]
    groups = [
        {"title": "L", "methods": {"fourier": "L = 16", "fourier-L-64": "L = 64"}},
        {"title": "recipes", "methods": {"other": "other"}},
    ]
    return training_figure(runs, groups)


def cost() -> Figure:
    return cost_figure(make_metrics(), ["linear", "cubic", "tv"])


MAIN: list[Callable[[], Figure]] = [
    views,
    comparison,
    finer,
    ablation,
    anatomy,
    profiles,
    rate,
    training,
]
EVERY = [*MAIN, cost]


def draw(figure: Figure, path: Path) -> Path:
    """Draw a figure as the workflow does, but with few and true colours."""
    with rc_context(STYLE):
        figure.savefig(path, dpi=LOW_DPI, facecolor="white", metadata={"Software": None})
    Image.open(path).convert("RGB").save(path, optimize=True)
    return path


@same_matplotlib
@pytest.mark.parametrize("make", MAIN)
def test_a_figure_looks_as_it_did(make: Callable[[], Figure], tmp_path: Path) -> None:
    golden = GOLDEN / f"{make.__name__}.png"
    if os.environ.get(UPDATE):
        GOLDEN.mkdir(exist_ok=True)
        draw(make(), golden)
    assert golden.stat().st_size <= LARGEST
    difference = compare_images(str(golden), str(draw(make(), tmp_path / golden.name)), TOLERANCE)
    assert difference is None, difference


@same_matplotlib
@pytest.mark.parametrize("change", ["colour", "label", "grey"])
def test_what_changes_is_seen(change: str, tmp_path: Path) -> None:
    """The tolerance is small enough: one line's colour, one label by a pixel, one slice by a tenth of its window."""
    make = views if change == "grey" else ablation
    figure = make()
    draw(figure, tmp_path / "before.png")
    axes = figure.axes[0]
    if change == "colour":
        next(line for line in axes.lines if line.get_alpha() is None).set_color("#D55E00")
    elif change == "label":
        figure.set_layout_engine("none")
        x, y = axes.texts[-1].get_position()
        axes.texts[-1].set_position((x + 1.5 / axes.get_window_extent().width, y))
    else:
        low, high = axes.images[0].get_clim()
        axes.images[0].set_clim(low, high + 0.1 * (high - low))
    draw(figure, tmp_path / "after.png")
    files = (str(tmp_path / name) for name in ("before.png", "after.png"))
    assert compare_images(*files, TOLERANCE) is not None


# Rules of every figure


def in_same(axes: Axes, other: Axes, along: str) -> bool:
    """Whether axes of one grid share a row or a column."""
    spec, another = axes.get_subplotspec(), other.get_subplotspec()
    if spec is None or another is None or spec.get_gridspec() is not another.get_gridspec():
        return axes is other
    ours, theirs = (getattr(one, along) for one in (spec, another))
    return bool(ours == theirs)


def numbered(axis: Axis) -> bool:
    """Whether an axis has ticks with numbers, and not with names."""
    texts = [label.get_text() for label in axis.get_ticklabels() if label.get_visible()]
    return any(re.match("[-\N{MINUS SIGN}$0-9]", text) for text in texts)


@pytest.mark.parametrize("make", EVERY)
def test_every_axis_says_what_it_is_and_its_unit(make: Callable[[], Figure]) -> None:
    figure = make()
    FigureCanvasAgg(figure).draw()
    checked = 0
    for axes in (axes for axes in figure.axes if axes.axison):
        # in a grid, the lowest axes have the title of their column, and the first that of their row
        for name, along in (("xaxis", "colspan"), ("yaxis", "rowspan")):
            if not numbered(getattr(axes, name)):
                continue
            shared = [other for other in figure.axes if in_same(axes, other, along)]
            titles = {getattr(other, name).label.get_text() for other in shared} - {""}
            own = getattr(axes, name).label.get_text()
            for title in {own} if own else titles or {""}:
                assert title in UNITLESS or re.search(r"\(.+\)", title), (make.__name__, name, title)
            checked += 1
    assert checked or make in (views, finer)


@pytest.mark.parametrize("make", [views, comparison, finer, profiles])
def test_slices_have_letters_one_window_and_a_scale_bar_per_scale(make: Callable[[], Figure]) -> None:
    figure = make()
    FigureCanvasAgg(figure).draw()
    shown = [axes for axes in figure.axes if axes.images and not axes.axison]
    grey = [axes.images[0] for axes in shown if axes.images[0].get_cmap().name == "gray"]
    assert len({image.get_clim() for image in grey}) == 1
    scales = {
        axes: round(float(np.ptp(axes.get_xlim()) / axes.get_window_extent().width), 6) for axes in shown
    }
    letters = [axes for axes in shown if {"A", "R"} & {text.get_text() for text in axes.texts}]
    bars = [axes for axes in shown if any(isinstance(p, Rectangle) and p.get_fill() for p in axes.patches)]
    assert {scales[axes] for axes in bars} == set(scales.values())
    fields = {(axes.get_xlim(), axes.get_ylim()) for axes in letters}
    assert {
        (axes.get_xlim(), axes.get_ylim()) for axes in shown
    } == fields  # each part shown is lettered once


@pytest.mark.parametrize("make", EVERY)
def test_every_figure_is_saved_for_screens_and_papers(make: Callable[[], Figure], tmp_path: Path) -> None:
    figure = make()
    save_figure(figure, [tmp_path / "a.png", tmp_path / "a.pdf"])
    with Image.open(tmp_path / "a.png") as image:
        assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1) and DPI == 200
        assert image.size == pytest.approx(figure.get_size_inches() * DPI, abs=1)
        assert image.mode == "P"  # one byte per pixel
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
