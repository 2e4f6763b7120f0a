"""Held-out slices."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from skimage.metrics import structural_similarity
from support.datasets import refuses
from support.view_sets import as_method, set_of
from support.volumes import make_affine, make_views, smooth_image

from isospine.evaluation.held_out import held_out_table, mean_scores, odd_window, slice_scores, view_scores
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.rigid import rigid
from isospine.physics.moving_body import scan
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.slices import block, every_kth, held_out_slices, take_slices, without_slices
from isospine.physics.view import View
from isospine.solvers.interpolation import cubic, linear
from isospine.solvers.tikhonov import tikhonov
from isospine.views.view_set import ViewSet

GRID = Grid((30, 30, 30), make_affine())
TRUTH = smooth_image(GRID.shape, sigma=3)
SPECS = [("axial", 5.0), ("sagittal", 3.0)]


def views_of_truth() -> list[View]:
    return make_views(TRUTH, GRID, SPECS)


def stack(count: int) -> View:
    """View of `count` slices across its second axis."""
    shape = (4, count, 5)
    return View(np.zeros(shape, np.float32), Grid(shape, make_affine()), 1, 0.8, "box")


@pytest.mark.parametrize(
    ("count", "step", "expected"),
    [
        (10, 5, [2, 7]),
        (12, 4, [2, 6, 10]),
        (11, 4, [2, 6]),
        (7, 3, [1, 4]),
        (3, 5, [1]),
        (3, 3, [1]),
        (4, 5, [2]),
        (2, 3, []),
        (1, 3, []),
    ],
)
def test_every_kth_slice_but_the_ends(count: int, step: int, expected: list[int]) -> None:
    assert every_kth(count, step) == expected


@pytest.mark.parametrize(
    ("count", "step", "expected"), [(10, 5, [4, 5]), (12, 4, [4, 5, 6]), (3, 3, [1]), (2, 3, [])]
)
def test_a_block_is_as_many_slices_side_by_side(count: int, step: int, expected: list[int]) -> None:
    assert block(count, step) == expected


def test_slices_are_numbered_over_the_parts_of_a_stack() -> None:
    parts = [stack(10), *[stack(1)] * 6]
    chosen = held_out_slices(parts, [0] + [1] * 6, partial(block, step=3))
    assert chosen == [[3, 4, 5], [], [], [0], [0], [], []]


def test_a_slice_keeps_its_neighbours() -> None:
    with refuses("step 2", "at least 3"):
        every_kth(10, 2)


def test_what_is_left_of_a_stack() -> None:
    view = views_of_truth()[1]
    left = without_slices(view, [2, 3, 7])
    assert [part.grid.shape[view.axis] for part in left] == [2, 3, 2]
    slices = [0, 1, 4, 5, 6, 8, 9]
    data = np.concatenate([part.data for part in left], view.axis)
    np.testing.assert_array_equal(data, np.take(view.data, slices, view.axis))
    centres = np.concatenate([positions(part) for part in left])
    np.testing.assert_allclose(centres, positions(view)[slices], atol=1e-9)
    assert without_slices(view, range(10)) == []
    whole = without_slices(view, [])
    assert len(whole) == 1 and whole[0].data.shape == view.data.shape


def positions(view: View) -> FloatArray:
    """World coordinates of the first voxel of each slice."""
    index = np.zeros((view.grid.shape[view.axis], 3))
    index[:, view.axis] = np.arange(len(index))
    return view.grid.world(index)


def test_held_out_slices_never_reach_a_method() -> None:
    """Marked voxels: a method that sees one tells it."""
    views = [view.moved(rigid(np.array([2.0, 1, 3, 1, 0, 1]), GRID.centre)) for view in views_of_truth()]
    held_out = [every_kth(view.grid.shape[view.axis], 4) for view in views]
    assert all(held_out)
    for view, numbers in zip(views, held_out, strict=True):
        np.moveaxis(view.data, view.axis, 0)[numbers] = 1e6
    planted = np.concatenate(
        [positions(view)[numbers] for view, numbers in zip(views, held_out, strict=True)]
    )
    given: list[View] = []

    def spy(seen: ViewSet) -> Volume:
        assert seen.stacks == seen.views and not seen.aligned
        given.extend(seen.views)
        return TRUTH

    whole = set_of(views, grid=GRID)
    held_out_table(whole, held_out, {"spy": spy})
    assert sum(view.data.size for view in given) == sum(
        view.data.size * (1 - len(numbers) / view.grid.shape[view.axis])
        for view, numbers in zip(views, held_out, strict=True)
    )
    for view in given:
        assert view.data.max() < 2000
        distances = np.linalg.norm(positions(view)[:, None] - planted, axis=-1)
        assert distances.min() > 1  # the next slice is as far as slices are thick
    # nor does the result depend on what they hold
    marked = held_out_table(whole, held_out, {"tikhonov": as_method(partial(tikhonov, weight=0.01))})
    assert marked["psnr"].max() < 1, "the marks are not predicted"


def test_a_perfect_image_has_no_error() -> None:
    views = make_views(TRUTH, GRID, [("sagittal", 5), ("coronal", 5)])
    exact = ObliqueOperator.of_views(views, GRID).forward(TRUTH)  # to the last bit
    for view, data in zip(views, exact, strict=True):
        scores = slice_scores(TRUTH, GRID, replace(view, data=data), every_kth(view.grid.shape[view.axis], 3))
        assert [score["slice"] for score in scores] == [1, 4]
        assert all(score["psnr"] == pytest.approx(120) for score in scores)  # as far as single precision goes
        assert all(score["ssim"] == pytest.approx(1, abs=1e-6) for score in scores)


def test_scores_of_the_truth_and_of_less() -> None:
    view = views_of_truth()[0]
    scores = slice_scores(TRUTH, GRID, view, [1, 4])
    assert min(score["psnr"] for score in scores) > 100
    noise = np.random.default_rng(0).normal(scale=50, size=GRID.shape).astype(np.float32)
    worse = slice_scores(TRUTH + noise, GRID, view, [1, 4])
    # the mean of five voxels has less noise than one
    expected = 20 * np.log10(np.ptp(view.data) / (50 / np.sqrt(5)))
    assert worse[0]["psnr"] == pytest.approx(expected, abs=0.5)
    assert worse[0]["ssim"] < 0.95 < scores[0]["ssim"]


def test_the_ssim_is_that_of_other_tables() -> None:
    """A window of 7 pixels, as in the metrics against a reference, and less where a slice is smaller."""
    view = views_of_truth()[0]
    image = smooth_image(GRID.shape, seed=1)
    (score,) = slice_scores(image, GRID, view, [2])
    measured = view.data[:, :, 2]
    predicted = image[:, :, 10:15].mean(axis=2)
    expected = structural_similarity(
        measured, predicted, data_range=float(np.ptp(view.data)), win_size=7, full=True
    )[1].mean()
    assert score["ssim"] == pytest.approx(expected, abs=1e-5)
    assert [odd_window((n, 20)) for n in (3, 4, 5, 6, 7, 8, 20)] == [3, 3, 5, 5, 7, 7, 7]


def test_only_what_lies_in_the_grid_is_scored() -> None:
    """A slice across the border is scored over its part inside; one outside of it not at all."""
    view = views_of_truth()[0]
    part = GRID.cropped((0, 0, 0), (14, 30, 17))
    image = TRUTH[:14, :, :17]
    scores = slice_scores(image, part, view, [1, 2, 3, 4])
    assert [score["slice"] for score in scores] == [1, 2]  # 3 reaches from voxel 15 to 20
    assert all(score["psnr"] > 100 for score in scores)


def test_table_of_methods() -> None:
    views = views_of_truth()
    held_out = [every_kth(view.grid.shape[view.axis], 5) for view in views]
    table = held_out_table(
        set_of(views),
        held_out,
        {"linear": as_method(linear), "cubic": as_method(cubic), "truth": lambda view_set: TRUTH},
    )
    assert list(table) == ["method", "view", "slice", "psnr", "ssim"]
    assert len(table) == 3 * sum(map(len, held_out))
    means = table.groupby("method")["psnr"].mean()
    assert means["truth"] > means["cubic"] > means["linear"] > 20


def test_errors_are_averaged_and_views_count_alike() -> None:
    rows = [("a", 0, 0, 30.0, 0.5), ("a", 0, 1, 30.0, 0.5), ("a", 1, 0, 20.0, 0.8), ("a", 1, 1, 120.0, 1.0)]
    table = pd.DataFrame(rows, columns=["method", "view", "slice", "psnr", "ssim"])
    empty_slice = 20 + 10 * np.log10(2)  # half of the voxels without an error
    assert view_scores(table)["psnr"].tolist() == pytest.approx([30, empty_slice])
    assert mean_scores(table).loc["a"].tolist() == pytest.approx([(30 + empty_slice) / 2, 0.7])


def test_no_slice_to_hold_out_gives_an_empty_table() -> None:
    views = views_of_truth()
    table = held_out_table(set_of(views), [[], []], {"linear": as_method(linear)})
    assert table.empty and list(table) == ["method", "view", "slice", "psnr", "ssim"]


def test_a_single_view() -> None:
    """Between the slices that are left, interpolation is all that there is: a baseline does not leave a hole."""
    view = make_views(TRUTH, GRID, [("axial", 3)])[0]
    (part, other) = without_slices(view, [4])
    image = linear([part, other], GRID)
    before, after = view.data[:, :, 3], view.data[:, :, 5]
    np.testing.assert_allclose(image[:, :, 13], (before + after) / 2, atol=5)
    table = held_out_table(
        set_of([view], grid=GRID),
        [every_kth(view.grid.shape[view.axis], 4)],
        {"linear": as_method(linear), "cubic": as_method(cubic)},
    )
    assert table["psnr"].min() > 15


@pytest.mark.parametrize("turned", [False, True])
def test_parts_of_a_stack_are_not_mirrored(turned: bool) -> None:
    """With a second view that is whole, a method loses little of what it knew."""
    motion = rigid(np.array([4.0, 0, 0, 0, 0, 0]) * turned, GRID.centre)
    views = [
        scan(TRUTH, GRID, Grid(view.grid.shape, motion @ view.grid.affine), view.axis, view.thickness)
        for view in views_of_truth()
    ]
    whole = cubic(views, GRID)
    parts = [part for view in views for part in without_slices(view, [view.grid.shape[view.axis] // 2])]
    image = cubic(parts, GRID)
    inner = (slice(4, -4),) * 3  # whatever the views do not see after the turn
    loss = np.sqrt(np.mean((image - whole)[inner] ** 2))
    error = np.sqrt(np.mean((whole - TRUTH)[inner] ** 2))
    assert loss < 2 * error


def test_slices_may_be_alone() -> None:
    """Every other slice left out leaves stacks of a single slice."""
    view = views_of_truth()[1]
    parts = without_slices(view, [1, 3, 5, 7])
    assert [part.grid.shape[view.axis] for part in parts] == [1, 1, 1, 1, 2]
    image = linear(parts, GRID)
    assert np.isfinite(image).all()
    assert np.abs(image - TRUTH).mean() < 100
    alone = take_slices(view, 4, 1)
    np.testing.assert_array_equal(alone.data, np.take(view.data, [4], view.axis))
