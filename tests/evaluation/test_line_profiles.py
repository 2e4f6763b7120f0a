"""Intensity profiles: known values at known places, lines that cross discs, and what is said where none can."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from support.volumes import ORIENTATIONS, make_affine, smooth_image

from isospine.evaluation.line_profiles import (
    ACROSS_MM,
    ALONG_MM,
    LINE_PROFILE_COLUMNS,
    SEARCH_MM,
    ProfileLine,
    intensity_profiles,
    profile_lines,
    profile_rmse,
)
from isospine.figures.line_profiles import (
    THROUGH_CORD,
    THROUGH_VOLUME,
    Thickness,
    profile_figure,
    slice_thicknesses,
)
from isospine.figures.panels import Panel
from isospine.figures.style import save_figure
from isospine.geometry.display_slices import canonical, image_frame
from isospine.geometry.grid import Affine, FloatArray, Volume

ROTATION = (0.3, -0.2, 0.25)
#: Position counts towards L, P and S; the world axes towards R, A and S.
AXES = {"R-L": (0, -1), "A-P": (1, -1), "I-S": (2, 1)}


def anatomical(affine: Affine, shape: tuple[int, ...]) -> FloatArray:
    """Millimetres to the right, front and top along the volume's own axes, shape (3, I, J, K)."""
    own = canonical(np.zeros(shape, np.float32), affine)[1]
    directions = own[:3, :3] / np.linalg.norm(own[:3, :3], axis=0)
    world = np.moveaxis(np.indices(shape), 0, -1) @ affine[:3, :3].T + affine[:3, 3]
    return np.asarray(np.moveaxis((world - own[:3, 3]) @ directions, -1, 0), np.float64)


def neck(
    world_axes: tuple[int, ...] = (0, 1, 2),
    signs: tuple[int, ...] = (1, 1, 1),
    spacing: float = 1.0,
    lean: float = 0.0,
    rotation: tuple[float, ...] = ROTATION,
) -> tuple[Volume, Any, Affine]:
    """A cord of 10 mm width in front of which bright discs cross a column 14 to 18 mm from the cord's centre."""
    affine = make_affine(world_axes, signs, spacing, rotation)
    size = np.rint(np.array([30, 60, 50]) / spacing).astype(int)
    shape = tuple(int(size[axis]) for axis in world_axes)
    right, front, up = anatomical(affine, shape)
    ahead = front - 25 - lean * (up - 25) - 0.004 * (up - 25) ** 2
    cord = (np.hypot(right - 15, ahead) < 5).astype(np.uint8)
    volume = np.where(cord, 40, 10) + 0.2 * right
    column = (ahead > 14) & (ahead < 18)
    volume += np.where(column & (np.mod(up + 0.1, 12) < 3), 60, 0)
    return volume.astype(np.float32), cord, affine


def measure(
    volume: Volume, affine: Affine, cord: Any = None
) -> tuple[pd.DataFrame, dict[str, ProfileLine], FloatArray]:
    frame = image_frame(volume, affine, cord)
    lines = profile_lines(volume, affine, frame, cord)
    table = intensity_profiles("sub-01", volume, affine, lines, [("tv", (volume + 1).astype(np.float32))])
    return table, {line.axis: line for line in lines}, frame.focus


def of(table: pd.DataFrame, axis: str, method: str = "reference") -> pd.DataFrame:
    return table[(table["axis"] == axis) & (table["method"] == method)]


@pytest.mark.parametrize("spacing", [0.5, 0.8])
@pytest.mark.parametrize(("world_axes", "signs"), ORIENTATIONS[::5])
def test_a_ramp_has_its_values_at_their_places(
    world_axes: tuple[int, ...], signs: tuple[int, ...], spacing: float
) -> None:
    affine = make_affine(world_axes, signs, spacing, ROTATION)
    shape = (33, 35, 37)
    right, front, up = anatomical(affine, shape)
    for axis, (number, sign) in AXES.items():
        along = (right, front, up)[number]
        table, _, _ = measure(along.astype(np.float32), affine)
        for name in AXES:
            own = of(table, name)
            length = np.ptp(along)
            expected = 100 * (sign * own["position"] / length + 0.5) if name == axis else 50
            assert own["value"].to_numpy() == pytest.approx(np.broadcast_to(expected, len(own)), abs=1e-3)
            assert np.diff(own["position"]) == pytest.approx(spacing)
        # every row says where it is in the world
        places = own[["x", "y", "z"]].to_numpy()
        voxels = np.rint(np.linalg.solve(affine[:3, :3], (places - affine[:3, 3]).T)).astype(int)
        assert affine[:3, :3] @ voxels + affine[:3, 3:] == pytest.approx(places.T)
        assert 100 * along[tuple(voxels)] / length == pytest.approx(own["value"].to_numpy(), abs=1e-3)


