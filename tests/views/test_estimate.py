"""The whole estimate of where the body was during each view, and how bright each view is."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.datasets import refuses
from support.moving import Moving, moving
from support.volumes import make_affine

from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.rigid import rigid
from isospine.physics.view import View
from isospine.views import estimate as placing
from isospine.views.estimate import (
    LARGEST_MOTION,
    brightness,
    check_motion,
    estimate_gains,
    estimate_placements,
    estimation_grid,
    prediction,
    reduced,
    smoothness,
)
from isospine.views.joint import (
    COEFFICIENTS,
    FURTHEST,
    Placement,
    corrected,
    gain_field,
    polynomial,
    put_back,
)

STILL = Placement(np.eye(4), np.zeros(COEFFICIENTS))
#: Gain of 0.75, brighter in front and in the middle.
LOG_GAIN = np.array([np.log(0.75), 0, 0.15, 0, 0, 0, -0.15, 0, 0, 0])


def brighter(case: Moving) -> list[View]:
    """Views of which the second has another coil, in numbers as a scanner writes them."""
    truth = Placement(case.motion, LOG_GAIN)
    field = gain_field(put_back(case.views[1], truth), truth, estimation_grid(case.views))
    data = [case.views[0].data, case.views[1].data * field]
    return [
        replace(view, data=values * np.float32(900)) for view, values in zip(case.views, data, strict=True)
    ]


def off(case: Moving, millimetres: float) -> FloatArray:
    """Estimate that is wrong by a shift."""
    return case.motion @ rigid(np.array([0, 0, 0, millimetres, 0, 0]), case.grid.centre)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Moving:
    """Give the moving body, whose registration is wrong by 0.3 mm, at no cost."""
    case = moving(0.01)
    monkeypatch.setattr(placing, "register", lambda view, fixed: off(case, 0.3))
    return case


def joint(placement: Placement) -> Callable[..., Any]:
    """Joint estimate that ends there."""
    return lambda views, grid, placements, weight: ([placements[0], placement], np.zeros(grid.shape))


@pytest.mark.slow
def test_pose_gain_and_bias_are_recovered(caplog: pytest.LogCaptureFixture) -> None:
    case = moving(0.01)
    views = brighter(case)
    with caplog.at_level(logging.INFO):
        first, second = estimate_placements(views)
    np.testing.assert_array_equal(first.motion, np.eye(4))
    assert not first.log_gain.any()
    distance, angle = case.error(second.motion)
    assert distance < 0.08 and angle < 0.15
    tissue = case.grid.world(np.argwhere(case.body > 0.1).astype(np.float64))
    ratio = np.exp(polynomial(tissue, estimation_grid(views)) @ (second.log_gain - LOG_GAIN))
    assert np.sqrt(np.mean((ratio - 1) ** 2)) < 0.04
    assert any("dB after registration" in message for message in caplog.messages)


def test_a_joint_estimate_that_predicts_worse_is_rejected(
    registered: Moving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "align", joint(Placement(off(registered, 2.5), np.zeros(COEFFICIENTS))))
    estimate = estimate_placements(registered.views)[1]
    np.testing.assert_array_equal(estimate.motion, off(registered, 0.3))


def test_a_joint_estimate_that_predicts_better_is_kept(
    registered: Moving, monkeypatch: pytest.MonkeyPatch
) -> None:
    better = Placement(registered.motion, np.zeros(COEFFICIENTS))
    monkeypatch.setattr(placing, "align", joint(better))
    assert estimate_placements(registered.views)[1] is better


@pytest.mark.parametrize(("change", "kept"), [(1.0, True), (-0.01, True), (-1.0, False)])
def test_chance_does_not_decide(
    registered: Moving, monkeypatch: pytest.MonkeyPatch, change: float, kept: bool
) -> None:
    fine = Placement(registered.motion, np.zeros(COEFFICIENTS))
    predictions = iter([20.0, 20.0 + change])
    monkeypatch.setattr(placing, "align", joint(fine))
    monkeypatch.setattr(placing, "prediction", lambda *arguments: next(predictions))
    assert (estimate_placements(registered.views)[1] is fine) == kept


def test_better_placements_predict_better() -> None:
    case = moving(0.01)
    views = [replace(view, data=view.data / np.float32(900)) for view in brighter(case)]
    grid = estimation_grid(views)
    weight = smoothness(views, grid)

    def score(motion: FloatArray, log_gain: FloatArray) -> float:
        return prediction(views, grid, [STILL, Placement(motion, log_gain)], weight)

    best = score(case.motion, LOG_GAIN)
    assert best > score(off(case, 1.0), LOG_GAIN) > score(off(case, 3.0), LOG_GAIN)
    assert best > score(case.motion, np.zeros(COEFFICIENTS))
    # a gain beyond any measure does not count as a small error
    assert best > score(case.motion, LOG_GAIN + np.eye(COEFFICIENTS)[0])
    assert best > score(case.motion, LOG_GAIN - np.eye(COEFFICIENTS)[0])


def test_views_of_two_slices_predict_nothing() -> None:
    """There is nothing to hold out: neither estimate is better, and none fails."""
    grid = Grid((8, 8, 2), np.diag([1.0, 1, 4, 1]))
    view = View(np.random.default_rng(0).random((8, 8, 2)).astype(np.float32), grid, 2, 4.0, "box")
    assert prediction([view], estimation_grid([view]), [STILL], 0.01) == -np.inf


@pytest.mark.parametrize("gain", [0.5, 1.0, 3.0])
def test_brightness_where_both_see_the_body(gain: float) -> None:
    case = moving(0.01)
    bright = replace(case.views[1], data=case.views[1].data * np.float32(gain))
    assert brightness(bright, case.views[0], case.motion) == pytest.approx(np.log(gain), abs=0.1)
    own = brightness(case.views[1], case.views[0], case.motion)
    assert brightness(bright, case.views[0], case.motion) - own == pytest.approx(np.log(gain), abs=1e-5)


def test_brightness_of_what_is_dark() -> None:
    case = moving(0.01)
    dark = replace(case.views[1], data=case.views[1].data * 0)
    assert brightness(dark, case.views[0], case.motion) == 0


def test_brightness_needs_an_overlap() -> None:
    case = moving(0.01)
    far = rigid(np.array([0, 0, 0, 500.0, 0, 0]), case.grid.centre)
    with refuses("views", "do not overlap once they are aligned"):
        brightness(case.views[1], case.views[0], far)


@pytest.mark.parametrize("parameter", range(6))
@pytest.mark.parametrize("sign", [-1, 1])
def test_motion_beyond_belief_is_refused(parameter: int, sign: int) -> None:
    grid = moving(0.01).grid
    parameters = np.zeros(6)
    parameters[parameter] = sign * (LARGEST_MOTION - 1)
    check_motion("view 2", rigid(parameters, grid.centre), grid)
    parameters[parameter] = sign * (LARGEST_MOTION + 5)
    size = f"{35 * (parameter >= 3)} mm and {35 * (parameter < 3)} degrees"
    with refuses("view 2", size, "less than 30", "mirrored"):
        check_motion("view 2", rigid(parameters, grid.centre), grid)


def test_a_registration_astray_is_refused(registered: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "register", lambda view, fixed: off(registered, 40.0))
    with refuses("view 2", "mm"):
        estimate_placements(registered.views)


@pytest.mark.parametrize("sure", [True, False])
def test_a_header_that_may_be_mirrored_is_refused_only_where_it_is_sure(
    registered: Moving, monkeypatch: pytest.MonkeyPatch, sure: bool
) -> None:
    monkeypatch.setattr(placing, "mirrored_axis", lambda view, fixed: (1, sure))
    monkeypatch.setattr(placing, "align", joint(Placement(registered.motion, np.zeros(COEFFICIENTS))))
    doubts: list[str] = []
    if sure:
        with refuses("sag.nii.gz", "mirrored along array axis 1", "--no-alignment", "motion: none"):
            estimate_placements(registered.views, ["ax.nii.gz", "sag.nii.gz"], doubts.append)
        return
    estimate_placements(registered.views, ["ax.nii.gz", "sag.nii.gz"], doubts.append)
    assert len(doubts) == 1
    assert "sag.nii.gz: it fits" in doubts[0] and "too little in common to decide" in doubts[0]


@pytest.mark.parametrize("gain", [1.0, 0.3, 7.0])
def test_brightness_is_matched_where_headers_are_trusted(gain: float) -> None:
    """And within what the estimate can tell, views are left as they are."""
    first, second = moving(0.01).views
    second = replace(second.moved(np.linalg.inv(moving(0.01).motion)), data=second.data * np.float32(gain))
    for unit in (1, 1e4, 1e22):
        views = [replace(view, data=view.data * np.float32(unit)) for view in (first, second)]
        still, other = estimate_gains(views)
        np.testing.assert_array_equal(other.motion, np.eye(4))
        assert not still.log_gain.any() and not other.log_gain[1:].any()
        assert other.log_gain[0] == pytest.approx(np.log(gain), abs=0.03)
        assert (other.log_gain[0] == 0) == (gain == 1)


def test_a_gain_is_bounded_far_from_where_it_was_measured() -> None:
    grid = moving(0.01).grid
    far = polynomial(grid.centre + np.array([1000.0, -1000, 0]), grid)
    np.testing.assert_allclose(far[:4], [1, FURTHEST, -FURTHEST, 0])


def test_views_apart_are_refused() -> None:
    case = moving(0.01)
    far = case.views[1].moved(rigid(np.array([0, 0, 0, 0, 0, 500.0]), case.grid.centre))
    with refuses("do not overlap"):
        estimate_placements([case.views[0], far])


def test_a_single_view_stays() -> None:
    (placement,) = estimate_placements(moving(0.01).views[:1])
    np.testing.assert_array_equal(placement.motion, np.eye(4))
    assert not placement.log_gain.any()


def test_the_unit_of_intensities_does_not_matter(registered: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights of the joint estimate are for intensities up to about 1."""
    given = []

    def keep(views: list[View], grid: Grid, placements: list[Placement], weight: float) -> Any:
        given.append((views[0].data.max(), placements[1].log_gain[0], weight))
        return placements, None

    monkeypatch.setattr(placing, "align", keep)
    for unit in (1, 1000):
        estimate_placements([replace(view, data=view.data * np.float32(unit)) for view in registered.views])
    np.testing.assert_allclose(given[0], given[1], rtol=1e-4)
    assert 0.9 < given[0][0] < 2


