"""Every way to make one isotropic segmentation from labels on thick slices."""

from dataclasses import replace

import numpy as np
import pytest
from support.cords import cord, drawn

from isospine.geometry.grid import Grid
from isospine.geometry.rigid import rigid
from isospine.segmentation.agreement import dice
from isospine.segmentation.methods import METHODS, default_method

SOFT_NOISE = 0.1

#: All methods; the network takes seconds for what takes the others a part of one.
NAMES = [pytest.param(name, marks=pytest.mark.slow) if name == "network" else name for name in METHODS]
QUICK = [name for name in METHODS if name != "network"]


@pytest.fixture(scope="module")
def truth() -> tuple[np.ndarray, Grid]:
    return cord()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("noise", [None, SOFT_NOISE])
def test_occupancies_are_fractions_and_near_the_cord(truth, name: str, noise: float | None) -> None:
    mask, grid = truth
    occupancy = METHODS[name](drawn(mask, grid, noise=noise), grid)
    assert occupancy.shape == grid.shape
    assert occupancy.dtype == np.float32
    assert occupancy.min() >= 0
    assert occupancy.max() <= 1
    assert dice(occupancy > 0.5, mask) > 0.9


def test_binary_labels_of_both_planes_are_best_used_by_the_spline(truth) -> None:
    mask, grid = truth
    views = drawn(mask, grid)
    scores = {name: dice(METHODS[name](views, grid) > 0.5, mask) for name in QUICK}
    assert default_method(views) == "distance-spline"
    assert scores["distance-spline"] == max(scores.values())
    assert scores["distance-spline"] > scores["shape-based"] + 0.005
    assert scores["distance-spline"] > 0.975


def test_soft_labels_are_best_used_by_total_variation(truth) -> None:
    mask, grid = truth
    views = drawn(mask, grid, noise=SOFT_NOISE)
    scores = {name: dice(METHODS[name](views, grid) > 0.5, mask) for name in QUICK}
    assert default_method(views) == "tv"
    assert scores["tv"] == max(scores.values())
    assert scores["tv"] > 0.985


def test_one_soft_view_makes_all_of_them_soft(truth) -> None:
    mask, grid = truth
    binary, soft = drawn(mask, grid), drawn(mask, grid, noise=SOFT_NOISE)
    assert default_method([binary[0], soft[1]]) == "tv"


@pytest.mark.parametrize("name", NAMES)
def test_the_view_alone_is_enough(truth, name: str) -> None:
    mask, grid = truth
    occupancy = METHODS[name](drawn(mask, grid, [("axial", 5.0)]), grid)
    assert dice(occupancy > 0.5, mask) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tv", "distance-spline"])
def test_views_may_lie_anywhere(name: str) -> None:
    """A view that was moved back to where the body was is oblique to the grid."""
    mask, grid = cord((30, 30, 30))
    views = drawn(mask, grid)
    motion = rigid(np.array([4.0, -3.0, 2.0, 1.0, 0.5, -1.0]), grid.centre)
    moved = [view.moved(motion) for view in views]
    there = Grid(grid.shape, motion @ grid.affine)
    together = METHODS[name](moved, there)
    np.testing.assert_allclose(together, METHODS[name](views, grid), atol=0.05)
    apart = METHODS[name]([views[0], views[1].moved(motion)], grid)
    assert dice(apart > 0.5, mask) < dice(together > 0.5, mask)
    back = METHODS[name]([views[0], views[1].moved(rigid(np.array([0, 0, 0.5, 0, 0, 0]), grid.centre))], grid)
    assert dice(back > 0.5, mask) > 0.93


@pytest.mark.parametrize("name", ["tv", "distance-spline"])
def test_what_lies_far_from_labels_changes_nothing(name: str) -> None:
    mask, grid = cord((30, 30, 30))
    wide = Grid((90, 30, 30), grid.affine)
    wider = np.zeros(wide.shape, bool)
    wider[:30] = mask
    near, far = (METHODS[name](drawn(*own), own[1]) for own in ((mask, grid), (wider, wide)))
    assert not far[45:].any()
    np.testing.assert_allclose(far[:28], near[:28], atol=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_labels_without_an_outline_make_an_empty_mask(name: str) -> None:
    mask, grid = cord((20, 20, 20))
    faint = [replace(view, data=0.2 * view.data) for view in drawn(mask, grid)]
    occupancy = METHODS[name](faint, grid)
    assert np.isfinite(occupancy).all()
    assert not (occupancy > 0.5).any()
