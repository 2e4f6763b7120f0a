"""Thickness and profile of slices from what views say of each other, on a synthetic truth."""

from dataclasses import replace

import numpy as np
import pytest
from support.physical_views import BODY, FACTOR, SPACING, anatomy, physical_view

from isospine.geometry.grid import Grid
from isospine.geometry.planes import thick_axis
from isospine.physics.moving_body import scan
from isospine.physics.simulate import add_rician_noise
from isospine.physics.view import View
from isospine.views.slice_profiles import (
    SliceEstimate,
    estimate_profiles,
    profile_spread,
    say_profile,
)


def noisy(one: View, seed: int) -> View:
    return replace(one, data=add_rician_noise(one.data, 0.02 * float(np.ptp(one.data)), seed))


def check(found: SliceEstimate | None, profile: str, fraction: float, tolerance: float = 0.05) -> None:
    assert found is not None and found.profile == profile
    assert found.thickness == pytest.approx(FACTOR * SPACING * fraction, rel=tolerance)
    assert 0 < found.error < 0.1 * found.thickness


@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize("fraction", [1.0, 0.7])
@pytest.mark.parametrize("profile", ["box", "gaussian"])
def test_profile_and_thickness_are_found(profile: str, fraction: float, noise: bool) -> None:
    views = [physical_view("axial", profile, fraction), physical_view("sagittal", profile, fraction)]
    if noise:
        views = [noisy(one, number) for number, one in enumerate(views)]
    for found in estimate_profiles(views):
        if noise:  # shapes are not always told apart
            assert found is not None
            expected = profile_spread(FACTOR * SPACING * fraction, profile)
            assert found.spread == pytest.approx(expected, rel=0.12)
        else:
            check(found, profile, fraction)


def test_each_view_has_a_profile_of_its_own_whatever_its_brightness() -> None:
    views = [
        physical_view("axial", "gaussian", 0.9),
        physical_view("sagittal", "box", 0.6),
        physical_view("coronal", "box", 1.0),
    ]
    views[1] = replace(views[1], data=views[1].data * np.float32(1e-20) + np.float32(1e-18))
    first, second, third = estimate_profiles(views)
    check(first, "gaussian", 0.9)
    check(second, "box", 0.6)
    check(third, "box", 1.0)


def test_what_is_stated_does_not_matter() -> None:
    views = [physical_view("axial"), physical_view("sagittal")]
    stated = [replace(one, thickness=1.0, profile="gaussian") for one in views]
    assert estimate_profiles(views) == estimate_profiles(stated)


def test_views_that_are_oblique_to_each_other() -> None:
    one, other = physical_view("axial"), physical_view("sagittal")
    turned = Grid(one.grid.shape, one.grid.affine @ make_turn(one.grid, 8))
    tilted = scan(anatomy(), BODY, turned, one.axis, 0.7 * FACTOR * SPACING)
    found, straight = estimate_profiles([tilted, other])
    assert found is not None and straight is not None
    assert profile_spread(found.thickness, found.profile) == pytest.approx(
        profile_spread(0.7 * FACTOR * SPACING, "box"), rel=0.1
    )
    assert straight.thickness == pytest.approx(FACTOR * SPACING, rel=0.1)


def make_turn(grid: Grid, degrees: float) -> np.ndarray:
    """Turn about the middle of a grid, in its voxels."""
    turn = np.eye(4)
    middle = (np.array(grid.shape) - 1) / 2
    angle = np.deg2rad(degrees)
    turn[0, 0] = turn[1, 1] = np.cos(angle)
    turn[0, 1], turn[1, 0] = -np.sin(angle), np.sin(angle)
    scale = np.diag([*grid.spacing, 1.0])
    turn = np.linalg.inv(scale) @ turn @ scale
    turn[:3, 3] = middle - turn[:3, :3] @ middle
    return turn


@pytest.mark.parametrize(
    "views",
    [
        [physical_view("axial")],
        [physical_view("axial"), physical_view("axial", fraction=0.7)],
        [physical_view("axial"), physical_view("sagittal", seed=7)],
        [
            physical_view("axial"),
            replace(physical_view("sagittal"), data=np.full_like(physical_view("sagittal").data, 3)),
        ],
    ],
    ids=["one", "one plane", "another body", "constant"],
)
def test_views_that_tell_nothing_of_each_other(views: list[View]) -> None:
    assert estimate_profiles(views) == [None] * len(views)


def test_a_view_with_too_few_slices_has_no_estimate_but_gives_one() -> None:
    assert thick_axis(BODY.affine, "sagittal") == 2
    few, many = (
        replace(
            each, data=each.data[:, :, :stop], grid=each.grid.cropped((0, 0, 0), (*each.grid.shape[:2], stop))
        )
        for each, stop in ((physical_view("sagittal"), 4), (physical_view("axial"), 20))
    )
    found = estimate_profiles([few, many])
    assert found[0] is None
    check(found[1], "box", 1.0)


def test_slices_that_were_not_measured_do_not_count() -> None:
    one, other = physical_view("axial", fraction=0.7), physical_view("sagittal")
    spoilt = one.data.copy()
    window: list[slice | int] = [slice(None)] * 3
    window[one.axis] = 4
    spoilt[tuple(window)] = anatomy().max() * np.random.default_rng(0).random(spoilt[tuple(window)].shape)
    expected = estimate_profiles([one, other], [[4], []])
    for found, known in zip(
        estimate_profiles([replace(one, data=spoilt), other], [[4], []]), expected, strict=True
    ):
        assert found is not None and known is not None
        assert found.thickness == pytest.approx(known.thickness, rel=0.01)
    check(expected[0], "box", 0.7)


def test_an_estimate_in_words() -> None:
    assert say_profile(None) == "not estimated"
    sure = SliceEstimate(3.944, 0.021, "box", True)
    assert say_profile(sure) == "box, 3.94 mm (standard error 0.02)"
    assert "the other shape fits as well" in say_profile(replace(sure, told_apart=False))
    assert sure.facts["ProfileToldApart"] is True
