"""Cross-sections of a tube of known area."""

import numpy as np
import pytest
from support.cords import RADIUS, cord
from support.volumes import make_affine

from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.segmentation.area import COLUMNS, check_levels, cross_sections, cut_slices

AREA = np.pi * RADIUS**2


def tilted(degrees: float, flipped: bool = False) -> tuple[np.ndarray, Grid]:
    """A straight tube through a volume, tilted towards anterior."""
    shape, spacing = (60, 60, 60), 0.5
    grid = Grid(shape, make_affine(signs=(1, 1, -1 if flipped else 1), spacing=spacing))
    i, j, k = ((axis - 29.6) * spacing for axis in np.indices(shape))
    k = -k if flipped else k
    across = j * np.cos(np.deg2rad(degrees)) - k * np.sin(np.deg2rad(degrees))
    return i**2 + across**2 < RADIUS**2, grid


@pytest.mark.parametrize("degrees", [0, 15, 30])
@pytest.mark.parametrize("flipped", [False, True])
def test_area_is_perpendicular_to_the_centreline(degrees: float, flipped: bool) -> None:
    mask, grid = tilted(degrees, flipped)
    table = cross_sections("seg.nii.gz", mask, grid)
    assert tuple(table) == COLUMNS
    middle = table.iloc[20:40]
    np.testing.assert_allclose(middle["MEAN(area)"], AREA, rtol=0.02)
    np.testing.assert_allclose(middle["MEAN(angle_RL)"], degrees, atol=1)
    np.testing.assert_allclose(middle["MEAN(angle_AP)"], 0, atol=1)
    np.testing.assert_allclose(middle["SUM(length)"], 0.5 / np.cos(np.deg2rad(degrees)), rtol=0.01)


@pytest.mark.parametrize("slices", [6, 12, 60])
def test_a_straight_tube_has_the_area_of_its_voxels(slices: int) -> None:
    mask, grid = cord(curved=False)
    mask[:, :, slices:] = False
    own = mask.sum(axis=(0, 1))[:slices] * 0.8**2
    np.testing.assert_allclose(cross_sections("x", mask, grid)["MEAN(area)"], own, rtol=1e-3)


def test_slices_are_counted_from_inferior() -> None:
    mask, grid = cord(curved=False)
    mask[:, :, 40:] = False
    up = cross_sections("x", mask, grid)
    assert up["Slice (I->S)"].tolist() == [str(n) for n in range(40)]
    turned = Grid(grid.shape, grid.affine @ np.diag([1, 1, -1, 1]))
    assert cross_sections("x", mask, turned)["Slice (I->S)"].tolist() == [str(n) for n in range(20, 60)]


def test_an_area_is_missing_where_the_mask_is_cut() -> None:
    mask, grid = cord(curved=False)
    mask[:, :, :3] = True
    table = cross_sections("x", mask, grid)
    assert cut_slices(table) == ["0", "1", "2"]
    assert table["MEAN(area)"].iloc[3:].notna().all()


def test_vertebral_levels_have_rows_of_their_own() -> None:
    mask, grid = cord(curved=False)
    levels = np.zeros(grid.shape, np.float32)
    levels[:, :, 10:30], levels[:, :, 30:50] = 3, 4
    table = cross_sections("x", mask, grid, levels)
    slices, means = table.iloc[:60], table.iloc[60:]
    assert slices["VertLevel"].iloc[10:30].eq(3).all()
    assert slices["VertLevel"].iloc[:10].isna().all()
    assert means["VertLevel"].tolist() == [3, 4]
    assert means["Slice (I->S)"].tolist() == ["10:29", "30:49"]
    assert means["MEAN(area)"].iloc[0] == pytest.approx(slices["MEAN(area)"].iloc[10:30].mean())
    assert means["SUM(length)"].iloc[1] == pytest.approx(20 * 0.8)


def test_too_few_slices_have_no_centreline() -> None:
    mask, grid = cord()
    mask[:, :, 4:] = False
    with pytest.raises(InputError, match="cord in 4 slices"):
        cross_sections("x", mask, grid)


@pytest.mark.parametrize("values", [[-1, 2], [0, 2.5]])
def test_levels_are_whole_numbers(values: list[float]) -> None:
    with pytest.raises(InputError, match=r"levels.nii.gz: holds values from .* expected 0 and the numbers"):
        check_levels("levels.nii.gz", np.array(values, np.float32))
    check_levels("levels.nii.gz", np.array([0, 7], np.float32))
