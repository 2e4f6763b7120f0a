"""Whether placed views agree is measured against chance."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.moving import Moving, moving

from isospine.geometry.rigid import rigid
from isospine.physics.view import View
from isospine.views import place
from isospine.views.acquired import AcquiredView
from isospine.views.agreement import Agreement, agreements
from isospine.views.estimate import estimation_grid
from isospine.views.joint import COEFFICIENTS, Placement
from isospine.views.place import place_contrasts


def placed(case: Moving, aside: Sequence[float]) -> list[View]:
    """Views of which the second is put beside its place."""
    wrong = rigid(np.array(aside), case.grid.centre)
    return [case.views[0], case.views[1].moved(wrong @ np.linalg.inv(case.motion))]


def agreement_of(views: list[View]) -> Agreement:
    first, second = agreements(views, estimation_grid(views))
    assert first is not None and second is not None
    return second


@pytest.mark.parametrize("noise", [0.0, 0.03, 0.1])
def test_views_in_their_place_agree(noise: float) -> None:
    agreement = agreement_of(placed(moving(noise), [0.0] * 6))
    assert agreement.found > agreement.chance + 0.3
    assert not agreement.doubtful


@pytest.mark.parametrize("aside", [[0, 0, 0, 9, 0, 0], [0, 0, 0, 0, 6, 6], [25, 0, 0, 0, 5, 0]])
def test_views_beside_their_place_do_not(aside: list[float]) -> None:
    assert agreement_of(placed(moving(0.01), aside)).doubtful


def test_brightness_and_contrast_do_not_matter() -> None:
    first, second = placed(moving(0.01), [0.0] * 6)
    plain = agreement_of([first, second])
    other = agreement_of([first, replace(second, data=500 - 90 * second.data)])
    assert other.found == pytest.approx(plain.found, abs=0.02)
    assert other.chance == pytest.approx(plain.chance, abs=0.02)


def test_noise_agrees_by_chance() -> None:
    first, second = placed(moving(0.01), [0.0] * 6)
    random = np.random.default_rng(0)
    noise = replace(second, data=random.normal(size=second.data.shape).astype(np.float32))
    assert abs(agreement_of([first, noise]).above_chance) < 0.1


def test_views_that_share_nothing_cannot_be_compared() -> None:
    first, second = placed(moving(0.01), [0.0] * 6)
    far = second.moved(rigid(np.array([0, 0, 0, 0, 0, 300.0]), np.zeros(3)))
    assert agreements([first, far], estimation_grid([first, second])) == [None, None]
    assert agreements([first], estimation_grid([first])) == [None]


@pytest.mark.parametrize(("millimetres", "doubted"), [(0.0, False), (9.0, True)])
def test_a_view_in_the_wrong_place_is_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, millimetres: float, doubted: bool
) -> None:
    case = moving(0.01)
    motion = case.motion @ rigid(np.array([0, 0, 0, millimetres, 0, 0]), case.grid.centre)
    placements = [Placement(np.eye(4), np.zeros(COEFFICIENTS)), Placement(motion, np.zeros(COEFFICIENTS))]
    monkeypatch.setattr(place, "estimate_placements", lambda *arguments: placements)
    acquired = [
        AcquiredView(Path(name), view, 0.0, "sidecar")
        for name, view in zip(("ax.nii", "sag.nii"), case.views, strict=True)
    ]
    own = place_contrasts({"T2w": acquired}, True, False)["T2w"]
    assert len(own.agreement) == 2
    assert len(own.doubts) == doubted
    for text in (*own.doubts, caplog.text if doubted else ""):
        assert not doubted or ("sag.nii agrees" in text and "Crop the views to the part" in text)
    if not doubted:
        assert "by chance" not in caplog.text
