"""Figures: orientation, scale, windows, labels, and equal bytes for equal content."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from support.codes import CODECS, make_codes
from support.figures import SERIES, SHAPE, make_metrics, make_panels, with_sizes
from support.volumes import ORIENTATIONS, PLANES, make_affine, smooth_image

from isospine.evaluation.codecs import LOSSY
from isospine.figures.ablation import ablation_figure
from isospine.figures.codecs import codec_curves
from isospine.figures.comparison import choose_classical, read_comparison
from isospine.figures.cost import cost_figure, training_figure
from isospine.figures.images import comparison_figure, grids_figure, planes_figure
from isospine.figures.panels import Panel, draw_letters, draw_scale_bar, spacing_title
from isospine.figures.rate import rate_distortion_figure
from isospine.figures.style import GREY, mean_and_sd, nice_ceiling, nice_length, save_figure, spread_positions
from isospine.geometry.display_slices import display_window, field_around_focus, image_frame, take_slice
from isospine.geometry.grid import FloatArray, Grid
from isospine.io.nifti import save_volume
from isospine.io.tables import write_table
from isospine.physics.simulate import acquire
from isospine.plan.figures import (
    ablation_names,
    ablation_series,
    compared_methods,
    mapping_size_series,
    measured_methods,
    training_groups,
    viewed_methods,
)
from isospine.plan.recipes import Method
from isospine.report.table_page import table_page
from isospine.statistics.summary import summarise


def slice_axes(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.images and not axes.axison]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


# Orientation and scale


@pytest.mark.parametrize("rotation", [(0, 0, 0), (0.3, -0.2, 0.25)])
@pytest.mark.parametrize(("world_axes", "signs"), ORIENTATIONS)
def test_a_point_is_shown_where_the_letters_say(
    world_axes: tuple[int, ...], signs: tuple[int, ...], rotation: tuple[float, ...]
) -> None:
    affine = make_affine(world_axes, signs, 0.8, rotation)
    data = np.zeros([11, 11, 11], np.float32)
    frame = image_frame(data + 1, affine)
    # four voxels to the left, three to the front, two up, along the volume's own axes
    point = frame.focus + frame.directions @ (np.array([-4, 3, 2]) * 0.8)
    voxel = np.rint(np.linalg.solve(affine[:3, :3], point - affine[:3, 3])).astype(int)
    offsets = {
        "sagittal": (0, -3 * 0.8, 2 * 0.8),
        "coronal": (1, 4 * 0.8, 2 * 0.8),
        "axial": (2, 4 * 0.8, 3 * 0.8),
    }
    for plane, (normal, x, y) in offsets.items():
        line = data.copy()
        for step in range(-5, 6):  # along the normal, so that the slice through the focus meets it
            place = point + frame.directions[:, normal] * 0.8 * step
            index = np.rint(np.linalg.solve(affine[:3, :3], place - affine[:3, 3])).astype(int)
            if ((index >= 0) & (index < 11)).all():
                line[tuple(index)] = 1
        assert line[tuple(voxel)] == 1
        shown = take_slice(line, affine, frame, plane)
        left, right, bottom, top = shown.extent
        row, column = np.argwhere(shown.pixels == 1)[0]
        assert np.count_nonzero(shown.pixels) == 1
        assert left + (column + 0.5) * (right - left) / 11 == pytest.approx(x, abs=1e-6)
        assert bottom + (row + 0.5) * (top - bottom) / 11 == pytest.approx(y, abs=1e-6)


@pytest.mark.parametrize(
    ("plane", "expected"),
    [
        ("sagittal", "A left P right S top I bottom"),
        ("coronal", "R left L right S top I bottom"),
        ("axial", "R left L right A top P bottom"),
    ],
)
def test_letters_stand_at_the_sides_of_the_convention(plane: str, expected: str) -> None:
    axes = Figure().add_subplot()
    draw_letters(axes, plane)
    sides = {(0.03, 0.5): "left", (0.97, 0.5): "right", (0.5, 0.97): "top", (0.5, 0.03): "bottom"}
    found = {text.get_text(): sides[text.get_position()] for text in axes.texts}
    words = expected.split()
    assert found == dict(zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize("world_axes", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
def test_slices_of_views_cover_the_references_slices(world_axes: tuple[int, ...]) -> None:
    affine = make_affine(world_axes, (-1, 1, -1), 0.8, (0.2, 0.1, -0.1))
    grid = Grid((20, 20, 20), affine)
    reference = smooth_image(grid.shape)
    frame = image_frame(reference, affine)
    for thick in PLANES:
        view = acquire(reference, grid, thick, 5, "box")
        for plane in PLANES:
            expected = take_slice(reference, affine, frame, plane).extent
            assert take_slice(view.data, view.grid.affine, frame, plane).extent == pytest.approx(expected)


def test_slices_go_through_the_middle_of_the_cord() -> None:
    affine = make_affine((2, 0, 1), (1, -1, 1), 1.0)
    cord = np.zeros([21, 15, 15], np.uint8)  # the first axis is I-S
    for height in range(3, 18):  # a cord that leans, three voxels thick
        cord[height, height // 2 : height // 2 + 3, 5:8] = 1
    frame = image_frame(np.ones(cord.shape, np.float32), affine, cord)
    voxel = np.linalg.solve(affine[:3, :3], frame.focus - affine[:3, 3])
    assert voxel == pytest.approx([10, 6, 6])
    without = image_frame(np.ones(cord.shape, np.float32), affine)
    assert np.linalg.solve(affine[:3, :3], without.focus - affine[:3, 3]) == pytest.approx([10, 7, 7])


def test_the_field_keeps_its_size_at_the_border() -> None:
    assert field_around_focus((-50, 50, -4, 60), 40) == (-20, 20, -4, 36)
    assert field_around_focus((-10, 12, -4, 60), 100) == (-10, 12, -4, 60)


def test_planes_have_one_scale_and_one_window() -> None:
    panels, affine = make_panels()
    figure = planes_figure(panels, image_frame(panels[0].data, affine), 18)
    shown = slice_axes(figure)
    assert len(shown) == 9
    assert {axes.images[0].get_clim() for axes in shown} == {display_window(panels[0].data)}
    width, height = figure.get_size_inches()
    for axes in shown:
        box = axes.get_position()
        across, up = (
            np.ptp(axes.get_xlim()) / (box.width * width),
            np.ptp(axes.get_ylim()) / (box.height * height),
        )
        assert (across, up) == pytest.approx(
            (np.ptp(shown[0].get_xlim()) / (shown[0].get_position().width * width),) * 2
        )
    assert texts(figure).count("S") == 6
    assert max(np.ptp(axes.get_xlim()) for axes in shown) == pytest.approx(18)


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    panels, affine = make_panels(1)
    figure = planes_figure(panels, image_frame(panels[0].data, affine), 18)
    bars = [(axes, patch) for axes in figure.axes for patch in axes.patches if isinstance(patch, Rectangle)]
    assert len(bars) == 6  # each slice of both volumes
    for axes, bar in bars:
        label = next(text.get_text() for text in axes.texts if text.get_text().endswith("mm"))
        assert bar.get_width() == pytest.approx(float(label.removesuffix(" mm")))  # data units are mm
        assert axes.get_aspect() == 1.0


@pytest.mark.parametrize(("width", "height"), [(64, 15), (64, 64), (20, 64), (130, 15)])
def test_the_scale_bar_leaves_the_letters_free(width: float, height: float) -> None:
    figure = Figure(figsize=(1.5, 1.5 * height / width))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height), frame_on=False)
    draw_letters(axes, "sagittal")
    draw_scale_bar(axes)
    FigureCanvasAgg(figure).draw()
    boxes = [text.get_window_extent() for text in axes.texts]
    left, label = boxes[0], boxes[-1]
    assert not any(label.overlaps(box) for box in boxes[:-1])
    assert not axes.patches[0].get_window_extent().overlaps(left)


def finer_pairs(recipes: int) -> tuple[Panel, list[tuple[Panel, Panel]], FloatArray]:
    """Reconstructions on the reference's grid of 1 mm, and on one of 0.5 mm."""
    panels, affine = make_panels(recipes)
    fine = Grid(SHAPE, affine).resampled(0.5)
    finer = [Panel(f"{p.title}, fine", smooth_image(fine.shape, 9) * 3, fine.affine) for p in panels[1:]]
    return panels[0], list(zip(panels[1:], finer, strict=True)), affine


