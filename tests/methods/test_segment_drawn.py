"""Labels drawn on acquired views are moved, segmented and compared."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.acquired_pairs import MOTION, make_body, tilted_tube, write_labels, write_pair
from support.datasets import refuses

from isospine.geometry.grid import Grid
from isospine.geometry.resample import resample
from isospine.geometry.rigid import rigid
from isospine.io.nifti import load_volume, save_volume
from isospine.methods.segment_drawn import (
    measured_areas,
    place_labels,
    read_placed_labels,
    score,
    segment_by,
)
from isospine.segmentation.agreement import dice
from isospine.segmentation.area import COLUMNS
from isospine.views.acquired import load_acquired
from isospine.views.joint import Placement
from isospine.views.placed import PlacedViews, body_grid

ABOUT = {"image": "sub-01", "contrast": "T2w", "structure": "SC", "kind": "binary"}


@pytest.fixture
def placed(tmp_path: Path) -> PlacedViews:
    """The pair, by its true motion."""
    paths, motion = write_pair(tmp_path)
    acquired = tuple(load_acquired(path) for path in paths)
    gains = np.zeros(10)
    placements = tuple(Placement(moved, gains) for moved in (np.eye(4), motion))
    return PlacedViews(acquired, placements)


def labels_of(placed: PlacedViews, folder: Path) -> list[Path]:
    drawn = write_labels([one.path for one in placed.acquired])
    moved = []
    for number, path in enumerate(drawn):
        view = place_labels(path, placed, number, "binary")
        moved.append(folder / f"placed{number}.nii.gz")
        save_volume(moved[-1], view.data, view.grid.affine)
    return moved


def test_labels_lie_where_their_view_was_put(placed: PlacedViews, tmp_path: Path) -> None:
    body = make_body()[1]
    grid = body_grid(placed, 1.0, "intersection", "view")
    labels = read_placed_labels(labels_of(placed, tmp_path), placed, [0, 1], ["ax", "sag"], grid)
    np.testing.assert_allclose(
        load_volume(tmp_path / "placed1.nii.gz")[1], placed.stacks[1].grid.affine, atol=1e-3
    )
    occupancy = segment_by("distance-spline", labels, grid)
    truth = resample(tilted_tube(body).astype(np.float32), body, grid, 1) > 0.5
    assert dice(occupancy > 0.5, truth) > 0.95
    table = score(ABOUT, "distance-spline", labels, occupancy, grid)
    assert table["view"].tolist() == ["sub-01_acq-ax_T2w", "sub-01_acq-sag_T2w"]
    assert table["dice"].min() > 0.95 and table["dice_others"].min() > 0.9
    assert tuple(measured_areas("mask", occupancy > 0.5, grid)) == COLUMNS
    # where the second view is left unmoved, its labels contradict the first one's
    still = replace(placed, placements=(placed.placements[0], placed.placements[0]))
    unmoved = read_placed_labels(labels_of(still, tmp_path), still, [0, 1], ["ax", "sag"], grid)
    assert score(ABOUT, "nearest", unmoved, segment_by("nearest", unmoved, grid), grid)["dice"].iloc[1] < 0.95
    assert np.abs(rigid(np.array(MOTION), body.centre) - np.eye(4)).max() > 0.01


def test_slices_that_were_not_measured_have_no_say(placed: PlacedViews, tmp_path: Path) -> None:
    grid = body_grid(placed, 1.0, "intersection", "view")
    first, second = read_placed_labels(labels_of(placed, tmp_path), placed, [0, 1], ["ax", "sag"], grid)
    empty = first.view.data.copy()
    empty[:, :, 4] = 0
    hollow = replace(
        first,
        view=replace(first.view, data=empty),
        drawn_on=replace(first.drawn_on, empty=(4,)),
    )
    for method in ("nearest", "shape-based", "distance-spline"):
        whole, filled = segment_by(method, [first, second], grid), segment_by(method, [hollow, second], grid)
        assert dice(filled > 0.5, whole > 0.5) > 0.95, method


def test_labels_of_one_view_have_no_others(placed: PlacedViews, tmp_path: Path) -> None:
    grid = body_grid(placed, 1.0, "intersection", "view")
    (only,) = read_placed_labels(labels_of(placed, tmp_path)[:1], placed, [0], ["ax"], grid)
    table = score(ABOUT, "tv", [only], segment_by("tv", [only], grid), grid)
    assert len(table) == 1 and np.isnan(table["dice_others"]).all()


def test_labels_that_cannot_be_used_are_refused(placed: PlacedViews, tmp_path: Path) -> None:
    axial, sagittal = write_labels([one.path for one in placed.acquired])
    with refuses("acq-sag", "its grid", "acq-ax_T2w.nii.gz"):
        place_labels(sagittal, placed, 0, "binary")
    data, affine = load_volume(axial)
    save_volume(axial, 0.7 * data, affine)
    with refuses("acq-ax_label-SC_seg.nii.gz", "segmentations.SC.kind is binary"):
        place_labels(axial, placed, 0, "binary")
    assert place_labels(axial, placed, 0, "soft").data.max() == np.float32(0.7)


def test_a_mask_of_one_slice_has_no_areas(caplog: pytest.LogCaptureFixture) -> None:
    mask = np.zeros((8, 8, 8), bool)
    mask[3:5, 3:5, 4] = True
    table = measured_areas("mask.nii.gz", mask, Grid(mask.shape, np.eye(4)))
    assert table.empty and tuple(table) == COLUMNS and "mask.nii.gz: no areas" in caplog.text
