"""Trials of methods on the planes of acquired views."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from support.view_sets import as_method, set_of
from support.volumes import make_affine, make_views, smooth_image

from isospine.dataset.demo.phantom import spine_phantom
from isospine.evaluation.held_out import mean_scores
from isospine.evaluation.trials import noise_within, plane_trials, trial_scores, trial_table
from isospine.geometry.grid import Grid
from isospine.geometry.rigid import rigid
from isospine.models.train import train
from isospine.physics.simulate import acquire
from isospine.physics.view import View
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import PriorHyperparameters
from isospine.solvers.interpolation import cubic, linear
from isospine.solvers.tikhonov import tikhonov
from isospine.training.session import Session

GRID = Grid((30, 42, 36), make_affine())
TRUTH = smooth_image(GRID.shape, sigma=3)


def views_of_truth(turned: bool = False) -> list[View]:
    views = make_views(TRUTH, GRID, [("axial", 4), ("sagittal", 5)])
    motion = rigid(np.array([3.0, 5, -4, 1, 0, 1]), GRID.centre)
    return [view.moved(motion) if turned else view for view in views]


@pytest.mark.parametrize("turned", [False, True])
def test_thick_views_of_a_view(turned: bool) -> None:
    """As thick as the slices of the view, across both axes of its planes, and nothing else of it."""
    views = views_of_truth(turned)
    trials = plane_trials(set_of(views, grid=GRID))
    assert [trial.view for trial in trials] == [0, 1]
    for view, trial, factor in zip(views, trials, (4, 5), strict=True):
        assert {part.axis for part in trial.given.views} == {0, 1, 2} - {view.axis}
        for part in trial.given.views:
            assert part.thickness == pytest.approx(view.thickness)
            assert part.grid.shape[part.axis] == view.grid.shape[part.axis] // factor
            shape = list(trial.truth.shape)
            shape[part.axis : part.axis + 1] = [-1, factor]
            means = trial.truth.reshape(shape).mean(axis=part.axis + 1)
            np.testing.assert_allclose(part.data, means, atol=5 * noise_within(view) + 1e-3)
        # the truth is the view, cropped to whole slices of the trial
        first = np.rint(view.grid.indices(trial.given.grid.world(np.zeros(3)))).astype(int)
        window = tuple(slice(low, low + n) for low, n in zip(first, trial.given.grid.shape, strict=True))
        np.testing.assert_array_equal(trial.truth, view.data[window])


def test_a_trial_is_as_noisy_as_its_view() -> None:
    """What averaging takes away is added again, so that methods meet the noise that they will meet."""
    flat = np.full(GRID.shape, 1000, np.float32)
    random = np.random.default_rng(0)
    for view in make_views(flat, GRID, [("axial", 4), ("sagittal", 5)]):
        data = view.data + random.normal(scale=20, size=view.data.shape).astype(np.float32)
        (trial,) = plane_trials(set_of([replace(view, data=data)]))
        assert [float(part.data.std()) for part in trial.given.views] == pytest.approx([20, 20], rel=0.1)


def test_scores_are_those_against_the_view() -> None:
    trial = plane_trials(set_of(views_of_truth()))[1]
    perfect = trial_scores(trial.truth, trial)
    assert [score["slice"] for score in perfect] == list(range(6)) and {s["view"] for s in perfect} == {1}
    assert all(score["psnr"] == pytest.approx(120) and score["ssim"] == pytest.approx(1) for score in perfect)
    spoilt = trial.truth.copy()
    np.moveaxis(spoilt, trial.axis, 0)[2] += np.ptp(trial.truth) / 10
    assert trial_scores(spoilt, trial)[2]["psnr"] == pytest.approx(20, abs=0.01)


def test_better_methods_come_first() -> None:
    methods = {
        "linear": as_method(linear),
        "cubic": as_method(cubic),
        "smeared": as_method(partial(tikhonov, weight=10.0)),
    }
    table = trial_table(plane_trials(set_of(views_of_truth(turned=True), grid=GRID)), methods)
    assert list(table) == ["method", "view", "slice", "psnr", "ssim"] and len(table) == 3 * (9 + 6)
    scores = mean_scores(table)["psnr"]
    assert scores["cubic"] > scores["linear"] > scores["smeared"]


@pytest.mark.parametrize(("slices", "trials"), [(3, 0), (4, 1)])
def test_a_trial_has_slices_enough_for_a_prior_to_learn_from(slices: int, trials: int) -> None:
    phantom = spine_phantom(0, (4 * slices, 30, 30))
    grid = Grid(phantom.intensity.shape, phantom.affine)
    found = plane_trials(set_of([acquire(phantom.intensity, grid, "sagittal", 4, "box")]))
    assert len(found) == trials
    for trial in found:
        small = {"cells": 300, "steps": 2, "width": 8, "L": 4}
        settings = PriorHyperparameters(**(known_recipes()["self-prior"] | small))
        train([trial.given], settings, Session())


def test_planes_too_small_for_a_trial() -> None:
    view = views_of_truth()[0]
    narrow = replace(view, data=view.data[:11], grid=view.grid.cropped((0, 0, 0), (11, 42, 9)))
    assert plane_trials(set_of([narrow])) == []
    table = trial_table([], {"linear": as_method(linear)})
    assert table.empty and list(table) == ["method", "view", "slice", "psnr", "ssim"]