@pytest.mark.parametrize("recipes", [1, 4])
def test_a_finer_grid_stands_beside_the_same_on_the_references(recipes: int) -> None:
    reference, pairs, affine = finer_pairs(recipes)
    figure = grids_figure(reference, pairs, image_frame(reference.data, affine), 18)
    FigureCanvasAgg(figure).draw()
    shown = slice_axes(figure)
    assert len(shown) == 3 + 6 * recipes
    width, height = figure.get_size_inches()
    scales = []
    for axes in shown:
        box = axes.get_position()
        scales += [
            box.width * width / np.ptp(axes.get_xlim()),
            box.height * height / np.ptp(axes.get_ylim()),
        ]
        bar = next(patch for patch in axes.patches if isinstance(patch, Rectangle))
        labels = [text.get_text() for text in axes.texts]
        assert f"{bar.get_width():g} mm" in labels and len(labels) == 5  # and four letters
    assert scales == pytest.approx([scales[0]] * len(scales))
    assert {axes.images[0].get_clim() for axes in shown} == {display_window(reference.data)}
    for number in range(recipes):
        pair = shown[3 + 6 * number : 9 + 6 * number]
        for same, finer in zip(pair[:3], pair[3:], strict=True):
            assert same.get_position().y0 == pytest.approx(finer.get_position().y0)  # side by side
            assert same.get_position().x1 < finer.get_position().x0
            assert (same.get_xlim(), same.get_ylim()) == (finer.get_xlim(), finer.get_ylim())
            pixels = [np.asarray(axes.images[0].get_array()).shape for axes in (same, finer)]
            assert pixels[1] == tuple(2 * n for n in pixels[0])
    boxes = [text.get_window_extent() for text in figure.texts]
    assert all(figure.bbox.contains(box.x0, box.y0) for box in boxes)
    assert all(figure.bbox.contains(box.x1, box.y1) for box in boxes)
    assert not any(a.overlaps(b) for n, a in enumerate(boxes) for b in boxes[n + 1 :])
    titles = [text.get_text() for text in figure.texts]
    assert {panel.title for pair in pairs for panel in pair} <= set(titles)