@pytest.mark.parametrize(("world_axes", "signs"), ORIENTATIONS[::7])
def test_a_step_is_where_the_cord_is(world_axes: tuple[int, ...], signs: tuple[int, ...]) -> None:
    volume, cord, affine = neck(world_axes, signs)
    table, _, _ = measure(volume, affine, cord)
    for axis in ("R-L", "A-P"):
        own = of(table, axis)
        inside = own["cord"] == 1
        assert 9 <= inside.sum() <= 11  # mm, of 10
        assert abs(own.loc[inside, "position"].mean()) <= 0.6
        assert own.loc[inside, "value"].min() > own.loc[~inside & (own["position"].abs() < 8), "value"].max()


def test_a_disc_at_the_patients_front_left_and_top_is_there_in_the_profile() -> None:
    """Neither axis may be mirrored."""
    for world_axes, signs in ORIENTATIONS[::5]:
        affine = make_affine(world_axes, signs, 1.0, ROTATION)
        shape = (31, 31, 31)
        right, front, up = anatomical(affine, shape)
        for number, (axis, position) in enumerate((("R-L", 8), ("A-P", -8), ("I-S", 8))):
            place = (right, front, up)[number] - 15
            marked = np.abs(place - (-8, 8, 8)[number]) < 0.5  # left, front, top
            table, _, _ = measure(marked.astype(np.float32), affine)
            own = of(table, axis)
            assert own.loc[own["value"].idxmax(), "position"] == pytest.approx(position)


@pytest.mark.parametrize("lean", [0.0, 0.3, -0.3])
@pytest.mark.parametrize(("world_axes", "signs"), ORIENTATIONS[::11])
def test_the_upright_line_crosses_the_discs_and_not_the_cord(
    world_axes: tuple[int, ...], signs: tuple[int, ...], lean: float
) -> None:
    volume, cord, affine = neck(world_axes, signs, lean=lean)
    table, lines, _ = measure(volume, affine, cord)
    line = lines["I-S"]
    assert line.distance is not None and 14 <= line.distance <= 18
    own = of(table, "I-S")
    assert len(own) == 50 and own["cord"].sum() == 0
    bright = (own["value"] > 70).to_numpy().astype(int)
    assert np.count_nonzero(np.diff(bright, prepend=0) == 1) == 5  # discs from 0, 12, 24, 36 and 48 mm
    assert bright.sum() == 14
    # in the sagittal plane through the focus, as far in front of the cord's centre as it says
    assert line.offsets[:, 0] == pytest.approx(0, abs=1e-6)
    middle = np.argmin(np.abs(line.position))
    assert line.offsets[middle, 1] == pytest.approx(line.distance, abs=1.1)


def test_no_distance_outside_the_search_range_is_chosen() -> None:
    volume, cord, affine = neck()
    _, front, up = anatomical(affine, volume.shape)
    loud = volume.copy()
    ahead = front - 25 - 0.004 * (up - 25) ** 2
    for near, far in ((7, 11), (22, 30)):  # fluid in front of the cord, and the airway
        loud[(ahead > near) & (ahead < far) & (np.mod(up + 0.1, 8) < 4)] = 500
    table, lines, _ = measure(loud, affine, cord)
    distance = lines["I-S"].distance
    assert distance is not None and SEARCH_MM[0] <= distance <= SEARCH_MM[1]
    assert loud.max() == 500 and of(table, "I-S")["value"].max() < 20


def test_the_line_ends_with_the_mask_and_with_its_longest_length() -> None:
    volume, cord, affine = neck(rotation=(0, 0, 0))
    cord[:, :, :10] = 0
    _, lines, _ = measure(volume, affine, cord)
    assert len(lines["I-S"].position) == 40
    assert lines["A-P"].position[[0, -1]] == pytest.approx([-20, 20])
    long = np.repeat(volume, 4, axis=2)
    _, lines, _ = measure(long, affine, np.repeat(cord, 4, axis=2))
    assert np.ptp(lines["I-S"].position) == pytest.approx(ALONG_MM)
    assert np.ptp(lines["A-P"].position) == pytest.approx(ACROSS_MM)


