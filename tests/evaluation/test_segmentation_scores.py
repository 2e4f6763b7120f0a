"""Scores of masks that differ from the truth in known ways."""

import numpy as np
import pytest
from support.volumes import make_affine

from isospine.errors import InputError
from isospine.evaluation.segmentation_scores import COLUMNS, segmentation_scores, surface_distances
from isospine.geometry.grid import Grid

ABOUT = {"image": "sub-01", "contrast": "T2w", "structure": "SC", "kind": "binary"}
GRID = Grid((20, 20, 30), make_affine(spacing=0.5))


def box(low: int, high: int) -> np.ndarray:
    """A square tube from end to end of the last axis, inferior to superior."""
    mask = np.zeros(GRID.shape, bool)
    mask[low:high, low:high] = True
    return mask


def test_scores_of_a_mask_that_is_one_voxel_larger() -> None:
    table = segmentation_scores(ABOUT, {"same": box(5, 15), "larger": box(4, 16)}, box(5, 15), GRID)
    assert tuple(table) == tuple(COLUMNS)
    same, larger = table.to_dict("records")
    assert (same["method"], same["dice"], same["surface_distance"], same["area_error"]) == ("same", 1, 0, 0)
    assert larger["dice"] == pytest.approx(2 * 100 / (100 + 144))
    assert larger["area_error"] == larger["area_bias"] == pytest.approx(44)
    # one voxel of 0.5 mm, and the diagonal at edges
    assert 0.5 <= larger["surface_distance"] < 0.53
    assert larger["surface_distance_95"] == pytest.approx(0.5, abs=0.21)


def test_errors_of_areas_do_not_cancel() -> None:
    mask = box(5, 15)
    mask[:, :, :15], mask[:, :, 15:] = box(5, 14)[:, :, :15], box(5, 16)[:, :, 15:]
    (row,) = segmentation_scores(ABOUT, {"uneven": mask}, box(5, 15), GRID).to_dict("records")
    assert row["area_bias"] == pytest.approx((-19 + 21) / 2)
    assert row["area_error"] == pytest.approx((19 + 21) / 2)


def test_an_empty_mask_has_no_surface() -> None:
    empty = np.zeros(GRID.shape, bool)
    (row,) = segmentation_scores(ABOUT, {"empty": empty}, box(5, 15), GRID).to_dict("records")
    assert (row["dice"], row["area_error"]) == (0, 100)
    assert np.isnan(row["surface_distance"])
    with pytest.raises(InputError, match="sub-01: its segmentation is empty"):
        segmentation_scores(ABOUT, {"any": box(5, 15)}, empty, GRID)


def test_where_a_tube_leaves_the_field_of_view_it_has_no_surface() -> None:
    """Both reach the ends of the volume, however long it is."""
    distances = surface_distances(box(5, 15), box(5, 15), GRID.spacing)
    assert len(distances) == 2 * 36 * GRID.shape[2]