def test_compared_images_share_a_window_and_errors_a_scale() -> None:
    panels, affine = make_panels(3)
    frame = image_frame(panels[0].data, affine)
    figure = comparison_figure(panels, frame, 18, 8)
    images = [axes.images[0] for axes in slice_axes(figure)]
    grey = [image for image in images if image.get_cmap().name == "gray"]
    errors = [image for image in images if image.get_cmap().name == "inferno"]
    assert (len(grey), len(errors)) == (12, 6)
    assert {image.get_clim() for image in grey} == {display_window(panels[0].data)}
    assert len({image.get_clim() for image in errors}) == 1
    reference, image = (take_slice(p.data, p.affine, frame, "sagittal").pixels for p in panels[:2])
    expected = np.abs(image - reference) / np.ptp(panels[0].data) * 100
    assert np.asarray(errors[0].get_array()) == pytest.approx(expected, rel=1e-5)


def test_spacing_is_written_along_the_anatomical_axes() -> None:
    affine = make_affine((2, 0, 1))
    affine[:3, 0] *= 5
    assert spacing_title(affine) == "0.8 x 0.8 x 4 mm"


# Ablations, training and cost


def test_an_ablation_shows_every_run_their_mean_and_the_baselines() -> None:
    metrics = make_metrics()
    axes = ablation_figure(metrics, SERIES, ["linear", "cubic", "tv"]).axes[0]
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["16", "64"]
    own = metrics[(metrics["region"] == "whole") & (metrics["method"] == "fourier-L-64")]["psnr"]
    faint = [line for line in axes.lines if line.get_alpha() == 0.3]
    assert len(faint) == 4
    assert sorted(float(np.asarray(line.get_ydata())[1]) for line in faint) == pytest.approx(sorted(own))
    bold = axes.containers[0].lines[0]
    assert np.asarray(bold.get_ydata())[1] == pytest.approx(own.mean())
    labels = [text.get_text() for text in axes.texts]
    assert [label.split()[0] for label in labels] == ["linear", "cubic", "TV"]
    assert [label.endswith("↓") for label in labels] == [True, True, False]  # far below: named, not drawn
    heights = [text.get_position()[1] for text in axes.texts]
    assert heights == sorted(heights)


@pytest.mark.parametrize("baselines", [[], ["tv"]])
def test_an_ablation_of_one_run_and_one_value(baselines: list[str], tmp_path: Path) -> None:
    metrics = make_metrics(1, [3], ["whole", "mask"])
    series = SERIES | {"methods": [{"method": "fourier", "value": 16}]}
    figure = ablation_figure(metrics, series, baselines)
    save_figure(figure, [tmp_path / "one.png"])
    assert len(figure.axes) == 6
    legend = [text.get_text() for text in figure.legends[0].texts]
    assert legend[0] == "fourier: one image and seed"
    assert legend[1:-1] == ["baselines: mean over images"] * len(baselines)
    assert legend[-1].startswith("karthik2023, published")