@pytest.mark.parametrize("case", ["none", "empty", "border"])
def test_where_no_line_in_front_of_the_cord_is_possible(case: str, tmp_path: Path) -> None:
    volume, cord, affine = neck()
    if case == "border":  # 3 mm of the volume remain in front of the cord
        volume, cord = volume[:, :33], cord[:, :33]
    mask = {"none": None, "empty": np.zeros_like(cord), "border": cord}[case]
    table, lines, _ = measure(volume, affine, mask)
    upright = lines["I-S"]
    assert upright.distance is None
    assert len(np.unique(upright.voxels[:, :2], axis=0)) == 1  # straight
    assert of(table, "I-S")["cord"].isna().all() == (case != "border")
    figure = draw(volume, affine, mask)
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]
    assert [THROUGH_VOLUME in title for title in titles] == [case != "border"] * 3
    assert (THROUGH_CORD in titles[2]) == (case == "border")
    save_figure(figure, [tmp_path / "a.png"])


def test_a_cord_in_one_slice_has_profiles() -> None:
    volume, cord, affine = neck()
    cord[:, :, :20], cord[:, :, 21:] = 0, 0
    table, lines, _ = measure(volume, affine, cord)
    assert len(of(table, "I-S")) == 1 and lines["I-S"].distance is not None
    draw(volume, affine, cord)


def test_the_table_and_its_error() -> None:
    volume, cord, affine = neck()
    table, _, _ = measure(volume, affine, cord)
    assert tuple(table.columns) == LINE_PROFILE_COLUMNS
    assert set(table["image"]) == {"sub-01"}
    assert of(table, "A-P", "tv")["position"].tolist() == of(table, "A-P")["position"].tolist()
    for axis in AXES:
        assert profile_rmse(table, axis, "tv") == pytest.approx(100 / np.ptp(volume), rel=1e-4)
        assert profile_rmse(table, axis, "reference") == 0
    one = table.copy()
    row = of(table, "R-L", "tv").index[3]
    one.loc[one["method"] == "tv", "value"] = one.loc[one["method"] == "reference", "value"].to_numpy()
    one.loc[row, "value"] += 6
    assert profile_rmse(one, "R-L", "tv") == pytest.approx(6 / np.sqrt(len(of(table, "R-L"))))
    assert profile_rmse(one, "A-P", "tv") == 0


# Figure


def draw(volume: Volume, affine: Affine, cord: Any, methods: int = 4) -> Figure:
    frame = image_frame(volume, affine, cord)
    lines = profile_lines(volume, affine, frame, cord)
    images = [(f"m{n}", volume + smooth_image(volume.shape, n) / 50) for n in range(methods)]
    table = intensity_profiles("sub-01", volume, affine, lines, images)
    titles = {name: f"INR recipe-{name}" for name, _ in images}
    views = [{"plane": "axial", "factor": 5}, {"plane": "sagittal", "factor": 4}]
    thick = slice_thicknesses(affine, views)
    return profile_figure(table, titles, lines, Panel("reference", volume, affine), frame, thick)


def profile_axes(figure: Figure) -> list[Any]:
    """Profile and error of A-P, R-L and I-S."""
    return [axes for axes in figure.axes if axes.axison]


def test_slices_of_views_are_as_thick_as_they_are_drawn() -> None:
    volume, cord, affine = neck((2, 0, 1), (1, -1, 1), 0.800001)  # as headers have it
    views = [{"plane": "axial", "factor": 5}, {"plane": "sagittal", "factor": 2.5}]
    assert slice_thicknesses(affine, views) == [
        Thickness("I-S", "axial", pytest.approx(4, rel=1e-5)),
        Thickness("R-L", "sagittal", pytest.approx(2, rel=1e-5)),
    ]
    figure = draw(volume, affine, cord)
    axes = profile_axes(figure)[2]  # R-L
    bar = axes.lines[-1]
    assert np.ptp(bar.get_xdata()) == pytest.approx(4 * 0.8, rel=1e-5)
    assert "slice of the sagittal view, 3.2 mm" in [text.get_text() for text in axes.texts]


def test_the_figure_has_units_sides_errors_and_the_cord() -> None:
    volume, cord, affine = neck((1, 2, 0), (-1, 1, -1))
    axes = profile_axes(draw(volume, affine, cord))
    assert len(axes) == 6
    for profile, error, name in zip(axes[::2], axes[1::2], ("A-P", "R-L", "I-S"), strict=True):
        first, last = name.split("-")
        assert error.get_xlabel().startswith(first) and error.get_xlabel().endswith(last)
        assert "(mm)" in error.get_xlabel()
        assert "% of range" in profile.get_ylabel() and "% of range" in error.get_ylabel()
        assert profile.get_xlim() == error.get_xlim()
        truth, method = (np.asarray(profile.lines[n].get_ydata()) for n in (0, 1))
        assert np.asarray(error.lines[1].get_ydata()) == pytest.approx(method - truth)
        assert len({(str(line.get_color()), line.get_linestyle()) for line in profile.lines[:5]}) == 5
        labels = [text.get_text() for text in profile.get_legend().get_texts()]
        assert labels[0] == "reference" and labels[1].endswith("INR recipe-m0")
        rmse = np.sqrt(np.mean(np.square(method - truth)))
        assert float(labels[1].split()[0]) == pytest.approx(rmse, abs=0.006)
    for profile in (axes[0], axes[2]):
        (shade,) = profile.patches
        assert 9 <= shade.get_width() <= 11 and abs(shade.get_x() + shade.get_width() / 2) <= 1
    assert not axes[4].patches  # in front of the cord


