"""What was estimated of acquired views is the same after it was written and read."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.acquired_pairs import make_body
from support.datasets import refuses
from support.view_sets import as_method

from isospine.evaluation.held_out import SLICE_COLUMNS
from isospine.evaluation.scores import by_view_number, held_out_scores, identified
from isospine.evaluation.trials import plane_trials, trial_table
from isospine.geometry.rigid import rigid
from isospine.io.nifti import save_volume
from isospine.physics.output_grid import axes_directions
from isospine.physics.simulate import acquire
from isospine.report.body_page import best_method, report_page, warnings
from isospine.report.body_tables import views_table
from isospine.report.index import index_page
from isospine.solvers.interpolation import cubic
from isospine.statistics.paired import compare_methods
from isospine.statistics.ranking import REGION, image_scores, rank_methods
from isospine.views.acquired import AcquiredView, load_acquired
from isospine.views.agreement import Agreement
from isospine.views.joint import COEFFICIENTS, Placement
from isospine.views.place import check_planes
from isospine.views.placed import PlacedViews, SliceMotion, body_grid, placed_set
from isospine.views.record import placed_from, placement_record, view_facts
from isospine.views.slice_profiles import SliceEstimate

PROFILES = (SliceEstimate(2.71, 0.05, "gaussian", False), None)


@pytest.fixture(scope="module")
def acquired() -> tuple[AcquiredView, ...]:
    body, grid = make_body()
    return tuple(
        AcquiredView(
            Path(f"sub-01_acq-{name}_T2w.nii.gz"), acquire(body, grid, plane, 4, "box"), 0.0, "sidecar"
        )
        for plane, name in (("axial", "ax"), ("sagittal", "sag"))
    )


def placed_with(acquired: tuple[AcquiredView, ...], slices: bool) -> PlacedViews:
    random = np.random.default_rng(0)
    centre = acquired[0].view.grid.centre
    placements = tuple(
        Placement(rigid(random.normal(size=6), centre), random.normal(scale=0.1, size=COEFFICIENTS))
        for _ in acquired
    )
    motions = []
    for one in acquired if slices else ():
        count = one.view.grid.shape[one.view.axis]
        parameters = random.normal(size=(count, 6))
        matrices = np.array([rigid(row, centre) for row in parameters])
        motions.append(SliceMotion(parameters, matrices, (1, 3)))
    return PlacedViews(acquired, placements, tuple(motions), profiles=PROFILES)


@pytest.mark.parametrize("slices", [False, True])
def test_a_record_gives_the_same_views(acquired: tuple[AcquiredView, ...], slices: bool) -> None:
    placed = placed_with(acquired, slices)
    again = placed_from(json.loads(json.dumps(placement_record(placed))), acquired)
    assert again.owners == placed.owners and again.profiles == placed.profiles
    for one, other in zip(placed.parts, again.parts, strict=True):
        np.testing.assert_array_equal(one.data, other.data)
        np.testing.assert_array_equal(one.grid.affine, other.grid.affine)


def test_slice_profiles_are_told_beside_what_is_stated(acquired: tuple[AcquiredView, ...]) -> None:
    placed = placed_with(acquired, False)
    first, second = (view_facts(placed, number) for number in (0, 1))
    assert first["SliceThickness"] == pytest.approx(acquired[0].view.thickness)
    assert first["SliceProfileFromViews"]["SliceThickness"] == 2.71
    assert second["SliceProfileFromViews"] == "not estimated"
    rows = [" ".join(row) for row in views_table(placed)["rows"]]
    assert "gaussian (the other shape fits as well), 2.71 mm (standard error 0.05)" in rows[0]
    assert "not estimated" in rows[1]


@pytest.mark.parametrize(
    ("factor", "told"), [(1.0, ""), (0.93, ""), (0.6, "narrower by 40%"), (1.5, "wider by 50%")]
)
def test_a_profile_unlike_the_stated_one_is_warned_of(
    acquired: tuple[AcquiredView, ...], factor: float, told: str
) -> None:
    seen = SliceEstimate(factor * acquired[0].view.thickness, 0.01, "box", True)
    text = " ".join(warnings(replace(placed_with(acquired, False), profiles=(seen, None))))
    assert ("the other views show" in text) == bool(told) and told in text


def test_slices_that_were_left_out_are_given_to_no_method(acquired: tuple[AcquiredView, ...]) -> None:
    placed = placed_with(acquired, True)
    counts = [one.view.grid.shape[one.view.axis] - 2 for one in acquired]
    assert [placed.owners.count(number) for number in (0, 1)] == counts
    assert all(part.grid.shape[part.axis] == 1 for part in placed.parts)


def test_a_volume_lies_along_the_first_view_or_the_scanner(acquired: tuple[AcquiredView, ...]) -> None:
    placed = PlacedViews(acquired, (Placement(np.eye(4), np.zeros(COEFFICIENTS)),) * 2)
    along = body_grid(placed, 1.0, "intersection", "view")
    np.testing.assert_allclose(along.directions, acquired[0].view.grid.directions)
    scanner = body_grid(placed, 1.0, "intersection", "scanner")
    np.testing.assert_array_equal(scanner.directions, np.eye(3))
    np.testing.assert_allclose(scanner.centre, along.centre, atol=1)
    np.testing.assert_array_equal(axes_directions([], "scanner"), np.eye(3))


@pytest.mark.parametrize("slices", [False, True])
def test_scores_name_view_and_slice(acquired: tuple[AcquiredView, ...], slices: bool) -> None:
    still = PlacedViews(acquired, (Placement(np.eye(4), np.zeros(COEFFICIENTS)),) * 2)
    counts = [one.view.grid.shape[one.view.axis] for one in acquired]
    if slices:
        motions = [SliceMotion(np.zeros((n, 6)), np.tile(np.eye(4), (n, 1, 1)), ()) for n in counts]
        still = PlacedViews(acquired, still.placements, tuple(motions))
    grid = body_grid(still, 2.0, "intersection", "view")
    view_set = placed_set(still, "T2w", grid)
    table = held_out_scores(view_set, {"cubic": as_method(cubic)})
    held_out = {(int(view), int(number)) for view, number in zip(table["view"], table["slice"], strict=True)}
    # as whole stacks or slice by slice, the same slices are held out, and named alike
    assert held_out == {(view, number) for view, n in enumerate(counts) for number in range(2, n - 1, 5)}
    named = identified(table, view_set.sources, {"image": "sub-01", "contrast": "T2w", "method": "cubic"})
    assert set(named["view"]) == {"sub-01_acq-ax_T2w", "sub-01_acq-sag_T2w"}
    assert named["recipe"].isna().all() and (named["subject"] == "01").all()
    back = by_view_number([named], view_set.sources)
    pd.testing.assert_frame_equal(
        back[["view", "slice", "psnr", "ssim"]], table[["view", "slice", "psnr", "ssim"]]
    )


def trials() -> pd.DataFrame:
    """One body with 3 slices of one view and 1 of another, two methods, of which one has two seeds."""
    slices = [("ax", 2), ("ax", 7), ("ax", 12), ("sag", 2)]
    rows = []
    for method, seed, scores in (
        ("tv", np.nan, [20.0, 20.0, 30.0, 40.0]),
        ("fourier", 0, [30.0, 30.0, 30.0, 40.0]),
        ("fourier", 1, [40.0, 40.0, 40.0, 50.0]),
    ):
        for (view, number), psnr in zip(slices, scores, strict=True):
            about = {"image": "sub-01", "subject": "01", "session": np.nan, "contrast": "T2w", "seed": seed}
            recipe = {"method": method, "recipe": np.nan if method == "tv" else method}
            rows.append(about | recipe | {"view": view, "slice": number, "psnr": psnr, "ssim": psnr / 100})
    return pd.DataFrame(rows)


def test_views_count_alike_and_errors_are_averaged_not_decibels() -> None:
    images = image_scores(trials())
    assert set(images["region"]) == {REGION} and set(images["slices"]) == {4}
    ax = -10 * np.log10((0.01 + 0.01 + 0.001) / 3)
    assert images.loc[images["method"] == "tv", "psnr"].item() == pytest.approx((ax + 40) / 2)
    assert images.loc[images["method"] == "tv", "ssim"].item() == pytest.approx((0.7 / 3 + 0.4) / 2)
    assert images.loc[images["method"] == "fourier", "psnr"].tolist() == pytest.approx([35, 45])


def test_methods_are_ranked_within_a_contrast() -> None:
    both = pd.concat([trials(), trials().assign(contrast="T1w", psnr=lambda t: 100 - t["psnr"])])
    table = rank_methods(image_scores(both))
    assert table[["contrast", "rank", "method", "seeds", "slices"]].to_numpy().tolist() == [
        ["T2w", 1, "fourier", 2, 4],
        ["T2w", 2, "tv", 0, 4],
        ["T1w", 1, "tv", 0, 4],
        ["T1w", 2, "fourier", 2, 4],
    ]
    assert table["psnr_mean"].iloc[0] == pytest.approx(40) and table["psnr_sd"].isna().all()
    by_number = trials().assign(view=lambda t: (t["view"] == "sag").astype(int))
    assert best_method(by_number) == "fourier"


def test_a_run_without_any_trial_says_so() -> None:
    images = image_scores(trials().iloc[:0])
    ranking = rank_methods(images)
    assert images.empty and ranking.empty and {"rank", "method", "psnr_mean"} <= set(ranking.columns)
    page = index_page(images, compare_methods(images), [], {"sub-<b>": ("<b>", "log")}, ranking)
    assert "No trial was possible" in page and "<b>" not in page
    assert best_method(trials().iloc[:0]) == ""


def test_a_prior_needs_two_planes(
    acquired: tuple[AcquiredView, ...], caplog: pytest.LogCaptureFixture
) -> None:
    both = [one.view for one in acquired]
    check_planes(both, ["self-prior"])
    assert not caplog.records
    check_planes(both[:1], [])
    assert "all views are thick along one direction" in caplog.text
    with refuses("self-prior", "{self-prior: null}"):
        check_planes(both[:1], ["self-prior"])


@pytest.fixture
def with_gaps(tmp_path: Path) -> tuple[AcquiredView, ...]:
    """An axial stack whose ends, and a sagittal one of which a slice within, were not measured."""
    body, grid = make_body()
    found = []
    for plane, name, empty in (("axial", "ax", [0, 1, 9]), ("sagittal", "sag", [4])):
        view = acquire(body, grid, plane, 4, "box")
        data = view.data + np.random.default_rng(1).normal(size=view.data.shape).astype(np.float32)
        np.moveaxis(data, view.axis, 0)[empty] = 0
        path = tmp_path / f"sub-01_acq-{name}_T2w.nii.gz"
        save_volume(path, data, view.grid.affine, {"SliceThickness": 4})
        found.append(load_acquired(path))
    return tuple(found)


@pytest.mark.parametrize("slices", [False, True])
def test_slices_that_were_not_measured_are_used_nowhere(
    with_gaps: tuple[AcquiredView, ...], slices: bool
) -> None:
    placed = placed_with(with_gaps, slices)
    own = placed_set(placed, "T2w", body_grid(placed, 2.0, "intersection", "view"))
    counts = [sum(part.grid.shape[part.axis] for part in own.views if part.axis == axis) for axis in (2, 0)]
    measured = [7, 10]
    assert counts == [count - 2 * slices for count in measured]
    assert own.bridged == ((), (4,))
    assert own.left_out == (tuple(one.left_out for one in placed.slices))
    assert any(own.left_out) == slices
    trials = plane_trials(own)
    table = trial_table(trials, {"cubic": as_method(cubic)})
    assert 4 not in set(table.loc[table["view"] == 1, "slice"])
    held = held_out_scores(own, {"cubic": as_method(cubic)})
    assert (held["psnr"] > 8).all()  # against zeros it would be next to nothing
    facts = [view_facts(placed, number) for number in (0, 1)]
    assert [about["SlicesNotMeasured"] for about in facts] == [[0, 1, 9], [4]]
    if slices:
        assert facts[0]["SlicesLeftOut"] == [3, 5]  # numbered as in the file
    text = " ".join(warnings(placed))
    assert "acq-ax_T2w.nii.gz that hold one value only" in text and "0, 1, 9." in text


def test_doubts_and_agreement_survive(acquired: tuple[AcquiredView, ...]) -> None:
    placed = replace(
        placed_with(acquired, False), agreement=(None, Agreement(0.1, 0.08)), doubts=("sag is wrong",)
    )
    again = placed_from(json.loads(json.dumps(placement_record(placed))), acquired)
    assert (again.agreement, again.doubts) == (placed.agreement, placed.doubts)
    assert view_facts(placed, 1)["Agreement"] == {"Found": 0.1, "ByChance": 0.08}
    assert views_table(placed)["rows"][1][-1] == "10% (8%)"
    assert views_table(placed)["rows"][0][-1] == "not comparable"


def test_the_page_begins_with_doubts_and_names_wild_volumes(acquired: tuple[AcquiredView, ...]) -> None:
    placed = replace(placed_with(acquired, False), doubts=("sag is in the wrong <place>",))
    grid = body_grid(placed, 3.0, "intersection", "view")
    empty = pd.DataFrame(columns=SLICE_COLUMNS)
    image = cubic(placed.stacks, grid)
    wild = 3 * image - 900
    page = report_page(placed, grid, {"tv": image, "tikhonov": wild}, empty, empty, "tv")
    assert page.index("sag is in the wrong &lt;place&gt;") < page.index('class="answer"')
    assert "The volume of Tikhonov holds values from" in page and "The volume of TV holds" not in page