def test_values_that_are_no_positive_numbers_are_categories() -> None:
    methods = [{"method": "fourier", "value": False}, {"method": "fourier-L-64", "value": True}]
    series = SERIES | {"hyperparameter": "data_consistency", "methods": methods}
    axes = ablation_figure(make_metrics(), series, []).axes[0]
    assert axes.get_xscale() == "linear"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["False", "True"]


@pytest.mark.parametrize("hyperparameter", ["L", "bandwidth", "width"])
def test_no_text_of_an_ablation_overlaps(hyperparameter: str) -> None:
    regions = ["whole", "mask"] if hyperparameter == "width" else ["whole", "mask", "cord"]
    series = SERIES | {"hyperparameter": hyperparameter}
    figure = ablation_figure(make_metrics(regions=regions), series, ["linear", "cubic", "tv"])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    everything = []
    for axes in figure.axes:
        low, high = axes.get_ylim()
        ticks = [label for label in axes.get_yticklabels() if low <= label.get_position()[1] <= high]
        everything += [
            *axes.texts,
            *ticks,
            *axes.get_xticklabels(),
            axes.title,
            axes.xaxis.label,
            axes.yaxis.label,
        ]
    everything += [text for legend in figure.legends for text in legend.texts]
    boxes = [text.get_window_extent() for text in everything if text.get_text() and text.get_visible()]
    inside = figure.bbox.padded(1)
    for number, box in enumerate(boxes):
        assert inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1)
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])


def test_training_curves_of_each_group_and_cost_of_each_method() -> None:
    curve = pd.DataFrame({"epoch": [1, 2], "loss": [0.1, 0.01], "seconds": [3.0, 6.0]})
    slower = curve.assign(seconds=[30.0, 50.0])
    slowest = curve.assign(seconds=[40.0, 90.0])
    same = [("fourier", one) for one in (curve, slower, slowest)]
    runs = [*same, ("fourier-L-64", curve), ("other", curve)]
    groups = [
        {"title": "L", "methods": {"fourier": "L = 16", "fourier-L-64": "L = 64"}},
        {"title": "recipes", "methods": {"other": "other"}},
    ]
    figure = training_figure(runs, groups)
    assert [len(axes.lines) for axes in figure.axes] == [5, 5, 1, 1]
    faint, median = figure.axes[1].lines[2:4]
    assert np.asarray(faint.get_xdata()).tolist() == [40.0, 90.0]
    assert np.asarray(median.get_xdata()).tolist() == [30.0, 50.0]
    assert (faint.get_alpha(), median.get_alpha()) == (0.3, None)
    figure = cost_figure(make_metrics(1, [0], ["whole"]), ["linear", "cubic", "tv"])
    assert [text.get_text() for text in figure.legends[0].texts] == [
        "fourier",
        "fourier-L-64",
        "linear",
        "cubic",
        "TV",
    ]
    assert {axes.get_xscale() for axes in figure.axes} == {"log"}
    assert figure.legends[0].get_title().get_text() == "one image and seed"
    figure = cost_figure(make_metrics(2, [0], ["whole"]), ["linear", "cubic", "tv"])
    assert "sd over" in figure.legends[0].get_title().get_text()


@pytest.mark.parametrize("longest", [8.0, 300.0, 40000.0])
def test_seconds_have_plain_ticks_that_do_not_overlap(longest: float) -> None:
    metrics = make_metrics(2, [0])
    metrics["train_seconds"] = np.geomspace(0.9, longest, len(metrics))
    figure = cost_figure(metrics, ["linear", "cubic", "tv"])
    FigureCanvasAgg(figure).draw()
    for axes in figure.axes[-3:]:
        labels = [label for label in axes.get_xticklabels() if label.get_text()]
        low, high = axes.get_xlim()
        boxes = [label.get_window_extent() for label in labels if low <= label.get_position()[0] <= high]
        assert len(boxes) > 1 and all(float(label.get_text()) > 0 for label in labels)
        assert_apart(boxes)


def test_baselines_have_colours_and_dashes_of_their_own() -> None:
    metrics = make_metrics(6)
    for name, level in (("linear", 29.9), ("cubic", 30.0), ("tv", 30.1)):
        metrics.loc[metrics["method"] == name, "psnr"] = level + metrics["subject"].astype(float) / 20
    axes = ablation_figure(metrics, SERIES, ["linear", "cubic", "tv"]).axes[0]
    levels = [line for line in axes.lines if list(line.get_xdata()) == [0, 1] and line.get_linewidth() > 1]
    looks = {(line.get_color(), str(line.get_linestyle())) for line in levels}
    assert len(levels) == 3 == len({colour for colour, _ in looks}) == len({dash for _, dash in looks})
    networks = axes.containers[0].lines[0].get_color()
    assert networks not in {colour for colour, _ in looks}


