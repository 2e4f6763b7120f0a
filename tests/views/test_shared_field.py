"""The part of a body that all views show."""

from collections.abc import Sequence

import numpy as np
import pytest
from support.volumes import smooth_image

from isospine.geometry.grid import Grid
from isospine.geometry.rigid import rigid
from isospine.physics.view import View
from isospine.views.estimate import estimation_grid, prepared
from isospine.views.shared_field import MARGIN, shared_box, within


def slab(axis: int, centre: Sequence[float] = (0, 0, 0), count: int = 12, width: int = 60) -> View:
    """A stack of slices of 4 mm with voxels of 2 mm."""
    shape, spacing = [width] * 3, np.full(3, 2.0)
    shape[axis], spacing[axis] = count, 4
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = np.array(centre) - spacing * (np.array(shape) - 1) / 2
    grid = Grid((shape[0], shape[1], shape[2]), affine)
    return View(smooth_image(grid.shape, axis), grid, axis, 4.0, "box")


def test_slabs_across_a_small_part_are_placed_by_that_part() -> None:
    views = [slab(0), slab(1), slab(2, (2, 0, 0))]
    box = shared_box(views)
    assert box is not None
    np.testing.assert_allclose(box.low, -24 - MARGIN)
    np.testing.assert_allclose(box.high, 24 + MARGIN)
    grid = estimation_grid(views)
    np.testing.assert_allclose(np.array(grid.shape) * grid.spacing, 48 + 2 * MARGIN, atol=2)
    for view, part in zip(views, prepared(views, grid), strict=True):
        assert part.grid.shape[view.axis] == 12  # every slice lies in it
        assert max(part.grid.shape) <= 36


@pytest.mark.parametrize(
    "views",
    [
        [slab(0, count=30), slab(2, count=30)],  # of one field of view
        [slab(0, count=28), slab(2, count=26)],  # nearly
        [slab(2, (0, 0, -22)), slab(2, (0, 0, 22)), slab(0, count=24)],  # stations that meet
    ],
)
def test_views_that_show_the_same_or_follow_each_other_count_whole(views: list[View]) -> None:
    assert shared_box(views) is None
    whole = [view.grid.shape for view in views]
    assert [part.grid.shape for part in prepared(views, estimation_grid(views))] == whole


def test_slabs_that_do_not_meet_have_no_part_in_common() -> None:
    assert shared_box([slab(0, (-40, 0, 0)), slab(0, (40, 0, 0)), slab(2)]) is None


def test_a_turned_view_is_cropped_to_what_surrounds_the_box() -> None:
    views = [slab(0), slab(1), slab(2).moved(rigid(np.array([5.0, 10, -5, 0, 0, 0]), np.zeros(3)))]
    box = shared_box(views)
    assert box is not None
    part = within(views[2], box)
    inside = views[2].grid.voxel_centres().reshape(-1, 3)
    inside = inside[((inside > box.low) & (inside < box.high)).all(axis=1)]
    indices = part.grid.indices(inside)
    assert (indices > -0.5).all() and (indices < np.array(part.grid.shape) - 0.5).all()
    assert part.data.size < views[2].data.size
