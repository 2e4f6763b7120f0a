"""Where the error is: spectra, distance from edges and the cord's area, each against a known truth."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from support.volumes import ORIENTATIONS, make_affine, smooth_image

from isospine.evaluation.audit import audit_run, audited, simulated_operator
from isospine.evaluation.cord_area import RING_MM, CordAreas, area_difference, clear_slices, cord_areas
from isospine.evaluation.error_anatomy import ERROR_ANATOMY_COLUMNS, QUANTITIES, error_anatomy
from isospine.evaluation.spectrum import AXES, anatomical_axis, blind_bands
from isospine.figures.error_anatomy import NO_CONTRAST, NO_EDGES, NO_SEGMENTATION, error_anatomy_figure
from isospine.figures.style import save_figure
from isospine.geometry.grid import Affine, Volume

VIEWS: list[dict[str, Any]] = [{"plane": "axial", "factor": 5}, {"plane": "sagittal", "factor": 2.5}]


# Along anatomical axes


def test_a_wave_is_found_along_its_anatomical_axis_however_it_is_stored() -> None:
    for world_axes, signs in ORIENTATIONS:
        affine = make_affine(world_axes, signs, 0.8, (0.2, -0.1, 0.1))
        along = world_axes.index(2)  # the array axis of I-S
        shape = [8, 8, 8]
        shape[along] = 40
        wave = np.cos(2 * np.pi * np.arange(40) / 5)
        volume = np.moveaxis(np.broadcast_to(wave, (8, 8, 40)), 2, along).astype(np.float32)
        table = error_anatomy("sub-01", volume, affine, None, [])
        best = table.loc[table["value"].idxmax()]
        assert (best["axis"], best["quantity"]) == ("I-S", "power")
        assert best["position"] == pytest.approx(0.25)  # five voxels of 0.8 mm


# Area of the cord


def cylinder(
    affine: Affine, shape: tuple[int, ...], radius: float, inside: float = 100, around: float = 300
) -> tuple[Volume, Any]:
    """A cord along I-S with partial volume at its border, and the voxels that lie in it by more than half."""
    axis = next(n for n in range(3) if anatomical_axis(affine, n) == "I-S")
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    fine = 8
    size = [n for k, n in enumerate(shape) if k != axis]
    steps = [spacing[k] for k in range(3) if k != axis]
    x, y = (
        (np.arange(n * fine) + 0.5) / fine * step - n * step / 2 for n, step in zip(size, steps, strict=True)
    )
    disc = (x[:, None] ** 2 + y[None] ** 2 <= radius**2).astype(float)
    fraction = disc.reshape(size[0], fine, size[1], fine).mean(axis=(1, 3))
    image = np.broadcast_to(around + (inside - around) * fraction, (shape[axis], *size))
    mask = np.broadcast_to(fraction > 0.5, (shape[axis], *size))
    return np.moveaxis(image, 0, axis).astype(np.float32), np.moveaxis(mask, 0, axis).astype(np.uint8)


@pytest.mark.parametrize(("inside", "around"), [(100.0, 300.0), (300.0, 100.0)])
@pytest.mark.parametrize(("spacing", "tolerance"), [(0.4, 0.02), (0.8, 0.04)])
def test_a_cylinder_has_its_area_whatever_the_contrast(
    spacing: float, tolerance: float, inside: float, around: float
) -> None:
    affine = make_affine((2, 0, 1), (-1, 1, 1), spacing)
    radius = 5.0
    image, mask = cylinder(affine, (6, 50, 52), radius, inside, around)
    areas = cord_areas(image, mask, affine)
    assert areas.area == pytest.approx(np.full(6, np.pi * radius**2), rel=tolerance)
    assert areas.contrast == pytest.approx(np.full(6, around - inside))
    assert areas.mask_area == pytest.approx(mask[0].sum() * spacing**2)


def test_the_mask_says_where_and_the_image_how_large() -> None:
    affine = make_affine(spacing=0.4)
    _, mask = cylinder(affine, (60, 60, 4), 5.0)
    found = {r: cord_areas(cylinder(affine, (60, 60, 4), r)[0], mask, affine) for r in (4.5, 5.0, 5.5)}
    for radius, areas in found.items():
        assert areas.area == pytest.approx(np.full(4, np.pi * radius**2), rel=0.03)
    too_large, _ = area_difference(found[5.0], found[5.5])
    too_small, spread = area_difference(found[5.0], found[4.5])
    assert too_large == pytest.approx(np.pi * (5.5**2 - 5.0**2), abs=4) and too_large > 10
    assert too_small == pytest.approx(np.pi * (4.5**2 - 5.0**2), abs=4) and too_small < -10
    assert spread == pytest.approx(0)
    # what is far from the mask is never the cord
    bone = cylinder(affine, (60, 60, 4), 5.0)[0]
    bone[:4] = 0
    assert cord_areas(bone, mask, affine).area == pytest.approx(found[5.0].area)
    assert found[5.0].area.max() < np.pi * (5.0 + RING_MM) ** 2


@pytest.mark.parametrize("sign", [1, -1])
def test_heights_count_upwards_from_the_lowest_slice(sign: int) -> None:
    affine = make_affine(signs=(1, 1, sign), spacing=0.8)
    image, mask = cylinder(affine, (30, 30, 10), 4.0)
    upper = slice(0, 3) if sign > 0 else slice(7, 10)  # the three lowest slices, however they are stored
    mask[:, :, upper] = 0
    assert cord_areas(image, mask, affine).height == pytest.approx(0.8 * np.arange(3, 10))


def test_slices_without_contrast_or_surroundings_are_left_out() -> None:
    affine = make_affine(spacing=0.8)
    image, mask = cylinder(affine, (30, 30, 5), 4.0)
    image[:, :, 2] = 100 + np.arange(30) * 0.01
    mask[:, :, 3] = 1  # the mask fills the slice
    areas = cord_areas(image, mask, affine)
    assert areas.height == pytest.approx(0.8 * np.array([0, 1, 2, 4]))
    assert clear_slices(areas, 200).tolist() == [True, True, False, True]
    assert len(cord_areas(image, np.zeros_like(mask), affine).area) == 0


def test_the_spread_of_areas_is_that_over_slices() -> None:
    zeros = np.zeros(3)
    reference = CordAreas(zeros, np.array([50.0, 60.0, 70.0]), zeros, zeros)
    other = CordAreas(zeros, np.array([51.0, 63.0, 75.0]), zeros, zeros)
    assert area_difference(reference, other) == (pytest.approx(3), pytest.approx(2))
    one = np.array([True, False, False])
    assert area_difference(reference.part(one), other.part(one)) == (1, 0)


# Table and figure


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Of a cord in a body of bright noise, once too large and once too bright."""
    affine = make_affine((2, 0, 1), (-1, 1, 1), 0.8)
    noise = np.random.default_rng(0).normal(0, 2, (12, 40, 42)).astype(np.float32)
    reference, mask = cylinder(affine, (12, 40, 42), 5.0)
    large, _ = cylinder(affine, (12, 40, 42), 5.6)
    reference, large = reference + noise, large + noise
    images = [("tv", large), ("self-prior", (reference + 1).astype(np.float32))]
    specs = [{"plane": "axial", "factor": 4}, {"plane": "sagittal", "factor": 5}]
    operator = simulated_operator(reference, affine, specs, "box")
    return error_anatomy("sub-01", reference, affine, mask, images, operator)