def test_energy_is_said_of_the_methods_that_know_theirs() -> None:
    """The mean over the runs that could read it, which need not be all."""
    metrics = make_metrics(2, [0], ["whole"])
    joules = metrics["method"].map({"fourier": 4000.0, "linear": 0.12345})
    joules[metrics.index[(metrics["method"] == "fourier")][0]] = np.nan
    figure = cost_figure(metrics.assign(train_joules=joules), ["linear", "cubic", "tv"])
    names = [text.get_text() for text in figure.legends[0].texts]
    assert names == ["fourier (4 kJ)", "fourier-L-64", "linear (0.123 J)", "cubic", "TV"]


def test_rate_and_distortion_belong_to_the_same_model() -> None:
    metrics = with_sizes(make_metrics())
    figure = rate_distortion_figure(metrics, [SERIES], ["linear", "cubic", "tv"])
    assert len(figure.axes) == 3
    for axes, region in zip(figure.axes, ("whole", "mask", "cord"), strict=True):
        own = (
            metrics[metrics["region"] == region].groupby("method")["psnr"].mean()[["fourier", "fourier-L-64"]]
        )
        file, network = (container.lines[0] for container in axes.containers)
        assert np.asarray(file.get_xdata()) == pytest.approx([2, 8])
        assert np.asarray(file.get_ydata()) == pytest.approx(own.tolist())
        assert np.asarray(network.get_xdata()) == pytest.approx([2 / 3, 8 / 3])
        assert np.asarray(network.get_ydata()) == pytest.approx((own - 2).tolist())
        assert (file.get_markerfacecolor(), network.get_markerfacecolor()) == (file.get_color(), "white")
        upright = [line for line in axes.lines if list(line.get_xdata()) == pytest.approx([12, 12])]
        assert len(upright) == 1  # the reference's own file
        assert [text.get_text() for text in axes.texts] == ["16", "64"] * 2 + [
            text.get_text() for text in axes.texts[4:]
        ]
        assert {text.get_text().split()[0] for text in axes.texts[4:]} == {"linear", "cubic", "TV"}
        assert axes.get_xscale() == "log"


def test_coded_networks_and_codecs_stand_beside_the_models() -> None:
    metrics = with_sizes(make_metrics()).assign(contrast="T2w")
    figure = rate_distortion_figure(metrics, [SERIES], ["linear", "cubic", "tv"], make_codes(metrics))
    for axes, region in zip(figure.axes, ("whole", "mask", "cord"), strict=True):
        own = metrics[metrics["region"] == region].groupby("method")["psnr"].mean()
        coded = axes.containers[2].lines[0]
        assert np.asarray(coded.get_xdata()) == pytest.approx([2 / 6, 8 / 6])
        assert np.asarray(coded.get_ydata()) == pytest.approx(
            (own[["fourier", "fourier-L-64"]] - 2.1).tolist()
        )
        rising = [line for line in axes.lines if line.get_color() == GREY and min(line.get_ydata()) > 1]
        assert [list(line.get_ydata()) for line in rising] == [
            pytest.approx([level + 2, level + 8]) for level in CODECS.values()
        ]
        assert axes.get_ylim()[1] > max(CODECS.values()) + 8
    legend = [text.get_text() for text in figure.legends[0].texts]
    assert "network alone, 8 bit and entropy coded,\nno data consistency" in legend
    assert [text for text in legend if "of the reference itself" in text] == [
        f"{LOSSY[name].title},\nof the reference itself" for name in CODECS
    ]


def test_codecs_at_one_rate_are_seen() -> None:
    metrics = with_sizes(make_metrics(regions=["whole"])).assign(contrast="T2w")
    codes = make_codes(metrics)
    figure = rate_distortion_figure(metrics, [], [], codes[codes["bits_per_voxel"] > 1])
    own = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 1 and line.get_color() == GREY]
    assert len(own) == len(CODECS) == len({line.get_marker() for line in own} - {"None", ""})


