"""Views that disagree, and views of one plane, are warned of."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from support.cords import cord, drawn

from isospine.segmentation.agreement import agreements, dice, tell_doubts
from isospine.segmentation.methods import METHODS


def test_dice() -> None:
    first, second = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    assert dice(first, second) == 0.5
    assert dice(first, first) == 1
    assert dice(~(first | ~first), np.zeros(4, bool)) == 1


def test_views_of_one_cord_agree(caplog: pytest.LogCaptureFixture) -> None:
    mask, grid = cord()
    views = drawn(mask, grid)
    with caplog.at_level(logging.WARNING):
        found = tell_doubts(["ax_seg", "sag_seg"], views, METHODS["distance-spline"](views, grid), grid)
    assert min(found) > 0.95
    assert not caplog.text


def test_a_view_out_of_place_is_named(caplog: pytest.LogCaptureFixture) -> None:
    mask, grid = cord()
    axial, sagittal = drawn(mask, grid)
    shifted = replace(sagittal, data=np.roll(sagittal.data, 12, axis=1))
    occupancy = METHODS["distance-spline"]([axial, axial], grid)
    assert agreements([axial, shifted], occupancy, grid)[1] < 0.5
    with caplog.at_level(logging.WARNING):
        tell_doubts(["ax_seg", "sag_seg"], [axial, shifted], occupancy, grid)
    assert "sag_seg: agrees with the segmentation of all views by a Dice of" in caplog.text
    assert "ax_seg: agrees" not in caplog.text


def test_what_cannot_be_compared_has_no_agreement(caplog: pytest.LogCaptureFixture) -> None:
    mask, grid = cord()
    views = drawn(mask, grid)
    occupancy = mask.astype(np.float32)
    lower = np.zeros(grid.shape, bool)
    lower[..., :20] = True
    upper = replace(views[0], data=views[0].data * (np.arange(views[0].grid.shape[2]) > 5))
    found = agreements([upper, views[1]], occupancy * ~lower, grid, lower)
    assert np.isnan(found[0]) and found[1] == 0
    nowhere = replace(views[0], data=np.zeros_like(views[0].data))
    with caplog.at_level(logging.WARNING):
        assert np.isnan(tell_doubts(["ax_seg", "sag_seg"], [nowhere, views[1]], occupancy * 0, grid)[0])
    assert "ax_seg: not compared with the segmentation" in caplog.text


def test_one_plane_alone_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    mask, grid = cord()
    views = drawn(mask, grid, [("axial", 5.0)])
    with caplog.at_level(logging.WARNING):
        tell_doubts(["ax_seg"], views, mask.astype(np.float32), grid)
    assert "ax_seg: drawn in one plane alone" in caplog.text
