"""Earlier scans that cannot be used are refused by name."""

from datetime import UTC, datetime

import numpy as np
import pytest
from support.datasets import refuses
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.grid import Grid, Volume
from isospine.models.earlier.inputs import check_coverage, check_earlier, check_order
from isospine.physics.view import View

GRID = Grid((20, 20, 20), make_affine(spacing=1.0))
IMAGE = smooth_image(GRID.shape)
VIEWS = {f"{plane}.nii.gz": make_views(IMAGE, GRID, [(plane, 5.0)])[0] for plane in ("axial", "sagittal")}


def earlier(data: Volume, grid: Grid = GRID) -> View:
    return View(data, grid, 2, 1.0, "point")


def test_a_scan_of_its_own_passes() -> None:
    check_earlier("ses1.nii.gz", earlier(smooth_image(GRID.shape, seed=1)), VIEWS, GRID)


@pytest.mark.parametrize(
    "value, message", [(np.nan, "1 of 8000 voxels are NaN"), (np.inf, "1 of 8000 voxels are NaN or infinite")]
)
def test_voxels_that_are_no_numbers_are_refused(value: float, message: str) -> None:
    data = IMAGE.copy()
    data[3, 4, 5] = value
    with refuses("ses1.nii.gz", message, "export it again"):
        check_earlier("ses1.nii.gz", earlier(data), VIEWS, GRID)


@pytest.mark.parametrize("value", [0, 7.5])
def test_a_constant_scan_is_refused(value: float) -> None:
    with refuses("ses1.nii.gz", f"every voxel is {value:g}", "leave it out"):
        check_earlier("ses1.nii.gz", earlier(np.full(GRID.shape, value, np.float32)), VIEWS, GRID)


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_a_view_given_as_the_earlier_scan_is_refused(scale: float) -> None:
    view = VIEWS["sagittal.nii.gz"]
    with refuses("copy.nii.gz", "same voxels as sagittal.nii.gz", "earlier session"):
        check_earlier("copy.nii.gz", earlier(view.data * np.float32(scale), view.grid), VIEWS, GRID)


def test_the_reference_given_as_the_earlier_scan_is_refused() -> None:
    with refuses("copy.nii.gz", "same voxels as reference.nii.gz"):
        check_earlier("copy.nii.gz", earlier(IMAGE), {"reference.nii.gz": earlier(IMAGE)}, GRID)


def test_a_scan_of_another_part_of_the_body_is_refused() -> None:
    affine = GRID.affine.copy()
    affine[2, 3] += 40
    with refuses("ses1.nii.gz", "does not overlap", "correct its affine"):
        check_earlier("ses1.nii.gz", earlier(IMAGE, Grid(GRID.shape, affine)), VIEWS, GRID)


def test_a_scan_that_hardly_covers_the_views_is_refused() -> None:
    covered = np.zeros(GRID.shape, bool)
    covered[:1] = True
    check_coverage("ses1.nii.gz", covered)
    covered[:, :2] = False
    with refuses("ses1.nii.gz", "covers 4.5%", "at least 5%"):
        check_coverage("ses1.nii.gz", covered)


def test_swapped_sessions_are_refused_where_dates_are_known() -> None:
    first, second = datetime(2024, 3, 1), datetime(2025, 3, 1, tzinfo=UTC)
    check_order("ses1.nii.gz", first, {"ax.nii.gz": second, "sag.nii.gz": None})
    check_order("ses1.nii.gz", None, {"ax.nii.gz": first})
    with refuses("ses2.nii.gz", "2025-03-01, after ax.nii.gz on 2024-03-01", "swap the two"):
        check_order("ses2.nii.gz", second, {"ax.nii.gz": first})