def test_a_codec_that_misses_the_smallest_sizes_is_averaged_over_the_same_sizes() -> None:
    metrics = with_sizes(make_metrics(regions=["whole"])).assign(contrast="T2w")
    codes = make_codes(metrics)
    missed = (codes["coder"] == "jpegxl") & (codes["bits_per_voxel"] < 1) & (codes["image"] == "sub-0")
    curve = codec_curves(codes[~missed])["jpegxl"]
    assert curve["bits_per_voxel"].tolist() == pytest.approx([2 / 6, 8 / 6])


def test_a_network_that_needs_the_views_has_no_hollow_point(tmp_path: Path) -> None:
    metrics = with_sizes(make_metrics(1, [0], ["whole", "mask"]))
    alone = ["bits_per_voxel_network_bfloat16", "psnr_network_bfloat16"]
    metrics.loc[metrics["method"] == "fourier-L-64", alone] = np.nan
    figure = rate_distortion_figure(metrics, [], [])
    save_figure(figure, [tmp_path / "rate.png", tmp_path / "rate.pdf"])
    assert [len(axes.containers) for axes in figure.axes] == [3, 3]
    legend = [text.get_text() for text in figure.legends[0].texts]
    assert legend[:3] == ["fourier", "fourier-L-64", "model file"]


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    panels, affine = make_panels(1)
    frame = image_frame(panels[0].data, affine)
    content = []
    for folder in ("a", "b"):
        paths = [tmp_path / folder / name for name in ("x.png", "x.pdf", "y.png", "y.pdf", "z.png", "z.pdf")]
        save_figure(planes_figure(panels, frame, 18), paths[:2])
        save_figure(comparison_figure(panels, frame, 18, 8), paths[2:4])
        save_figure(ablation_figure(make_metrics(), SERIES, ["tv"]), paths[4:])
        content.append([path.read_bytes() for path in paths])
    assert content[0] == content[1]
    assert not [word for data in content[0] for word in (b"Matplotlib", b"CreationDate") if word in data]


# Numbers and labels


@given(st.lists(st.floats(-3, 4), min_size=1, max_size=9))
def test_labels_keep_their_order_and_distance(wanted: list[float]) -> None:
    places = np.array(spread_positions(wanted, 0.1))
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(places[order]) >= 0.1 - 1e-6).all()
    assert places.min() >= -1e-6 and places.max() <= 1 + 1e-6


def test_more_labels_than_fit_are_spread_evenly() -> None:
    assert spread_positions([0.5] * 5, 0.5) == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread_positions([0.9, 0.1, 0.5], 0.1) == pytest.approx([0.9, 0.1, 0.5])


def test_round_numbers() -> None:
    assert [nice_length(x) for x in (0.7, 1, 6.9, 24, 50, 99)] == pytest.approx([0.5, 1, 5, 20, 50, 50])
    assert [nice_ceiling(x) for x in (0.7, 1, 6.9, 24, 50, 99)] == pytest.approx([1, 1, 10, 50, 50, 100])
    assert mean_and_sd([1, 3]) == pytest.approx((2, np.sqrt(2)))
    assert mean_and_sd([4]) == (4, 0)


def test_summary_by_hand() -> None:
    rows = [("a", "x", 0, 1.0), ("a", "x", 1, 3.0), ("b", "x", 0, 8.0), ("a", "tv", None, 5.0)]
    metrics = pd.DataFrame(rows, columns=["image", "method", "seed", "psnr"])
    metrics = metrics.assign(recipe=None, region="whole", ssim=0.5, nrmse=0.1, train_seconds=2.0)
    table = summarise(metrics.assign(subject="s")).set_index("method")
    assert table.loc["x", "persons"] == 1
    assert table.loc["x", "psnr_sd_seeds"] == pytest.approx(np.sqrt(2))  # of image a; b has one seed
    assert np.isnan(table.loc["tv", "psnr_sd_seeds"])
    assert table.loc["x", ["images", "seeds", "runs"]].tolist() == [2, 2, 3]
    assert table.loc["x", "psnr_mean"] == pytest.approx(4)
    assert table.loc["x", "psnr_sd"] == pytest.approx(np.sqrt(13))
    assert np.isnan(table.loc["tv", "psnr_sd"])


def test_table_pages_are_ascii_and_escaped() -> None:
    table = pd.DataFrame({"method": ["<script>alert(1)</script>", "naïve"], "psnr": [1.5, np.nan]})
    page = table_page(table, "A & B", "±", {"psnr": "PSNR <dB>"})
    assert page.isascii()
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "PSNR &lt;dB&gt;" in page
    assert "<td>1.50\n" in page and "<td>n/a\n" in page and "td:nth-child(2) { text-align: right; }" in page
    assert "http" not in page