def test_lines_are_drawn_where_they_were_measured() -> None:
    """A mark in the volume, seen in the slice beneath the line, is at the line's own position of it."""
    volume, cord, affine = neck((2, 0, 1), (-1, 1, -1))
    figure = draw(volume, affine, cord)
    shown = [axes for axes in figure.axes if axes.images]
    lines = profile_lines(volume, affine, image_frame(volume, affine, cord), cord)
    turned = canonical(volume, affine)[0]
    for axes, own in zip(shown, ((lines[0], lines[1]), (lines[0], lines[2])), strict=True):
        left, right, bottom, top = axes.images[0].get_extent()
        pixels = np.asarray(axes.images[0].get_array())
        for drawn, line in zip(axes.lines, own, strict=True):
            x, y = np.asarray(drawn.get_xdata()), np.asarray(drawn.get_ydata())
            column = np.floor((x - left) / (right - left) * pixels.shape[1]).astype(int)
            row = np.floor((y - bottom) / (top - bottom) * pixels.shape[0]).astype(int)
            assert pixels[row, column] == pytest.approx(turned[tuple(line.voxels.T)])


def test_every_part_of_the_cord_is_shaded_and_one_is_named() -> None:
    volume, cord, affine = neck(rotation=(0, 0, 0))
    middle = np.flatnonzero(cord.any(axis=(1, 2)))[3]
    cord[middle] = 0  # the mask has a gap from one side to the other
    profile, error, *_ = profile_axes(draw(volume, affine, cord))[2:]
    assert len(profile.patches) == len(error.patches) == 2
    assert [text.get_text() for text in profile.texts].count("cord") == 1


@pytest.mark.parametrize("cut", [0, 30, 60])
def test_slices_show_the_whole_of_each_line(cut: int) -> None:
    volume, cord, affine = neck(rotation=(0, 0, 0))
    volume, cord = np.repeat(volume, 2, axis=2), np.repeat(cord, 2, axis=2)
    loose = np.arange(100) < 5  # a part of the mask apart from the rest: the focus is not in its middle
    cord[:, :, :cut] = cord[:, :, :cut] * loose[:cut]
    figure = draw(volume, affine, cord)
    for axes in (axes for axes in figure.axes if axes.images):
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        assert len(axes.lines) == 2
        for line in axes.lines:
            x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
            assert left <= x.min() and x.max() <= right and bottom <= y.min() and y.max() <= top


@pytest.mark.parametrize("methods", [0, 1, 4, 12])
@pytest.mark.parametrize("part", [slice(None), slice(18, 26)])
def test_no_text_of_the_plots_overlaps(methods: int, part: slice) -> None:
    volume, cord, affine = neck(rotation=(0, 0, 0))
    figure = draw(volume[:, :, part], affine, cord[:, :, part], methods)
    FigureCanvasAgg(figure).draw()
    everything = [text for axes in profile_axes(figure) for text in axes.texts]
    for axes in profile_axes(figure):
        low, high = axes.get_ylim()
        everything += [label for label in axes.get_yticklabels() if low <= label.get_position()[1] <= high]
        everything += [axes.xaxis.label, axes.yaxis.label, axes._left_title]
        if axes.get_legend():
            everything += [*axes.get_legend().get_texts(), axes.get_legend().get_title()]
    boxes = [text.get_window_extent() for text in everything if text.get_text()]
    inside = figure.bbox.padded(1)
    for number, box in enumerate(boxes):
        assert inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1), everything[number]
        for other, text in zip(boxes[number + 1 :], everything[number + 1 :], strict=False):
            assert not box.overlaps(other), (everything[number], text)


def test_equal_measurements_give_equal_bytes(tmp_path: Path) -> None:
    volume, cord, affine = neck()
    for name in ("a", "b"):
        save_figure(draw(volume, affine, cord, 2), [tmp_path / f"{name}.png", tmp_path / f"{name}.pdf"])
    for suffix in ("png", "pdf"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
