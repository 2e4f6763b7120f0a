"""Slice profiles that views show of each other are used where they predict held-out slices better."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.physical_views import FACTOR, SPACING, physical_view

from isospine.evaluation import profile_choice
from isospine.evaluation.profile_choice import with_better_profiles
from isospine.views.acquired import AcquiredView
from isospine.views.joint import COEFFICIENTS, Placement
from isospine.views.placed import PlacedViews
from isospine.views.record import placed_from, placement_record, view_facts
from isospine.views.slice_profiles import SliceEstimate, estimate_profiles

SHOWN = (SliceEstimate(2.0, 0.05, "gaussian", True), None)


def placed_views(fraction: float = 1.0, gain: float = 0.1) -> PlacedViews:
    acquired = tuple(
        AcquiredView(
            Path(f"sub-01_acq-{plane}_T2w.nii.gz"), physical_view(plane, "box", fraction), 0.0, "sidecar"
        )
        for plane in ("axial", "sagittal")
    )
    gains = np.linspace(0, gain, COEFFICIENTS)
    return PlacedViews(
        acquired, (Placement(np.eye(4), 0 * gains), Placement(np.eye(4), gains)), profiles=SHOWN
    )


@pytest.mark.parametrize(
    ("scores", "used", "said"),
    [
        ((30.0, 30.5), True, "better than those stated, and are used: PSNR 30.50 dB and 30.00 dB"),
        ((30.0, 30.0), False, "no better than those stated"),
        ((30.0, 29.0), False, "PSNR 29.00 dB and 30.00 dB"),
        ((None, None), False, "No slice can be held out"),
    ],
)
def test_held_out_slices_decide(
    scores: tuple[float | None, float | None], used: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = dict(zip((False, True), scores, strict=True))
    monkeypatch.setattr(profile_choice, "prediction", lambda placed, grid: left[placed.uses_profiles])
    before = placed_views()
    after = with_better_profiles(before)
    assert after.uses_profiles == used and said in after.profile_choice
    thickness = [stack.thickness for stack in after.stacks]
    assert thickness == [2.0 if used else FACTOR * SPACING, FACTOR * SPACING]
    assert [stack.profile for stack in after.stacks] == ["gaussian" if used else "box", "box"]
    # motion and gain stay what they were
    for one, other in zip(before.stacks, after.stacks, strict=True):
        np.testing.assert_array_equal(one.data, other.data)
    again = placed_from(json.loads(json.dumps(placement_record(after))), after.acquired)
    assert [stack.thickness for stack in again.stacks] == thickness
    assert (again.uses_profiles, again.profile_choice) == (used, after.profile_choice)
    facts = view_facts(after, 0)
    assert facts["SliceThickness"] == thickness[0] and facts["SliceProfileChoice"] == after.profile_choice
    assert facts["SliceThicknessSource"] == ("views" if used else "sidecar")


def test_without_estimates_there_is_nothing_to_choose() -> None:
    for profiles in ((), (None, None)):
        after = with_better_profiles(replace(placed_views(), profiles=profiles))
        assert not after.uses_profiles and "no slice profile of each other" in after.profile_choice


@pytest.mark.slow
def test_slices_with_gaps_that_are_said_to_touch_are_found_out() -> None:
    placed = placed_views(0.6, gain=0.0)
    found = tuple(estimate_profiles(placed.stacks))
    after = with_better_profiles(replace(placed, profiles=found))
    assert after.uses_profiles, after.profile_choice
    for stack in after.stacks:
        assert stack.profile == "box" and stack.thickness == pytest.approx(0.6 * FACTOR * SPACING, rel=0.07)