@pytest.mark.parametrize("units", [(1, 1e3), (1, 1e-4), (1, 1e20), (1e-30, 1e30), (1e35, 1e-35)])
def test_views_of_any_brightness_count_alike(
    units: tuple[float, float], registered: Moving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would count by the square of its intensities: the darker not at all, and beyond 1e19 nothing was solved."""
    largest = []

    def keep(views: list[View], grid: Grid, placements: list[Placement], weight: float) -> Any:
        largest.append([float(view.data.max()) for view in views])
        return placements, None

    monkeypatch.setattr(placing, "align", keep)
    views = [
        replace(view, data=view.data * np.float32(unit))
        for view, unit in zip(registered.views, units, strict=True)
    ]
    still, other = estimate_placements(views)
    assert all(0.6 < value < 3 for value in largest[0])
    assert not still.log_gain.any() and not other.log_gain[1:].any()
    assert other.log_gain[0] == pytest.approx(np.log(units[1]) - np.log(units[0]), abs=0.05)
    for placement in (other, estimate_gains(views)[1]):
        made = corrected(views[1], placement, estimation_grid(views)).data
        np.testing.assert_allclose(made, registered.views[1].data * units[0], rtol=0.1, atol=1e-3 * units[0])


def test_the_grid_of_the_estimate_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    views = moving(0.01).views
    full = estimation_grid(views)
    assert full.spacing[0] == pytest.approx(1)
    monkeypatch.setattr(placing, "LARGEST_GRID", 10_000)
    coarse = estimation_grid(views)
    assert 5_000 < np.prod(coarse.shape) < 14_000
    np.testing.assert_allclose(coarse.centre, full.centre, atol=1)


def test_voxels_are_averaged_as_far_as_they_fit() -> None:
    fine = Grid((12, 13, 5), make_affine(spacing=1.0) @ np.diag([0.5, 0.5, 4, 1]))
    data = fine.voxel_centres()[..., 0].astype(np.float32)
    view = View(data, fine, 2, 4.0, "box")
    small = reduced(view, 1.3)
    assert small.grid.shape == (6, 6, 5)
    np.testing.assert_allclose(small.grid.spacing, [1, 1, 4])
    # each block's mean is at its middle
    np.testing.assert_allclose(small.data, small.grid.voxel_centres()[..., 0], atol=1e-3)
    assert reduced(view, 0.6) is view


@pytest.mark.slow
def test_poses_are_found_with_fewer_voxels_too(monkeypatch: pytest.MonkeyPatch) -> None:
    case = moving(0.01)
    monkeypatch.setattr("isospine.views.estimate.LARGEST_GRID", int(np.prod(case.grid.shape)) // 6)
    assert estimation_grid(case.views).spacing[0] > 1.7 * case.grid.spacing[0]
    placements = estimate_placements(case.views)
    distance, angle = case.error(placements[1].motion)
    assert distance < 0.2 and angle < 0.3