# What belongs into which figure


def make_plan(
    ablations: dict[str, Any],
    baselines: Sequence[str] = ("linear", "cubic", "ibp", "tv"),
    recipes: Sequence[str] = ("fourier",),
) -> tuple[dict[str, Any], dict[str, Method]]:
    config = {"ablations": ablations, "baselines": list(baselines), "seeds": [5, 7]}
    methods = []
    for recipe in recipes:
        settings = {"model": "coordinate", "L": 16, "bandwidth": 0.1}
        variants = {recipe: settings}
        for plan in ablations.values():
            if plan and plan["recipe"] == recipe:
                key = plan["hyperparameter"]
                variants |= {
                    f"{recipe}-{key}-{v}": settings | {key: v} for v in plan["values"] if v != settings[key]
                }
        methods += [Method(name, recipe, s, seed) for name, s in variants.items() for seed in (5, 7)]
    return config, {method.label: method for method in methods}


BANDWIDTH = {"recipe": "fourier", "hyperparameter": "bandwidth", "values": [0.1, 0.2]}
MAPPING = {"recipe": "fourier", "hyperparameter": "L", "values": [8, 16]}


def test_a_series_names_the_recipe_itself_at_its_own_value() -> None:
    config, methods = make_plan({"b": BANDWIDTH, "l": MAPPING, "off": None})
    assert ablation_names(config) == ["b", "l"]
    series = ablation_series(config, methods, "l")
    assert series["methods"] == [{"method": "fourier-L-8", "value": 8}, {"method": "fourier", "value": 16}]


def test_only_ablations_of_the_mapping_size_are_joined_by_rate() -> None:
    config, methods = make_plan({"b": BANDWIDTH, "l": MAPPING, "off": None})
    assert mapping_size_series(config, methods) == [ablation_series(config, methods, "l")]
    assert mapping_size_series(*make_plan({"b": BANDWIDTH})) == []


def test_the_comparison_shows_no_value_of_an_ablation() -> None:
    config, methods = make_plan({"b": BANDWIDTH, "l": MAPPING}, recipes=["fourier", "other"])
    shown = compared_methods(config, methods)
    assert [(one["label"], one["kind"]) for one in shown] == [
        ("linear", "classical"),
        ("cubic", "classical"),
        ("ibp", "baseline"),
        ("tv", "classical"),
        ("fourierseed5", "network"),
        ("otherseed5", "network"),
    ]
    assert measured_methods(config, methods) == shown


def test_the_comparison_has_room_for_few_recipes_and_prefers_the_flagship() -> None:
    recipes = ["a", "fourier", "b", "c", "pretrained"]
    config, methods = make_plan({}, recipes=recipes)
    networks = [one["title"] for one in compared_methods(config, methods) if one["kind"] == "network"]
    assert networks == ["a", "fourier", "pretrained"]  # in the order of the configuration
    measured = [one["title"] for one in measured_methods(config, methods) if one["kind"] == "network"]
    viewed = [one["title"] for one in viewed_methods(config, methods)]
    assert measured == recipes and viewed == ["linear", "cubic", "ibp", "tv", *recipes]


def test_the_comparison_without_ablations_baselines_or_networks() -> None:
    assert [one["label"] for one in compared_methods(*make_plan({}, []))] == ["fourierseed5"]
    shown = compared_methods(*make_plan({}, recipes=[]))
    assert [one["label"] for one in shown] == ["linear", "cubic", "ibp", "tv"]
    assert {one["kind"] for one in shown} == {"baseline"}  # nothing else would be shown


def test_training_groups_cover_every_recipe() -> None:
    config, methods = make_plan({"l": MAPPING}, recipes=["fourier", "other"])
    groups = training_groups(config, methods)
    assert [group["methods"] for group in groups] == [
        {"fourier-L-8": "L = 8", "fourier": "L = 16"},
        {"other": "other"},
    ]


def test_a_bandwidth_has_its_unit() -> None:
    ablation = {"recipe": "fourier", "hyperparameter": "bandwidth", "values": [0.02]}
    groups = training_groups(*make_plan({"b": ablation}, recipes=["fourier"]))
    assert groups[0]["methods"]["fourier-bandwidth-0.02"] == "bandwidth = 0.02 cycles/mm"


KINDS = ["classical", "classical", "baseline", "classical", "network"]


