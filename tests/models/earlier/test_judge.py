"""Whether an earlier scan is used: by how much would have changed, and by slices that were left out."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.grid import Grid, Volume
from isospine.models.earlier.judge import (
    LARGEST_RATIO,
    MIRRORED,
    Verdict,
    change_ratio,
    chosen,
    judge,
    judge_placed,
    mirrored_fit,
)
from isospine.models.earlier.left_out import held_out_psnr, leave_out
from isospine.models.earlier.place import PlacedScan
from isospine.physics.aligned import AlignedOperator
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.operator import Operator
from isospine.physics.slices import every_kth

GRID = Grid((30, 25, 35), make_affine((1, 2, 0), (-1, 1, 1), spacing=0.8))
EVERYWHERE = np.ones(GRID.shape, bool)
TRUTH = smooth_image(GRID.shape) / 1000
OTHER = smooth_image(GRID.shape, seed=1) / 1000
VIEWS = make_views(TRUTH, GRID, [("axial", 5.0), ("sagittal", 5.0)])
MEASURED = [view.data for view in VIEWS]
OPERATORS = {
    "aligned": AlignedOperator.of_views(VIEWS, GRID),
    "oblique": ObliqueOperator.of_views(VIEWS, GRID),
}


def from_earlier(placed: Volume) -> Callable[[Operator, Sequence[Volume]], Volume]:
    """Smallest change of an earlier scan that explains the views."""

    def solve(operator: Operator, measured: Sequence[Volume]) -> Volume:
        ridge = max(0.01, operator.smallest_ridge)
        return placed + operator.regularised_inverse(
            operator.adjoint(operator.residuals(placed, measured)), ridge
        )

    return solve


FLAT = np.full(GRID.shape, TRUTH.mean(), np.float32)
ALONE = from_earlier(FLAT)


def verdict_of(placed: Volume, operator: Operator, with_earlier: Volume | None = None) -> Verdict:
    solve = from_earlier(placed)
    image = solve(operator, MEASURED) if with_earlier is None else with_earlier
    alone = ALONE(operator, MEASURED)
    return judge(image, placed, alone, EVERYWHERE, operator, MEASURED, ALONE, solve)


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=list(OPERATORS))
def test_a_scan_of_the_same_anatomy_is_used(operator: Operator) -> None:
    noise = np.random.default_rng(0).normal(scale=0.01, size=GRID.shape).astype(np.float32)
    verdict = verdict_of(TRUTH + noise, operator)
    assert verdict.used and verdict.ratio < 0.3
    assert verdict.alone is not None and verdict.with_earlier is not None
    assert verdict.with_earlier > verdict.alone + 3
    assert "with it" in verdict.reason


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=list(OPERATORS))
def test_a_scan_of_another_anatomy_is_refused_and_nothing_is_held_out(operator: Operator) -> None:
    verdict = verdict_of(OTHER, operator)
    assert not verdict.used and verdict.ratio > LARGEST_RATIO
    assert verdict.alone is None and verdict.with_earlier is None
    assert f"{verdict.ratio:.0%}" in verdict.reason and "same person" in verdict.reason


def test_a_scan_that_predicts_slices_worse_is_refused() -> None:
    """Little change where the views look, but wrong between the slices."""
    axis = VIEWS[0].axis
    held = every_kth(GRID.shape[axis] // 5, 5)
    wrong = TRUTH.copy()
    for number in held:
        part = np.moveaxis(wrong, axis, 0)[5 * number : 5 * number + 5]
        part[:] = 0.7 - part
    operator = OPERATORS["aligned"]
    verdict = verdict_of(wrong, operator, with_earlier=wrong + 0.1 * (TRUTH - wrong))
    assert verdict.ratio < LARGEST_RATIO
    assert not verdict.used and "worse" not in verdict.reason and "misleads" in verdict.reason
    assert verdict.alone is not None and verdict.with_earlier is not None
    assert verdict.with_earlier < verdict.alone


def test_what_is_refused_leaves_the_very_volume_without_it() -> None:
    one, two = TRUTH, OTHER
    refused = Verdict(False, 1.0, None, None, "")
    assert chosen(refused, one, two) is two
    assert chosen(replace(refused, used=True), one, two) is one


def test_the_ratio_counts_only_what_is_covered() -> None:
    half = EVERYWHERE.copy()
    half[15:] = False
    placed = np.where(half, TRUTH, np.float32(100))
    assert change_ratio(TRUTH, placed, TRUTH, half) == 0
    assert change_ratio(TRUTH, np.zeros_like(TRUTH), TRUTH, half) == pytest.approx(1)
    assert change_ratio(TRUTH, TRUTH, FLAT, half) == np.inf


def test_a_ratio_that_is_no_number_is_refused() -> None:
    verdict = verdict_of(TRUTH, OPERATORS["aligned"], with_earlier=np.full_like(TRUTH, np.nan))
    assert not verdict.used


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=list(OPERATORS))
def test_held_out_slices_do_not_reach_the_solution(operator: Operator) -> None:
    held = [every_kth(view.shape[v.axis], 5) for view, v in zip(MEASURED, VIEWS, strict=True)]
    changed = [view.copy() for view in MEASURED]
    for view, numbers, v in zip(changed, held, VIEWS, strict=True):
        assert numbers
        np.moveaxis(view, v.axis, 0)[numbers] = 1e3
    images = [ALONE(*leave_out(operator, views, held)) for views in (MEASURED, changed)]
    assert np.array_equal(*images)
    assert not np.array_equal(images[0], ALONE(operator, MEASURED))


def test_both_operators_score_alike() -> None:
    scores = [held_out_psnr(operator, MEASURED, EVERYWHERE, ALONE) for operator in OPERATORS.values()]
    assert None not in scores
    assert scores[0] == pytest.approx(scores[1], abs=0.5)


def test_views_too_short_to_hold_out_are_judged_by_the_ratio() -> None:
    grid = Grid((10, 10, 10), make_affine())
    truth = smooth_image(grid.shape) / 1000
    views = make_views(truth, grid, [("axial", 5.0), ("sagittal", 5.0)])
    operator = AlignedOperator.of_views(views, grid)
    measured = [view.data for view in views]
    everywhere = np.ones(grid.shape, bool)
    verdict = judge(truth, truth, truth, everywhere, operator, measured, ALONE, ALONE)
    assert verdict.used and verdict.alone is None
    assert "no slice could be held out" in verdict.reason


def test_a_mirrored_scan_is_refused_however_well_it_was_bent() -> None:
    operator = OPERATORS["aligned"]
    verdict = judge(
        TRUTH, TRUTH, TRUTH, EVERYWHERE, operator, MEASURED, ALONE, ALONE, mirrored=MIRRORED + 0.1
    )
    assert not verdict.used and verdict.ratio < LARGEST_RATIO and verdict.alone is None
    assert "mirrored left to right" in verdict.reason and "1.20" in verdict.reason


def test_a_mirrored_scan_fits_better_mirrored() -> None:
    straight = mirrored_fit(TRUTH, GRID, VIEWS)
    axis = int(np.abs(GRID.directions[0]).argmax())
    flipped = mirrored_fit(np.ascontiguousarray(np.flip(TRUTH, axis)), GRID, VIEWS)
    assert straight < 1 / MIRRORED and flipped > MIRRORED


@pytest.mark.parametrize("scale", [1.0, 4096.0])
def test_a_placed_scan_is_judged_by_the_total_variation(scale: float) -> None:
    """Whatever the unit of intensities; the scores are those of left-out slices, which total variation cannot know."""
    views = [replace(view, data=view.data * np.float32(scale) + np.float32(scale)) for view in VIEWS]
    verdicts = []
    for earlier in (TRUTH, OTHER):
        volume = earlier * np.float32(scale) + np.float32(scale)
        nowhere = np.zeros((3, *GRID.shape), np.float32)
        placed = PlacedScan(volume, EVERYWHERE, nowhere, np.eye(4), "rigid", GRID)
        image = from_earlier(earlier)(OPERATORS["aligned"], MEASURED) * np.float32(scale)
        alone = ALONE(OPERATORS["aligned"], MEASURED) * np.float32(scale)
        verdicts.append(judge_placed(views, GRID, placed, image + np.float32(scale), alone))
    assert [verdict.used for verdict in verdicts] == [True, False]
    assert verdicts[0].alone is not None and verdicts[0].with_earlier is not None
    assert 15 < verdicts[0].alone < verdicts[0].with_earlier