def one(table: pd.DataFrame, method: str, quantity: str) -> pd.DataFrame:
    return table[(table["method"] == method) & (table["quantity"] == quantity)]


def test_the_table_holds_every_quantity_in_percent_and_mm(table: pd.DataFrame) -> None:
    assert tuple(table.columns) == ERROR_ANATOMY_COLUMNS
    assert set(table["quantity"]) == set(QUANTITIES)
    assert set(table["image"]) == {"sub-01"}
    assert list(dict.fromkeys(table["method"])) == ["reference", "mask", "tv", "self-prior"]
    for method in ("tv", "self-prior"):
        assert set(one(table, method, "error_power")["axis"]) == set(AXES)
    # a constant error of 1 in a range of 200 and noise is a little less than 0.5 percent at any distance
    assert one(table, "self-prior", "edge_rmse")["value"].to_numpy() == pytest.approx(0.48, abs=0.02)
    assert one(table, "self-prior", "error_power")["value"].max() < 1e-6
    assert float(one(table, "self-prior", "cord_area_bias")["value"].iloc[0]) == 0
    bias = one(table, "tv", "cord_area_bias")
    assert float(bias["value"].iloc[0]) > 10 and int(bias["count"].iloc[0]) == 12
    assert len(one(table, "reference", "cord_area")) == len(one(table, "mask", "cord_area")) == 12


