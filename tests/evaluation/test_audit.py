"""References that methods are made to see, on purpose: the audit finds them, and honest methods pass."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from support.quick_training import quick_settings
from support.view_sets import set_of, train_views
from support.volumes import smooth_image

from isospine.dataset.demo.phantom import spine_phantom
from isospine.evaluation.audit import (
    audit_run,
    audited,
    guessed_share,
    simulated_operator,
    suspects,
    unseen_part,
)
from isospine.geometry.crops import crop_for_views, cropping
from isospine.geometry.grid import Grid, Volume
from isospine.methods.baselines import baseline_method
from isospine.physics.aligned import AlignedOperator
from isospine.physics.simulate import acquire
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES

SPECS = [{"plane": "axial", "factor": 4}, {"plane": "sagittal", "factor": 4}]


class Case(NamedTuple):
    reference: Volume
    grid: Grid
    views: list[View]
    operator: AlignedOperator

    def share(self, image: Volume) -> float:
        return guessed_share(self.reference, image, self.operator)


def make_case(shape: tuple[int, int, int], profile: str) -> Case:
    phantom = spine_phantom(0, shape)
    planes = [(str(view["plane"]), float(view["factor"])) for view in SPECS]
    start, grid = crop_for_views(Grid(shape, phantom.affine), planes)
    reference = phantom.intensity[cropping(start, grid)]
    views = [acquire(reference, grid, plane, factor, profile) for plane, factor in planes]
    return Case(reference, grid, views, simulated_operator(reference, grid.affine, SPECS, profile))


@pytest.fixture(scope="module", params=["box", "gaussian"])
def case(request: pytest.FixtureRequest) -> Case:
    return make_case((24, 40, 40), request.param)


def test_views_do_not_show_the_unseen_part_and_show_the_rest(case: Case) -> None:
    unseen = unseen_part(case.reference, case.operator)
    assert np.abs(unseen).max() > 50
    for view in case.operator.forward(unseen):
        np.testing.assert_allclose(view, 0, atol=1e-2)
    for view, expected in zip(case.operator.forward(case.reference - unseen), case.views, strict=True):
        np.testing.assert_allclose(view, expected.data, atol=1e-2)
    np.testing.assert_allclose(unseen_part(unseen, case.operator), unseen, atol=1e-2)


def test_the_truth_is_all_right_and_no_guess_is_nothing(case: Case) -> None:
    unseen = unseen_part(case.reference, case.operator)
    assert case.share(case.reference) == 1
    assert case.share(case.reference - unseen) == pytest.approx(0, abs=1e-3)
    assert case.share(case.reference - unseen / 2) == pytest.approx(0.75, abs=1e-3)
    assert case.share(case.reference - 2 * unseen) == pytest.approx(-3, abs=1e-3)


@pytest.mark.slow
def test_a_network_that_saw_the_reference_is_suspected_and_an_honest_one_is_not() -> None:
    case = make_case((16, 32, 32), "box")
    shares = {name: case.share(baseline_method(name)(set_of(case.views))) for name in BASELINES}
    reference = [acquire(case.reference, case.grid, "axial", 1, "box")]
    large = {"epochs": 30, "bandwidth": 0.2, "width": 128, "L": 128, "batch": 512, "learning_rate": 1e-2}
    own = {"data_consistency": False}
    for name, views, changes in (("honest", case.views, {}), ("leaky", reference, large)):
        model, _ = train_views(views, quick_settings(**own | changes), 0, {})
        shares[name] = case.share(model.reconstruct(case.grid))
    assert suspects(shares, ["honest", "leaky"]) == ["leaky"], shares
    assert not suspects(shares, [])


def test_views_of_one_plane_leave_more_unseen() -> None:
    reference = smooth_image((12, 12, 12))
    affine = np.eye(4)
    coarse, both, fine = (
        simulated_operator(reference, affine, [{"plane": "axial", "factor": f} for f in factors], "box")
        for factors in ([4], [4, 3], [3])
    )
    left = [np.linalg.norm(unseen_part(reference, operator)) for operator in (coarse, fine, both)]
    assert left[0] > left[1] > left[2] > 0
    unseen = unseen_part(reference, both)
    for view in both.forward(unseen):
        np.testing.assert_allclose(view, 0, atol=1e-2)


@pytest.mark.parametrize(
    ("network", "baseline", "said"),
    [
        *(
            (0.364, -0.001, "networks up to 36%, baselines none;"),
            (-3.0, 0.0, "networks none, baselines none;"),
        ),
        *(
            (float("nan"), 0.02, "networks none, baselines up to 2%;"),
            (0.2, 0.004, "up to 20%, baselines none;"),
        ),
    ],
)
def test_shares_of_a_run_in_words(network: float, baseline: float, said: str) -> None:
    shares = pd.DataFrame(
        [("sub-01", "net", network), ("sub-01", "tv", baseline)], columns=["image", "method", "value"]
    )
    text, _ = audit_run(shares, ["net"])
    assert said in text and "-0%" not in text and "nan" not in text


def test_what_an_earlier_scan_showed_is_neither_accused_nor_a_measure() -> None:
    found = {"follow-up": 0.94, "net": 0.9, "tv": 0.1}
    table = pd.DataFrame(
        {"image": "sub-01", "quantity": "guessed_share", "method": found.keys(), "value": found.values()}
    )
    text, accusations = audit_run(audited(table, {"follow-up"}), ["net"])
    assert "baselines up to 10%" in text
    assert [one for one in accusations if "net recovered" in one] == accusations and len(accusations) == 1


def test_without_a_baseline_nobody_is_expected_to_guess() -> None:
    assert suspects({"one": 0.5, "other": 0.8}, ["one", "other"]) == ["other"]
    assert not suspects({"one": 0.5, "tv": -1.0}, ["one"])
