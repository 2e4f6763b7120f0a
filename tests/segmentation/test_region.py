"""The part of grid and views around labels."""

import numpy as np
import pytest
from support.cords import cord, drawn

from isospine.geometry.grid import Grid
from isospine.physics.operator import is_aligned
from isospine.segmentation.region import labelled_region


@pytest.mark.parametrize("factor", [5.0, 3.3])
def test_views_stay_aligned_and_keep_their_labels(factor: float) -> None:
    mask, grid = cord((80, 80, 60))
    mask[:, :, :20] = False
    views = drawn(mask, grid, [("axial", 5.0), ("sagittal", factor)])
    region = labelled_region(views, grid)
    assert region.grid.shape[0] < 60
    assert region.grid.shape[2] < 60
    for view, part in zip(views, region.views, strict=True):
        assert is_aligned(part, region.grid)
        assert part.data.sum() == view.data.sum()


def test_a_part_is_put_back_where_it_was() -> None:
    mask, grid = cord((80, 80, 60))
    region = labelled_region(drawn(mask, grid), grid)
    inside = region.restored(np.ones(region.grid.shape, np.float32))
    assert inside[mask].all()
    first = np.argwhere(inside)[0]
    np.testing.assert_allclose(grid.world(first.astype(float)), region.grid.world(np.zeros(3)))
    assert inside.sum() == np.prod(region.grid.shape)


def test_a_view_that_sees_nothing_of_the_grid_is_left_out() -> None:
    mask, grid = cord((40, 40, 40))
    axial, sagittal = drawn(mask, grid)
    away = np.eye(4)
    away[:3, 3] = 500
    assert len(labelled_region([axial, sagittal.moved(away)], grid).views) == 1


def test_labels_outside_the_grid_leave_a_part_of_it() -> None:
    mask, grid = cord((40, 40, 40))
    affine = grid.affine.copy()
    affine[:3, 3] += 200
    region = labelled_region(drawn(mask, grid), Grid(grid.shape, affine))
    assert min(region.grid.shape) >= 2