def test_one_slice_has_no_standard_deviation() -> None:
    affine = make_affine((2, 0, 1), (-1, 1, 1), 0.8)
    reference, mask = cylinder(affine, (4, 40, 42), 5.0)
    image, _ = cylinder(affine, (4, 40, 42), 5.6)
    mask[1:] = 0
    table = error_anatomy("sub-01", reference, affine, mask, [("tv", image)])
    (bias,), (spread,) = (one(table, "tv", f"cord_area_{kind}")["value"] for kind in ("bias", "sd"))
    assert bias > 10 and np.isnan(spread)


def test_images_that_know_the_noise_of_the_reference_are_found(table: pd.DataFrame) -> None:
    """Both do, and a straight cord has nothing else that no view shows."""
    shares = audited(table).set_index("method")["value"]
    assert shares.to_numpy() == pytest.approx(1)
    assert len(audit_run(audited(table), ["tv", "self-prior"])[1]) == 2


def test_power_does_not_depend_on_the_scale_of_the_intensities() -> None:
    image = smooth_image((12, 14, 16))
    small, large = (error_anatomy("sub-01", f * image, np.eye(4), None, []) for f in (1, 50))
    assert small["value"].to_numpy() == pytest.approx(large["value"].to_numpy(), rel=1e-4)


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_figure_names_units_and_marks_where_views_are_blind(table: pd.DataFrame) -> None:
    affine = make_affine(spacing=0.8)
    titles = {"tv": "TV", "self-prior": "INR self-prior"}
    figure = error_anatomy_figure(table, titles, blind_bands(affine, VIEWS, "box"), True)
    grid = np.reshape(np.array(figure.axes, dtype=object), (3, 3))
    assert [axes.get_title() for axes in grid[0]] == list(AXES)
    assert texts(figure)[:3] == ["thick in the sagittal view", "thick in no view", "thick in the axial view"]
    assert [len(axes.patches) for axes in grid[0]] == [1, 0, 1]
    shade = grid[0][2].patches[0]
    assert shade.get_x() == pytest.approx(1 / 8)
    assert shade.get_x() + shade.get_width() == pytest.approx(grid[0][2].get_xlim()[1])
    for axes in grid.ravel():
        if axes is not grid[2][2]:
            low, high = axes.get_ylim()
            drawn = np.concatenate([np.asarray(line.get_ydata(), float) for line in axes.lines[:3]])
            assert np.nanmin(drawn) >= low and np.nanmax(drawn) <= high
    labels = [axes.get_ylabel() for axes in grid[:, 0]]
    assert all("% of range" in label for label in labels) and "mm²" in grid[2][1].get_ylabel()
    assert all("mm" in axes.get_xlabel() for axes in grid[1:].ravel())
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[:3] == ["reference", "TV", "INR self-prior"]
    assert [label.get_text() for label in grid[2][2].get_yticklabels()] == ["TV", "INR self-prior"]


def test_the_line_of_the_cord_is_broken_where_slices_are_missing(table: pd.DataFrame) -> None:
    heights = np.sort(one(table, "reference", "cord_area")["position"].unique())
    part = table[(table["quantity"] != "cord_area") | ~table["position"].isin(heights[4:6])]
    figure = error_anatomy_figure(part, {"tv": "TV"}, [], True)
    line = figure.axes[7].lines[1]
    assert np.flatnonzero(np.isnan(np.asarray(line.get_xdata(), float))).tolist() == [4]


@pytest.mark.parametrize("known", [False, True])
def test_what_is_missing_is_said(known: bool, tmp_path: Path) -> None:
    reference = smooth_image((10, 12, 14))
    cord = np.zeros(reference.shape, np.uint8) if known else None
    table = error_anatomy("sub-01", reference, np.eye(4), cord, [])
    figure = error_anatomy_figure(table, {}, [], known)
    assert NO_EDGES in texts(figure) and (NO_CONTRAST if known else NO_SEGMENTATION) in texts(figure)
    save_figure(figure, [tmp_path / "a.png"])
    assert (tmp_path / "a.png").stat().st_size > 0


def test_the_smallest_volumes_have_a_figure(tmp_path: Path) -> None:
    reference = smooth_image((2, 3, 6))
    table = error_anatomy("sub-01", reference, np.eye(4), None, [("tv", reference)])
    save_figure(error_anatomy_figure(table, {"tv": "TV"}, [], False), [tmp_path / "a.png"])


@pytest.mark.slow
def test_equal_measurements_give_equal_bytes(table: pd.DataFrame, tmp_path: Path) -> None:
    for name in ("a", "b"):
        figure = error_anatomy_figure(table, {"tv": "TV", "self-prior": "INR self-prior"}, [], True)
        save_figure(figure, [tmp_path / f"{name}.png", tmp_path / f"{name}.pdf"])
    for suffix in ("png", "pdf"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