@pytest.mark.parametrize(
    ("psnr", "chosen", "best"),
    [
        ([26.0, 25.0, 20.0, 30.0, 31.0], [2, 3, 4], 3),
        ([26.0, 25.0, 20.0, 22.0, 9.0], [0, 2, 4], 0),
        ([26.0, 25.0, 40.0, 22.0, 9.0], [2, 4], 2),
    ],
)
def test_of_the_classical_methods_the_best_is_shown(psnr: list[float], chosen: list[int], best: int) -> None:
    assert choose_classical([{"kind": kind} for kind in KINDS], psnr) == (chosen, best)


def test_a_single_method_is_the_best_of_nothing() -> None:
    assert choose_classical([{"kind": "classical"}, {"kind": "network"}], [26.0, 30.0]) == ([0, 1], None)
    assert choose_classical([{"kind": "network"}], [30.0]) == ([0], None)


def test_what_is_compared_is_read_with_its_numbers(tmp_path: Path) -> None:
    panels, affine = make_panels(0)
    methods = [
        {"title": name, "label": name, "kind": kind} for name, kind in zip("abcde", KINDS, strict=True)
    ]
    methods[3]["title"] = "tv"
    paths: dict[str, list[str]] = {"images": [], "metrics": []}
    for number, method in enumerate(methods):
        table = pd.DataFrame({"region": ["whole", "mask"], "psnr": [20.0 + number, 9.0], "ssim": [0.5, 0.25]})
        paths["metrics"].append(str(tmp_path / f"{method['label']}.tsv"))
        write_table(table, paths["metrics"][-1])
        paths["images"].append(str(tmp_path / f"{method['label']}.nii.gz"))
        save_volume(paths["images"][-1], panels[0].data + number, affine, {})
    save_volume(tmp_path / "reference.nii.gz", panels[0].data, affine, {})
    made, shown = read_comparison(str(tmp_path / "reference.nii.gz"), **paths, methods=methods)
    assert [panel.title for panel in made] == ["reference", "c", "TV (best classical)", "INR e"]
    assert [one["label"] for one in shown] == ["c", "d", "e"]
    assert made[2].notes == ["23.00 dB, 0.500", "9.00 dB, 0.250"]
    assert made[0].notes[1] == "of the tissue:"
    np.testing.assert_allclose(made[2].data, panels[0].data + 3, rtol=1e-4)


# Thin slabs


@pytest.mark.parametrize("thin", [0, 1, 2])
def test_no_text_of_a_thin_slab_overlaps(thin: int) -> None:
    shape = [100, 110, 120]
    shape[thin] = 12
    affine = make_affine((0, 1, 2), (1, 1, 1), 1.0)
    data = smooth_image(tuple(shape))
    panels = [Panel("reference", data, affine, ["PSNR, SSIM of the whole:", "of the cord:"])]
    panels += [Panel(title, data * 0.9, affine, ["30.12 dB, 0.912"] * 2) for title in LONG_TITLES]
    frame = image_frame(data, affine)
    fine = Panel("INR fourier, 0.5 x 0.5 x 0.5 mm", data, affine)
    for figure in (
        planes_figure(panels, frame, 120),
        comparison_figure(panels, frame, 120, 32),
        grids_figure(panels[0], [(panels[1], fine)], frame, 64),
    ):
        FigureCanvasAgg(figure).draw()
        for axes in slice_axes(figure):
            boxes = [text.get_window_extent() for text in axes.texts]
            bars = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_fill()]
            boxes += [bar.get_window_extent() for bar in bars]
            assert_apart(boxes)
            assert min(np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())) > 12  # black beyond the image
        assert_apart([text.get_window_extent() for text in figure.texts if text.get_text()])


#: As wide as titles are.
LONG_TITLES = [
    "Tikhonov (best classical)",
    "back-projection",
    "INR pretrained",
    "INR fourier",
    "INR self-prior",
]


def assert_apart(boxes: Sequence[Any]) -> None:
    """No two boxes overlap."""
    assert not [
        (one, other) for n, one in enumerate(boxes) for other in boxes[n + 1 :] if one.overlaps(other)
    ]


def test_the_text_of_a_comparison_can_be_read_at_1280_pixels() -> None:
    panels, affine = make_panels(len(LONG_TITLES))
    panels = [panels[0], *(replace(p, title=t) for p, t in zip(panels[1:], LONG_TITLES, strict=True))]
    figure = comparison_figure(panels, image_frame(panels[0].data, affine), 18, 8)
    per_point = 1280 / figure.get_size_inches()[0] / 72
    every = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    sizes = [text.get_fontsize() * per_point for text in every if text.get_text()]
    assert min(sizes) >= 9
