"""Every method alike: where no view is negative, its volume is not."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from support.volumes import make_affine, make_views, smooth_image

from isospine.evaluation.trials import plane_trials
from isospine.geometry.grid import Affine, Grid, Volume
from isospine.methods import baselines
from isospine.methods.baselines import baseline_method
from isospine.models import reconstruct
from isospine.models.earlier import apply, model, network
from isospine.models.prior.stand_in import aligned_views
from isospine.models.train import train
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import KINDS, kind_of, settings_of
from isospine.training.session import Session
from isospine.views.view_set import ViewSet, stack_set

PRIOR: dict[str, Any] = {"L": 4, "width": 16, "hidden_layers": 1, "cells": 500, "steps": 20}
#: A recipe of each kind of model, made small.
QUICK: dict[str, dict[str, Any]] = {
    "fourier": {"L": 16, "width": 32, "hidden_layers": 1, "epochs": 3},
    "pretrained": {},
    "self-prior": PRIOR,
    "population-prior": PRIOR | {"population_cells": 500, "population_steps": 20},
    "follow-up": {"field": "rigid"},
    "dctr": {"field": "rigid", "L": 16, "width": 32, "hidden_layers": 1, "epochs": 3},
}
METHODS = [*BASELINES, *QUICK]
GRID = Grid((24, 24, 24), make_affine(spacing=1.0))


def test_every_kind_of_model_is_tested() -> None:
    assert {kind_of(known_recipes()[name]).name for name in QUICK} == set(KINDS)


def anatomy(seed: int = 0) -> Volume:
    """Zero in half of the volume, as the background of magnitudes is, with edges."""
    return np.maximum(smooth_image(GRID.shape, seed) - 500, 0).astype(np.float32)


def view_set(aligned: bool, plus: float = 0) -> ViewSet:
    views = make_views(anatomy() + np.float32(plus), GRID, [("axial", 4), ("sagittal", 3)])
    turned = Grid((22, 22, 22), make_affine(spacing=1.0, rotation=(0.1, 0.05, 0)))
    return stack_set("T2w", views, None if aligned else turned)


def reconstruction(name: str, given: ViewSet) -> Volume:
    if name in BASELINES:
        return baseline_method(name)(given)
    settings = settings_of(known_recipes()[name] | QUICK[name])
    others: dict[str, tuple[Volume, Affine]] = {"sub-02_T2w": (anatomy(1), GRID.affine)}
    models, _ = train([given], settings, Session(0, {"image": "sub-01_T2w"}), others)
    return models["T2w"].reconstruct(given.grid)


@cache
def unprojected(name: str, aligned: bool, plus: float = 0) -> Volume:
    """Volume of a method without the projection."""

    def unchanged(image: Volume, *_: Any) -> Volume:
        return image

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baselines, "are_magnitudes", lambda views: False)
        for made in (model, network):
            patch.setattr(made, "without_negatives", unchanged)
        for solver in (baselines, apply, network):
            patch.setattr(solver, "of_magnitudes", unchanged)
        for function in ("nonnegative", "without_negatives"):
            patch.setattr(reconstruct, function, unchanged)
        return reconstruction(name, view_set(aligned, plus))


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("name", METHODS)
def test_the_volume_is_not_negative_and_nearer_to_the_truth(name: str, aligned: bool) -> None:
    made, before = reconstruction(name, view_set(aligned)), unprojected(name, aligned)
    assert made.min() >= 0
    if name == "linear":  # no interpolation with weights above 0 leaves the range of its views
        np.testing.assert_array_equal(made, before)
        return
    assert before.min() < -1
    if aligned:
        truth = anatomy()
        assert np.linalg.norm(made - truth) < np.linalg.norm(before - truth)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("plus", [-1, 2000])
def test_views_with_negative_voxels_and_volumes_without_stay_as_they_are(name: str, plus: float) -> None:
    expected = unprojected(name, True, plus)
    assert (expected.min() < 0) == (plus < 0)
    np.testing.assert_array_equal(reconstruction(name, view_set(True, plus)), expected)


@pytest.mark.parametrize(("plus", "projected"), [(0, True), (-1, False)])
def test_stand_ins_tell_of_negative_voxels_what_the_views_do(plus: float, projected: bool) -> None:
    given = view_set(False, plus)
    stand_ins, _ = aligned_views(given)
    lowest = min(view.data.min() for view in (*stand_ins, *given.views))
    assert (lowest >= 0) == projected


def noisy(given: ViewSet, measured: Callable[[Volume], Volume]) -> ViewSet:
    random = np.random.default_rng(0)
    views = tuple(
        replace(view, data=measured(view.data + random.normal(scale=30, size=view.data.shape)))
        for view in given.views
    )
    return replace(given, views=views, stacks=views)


@pytest.mark.parametrize("magnitudes", [True, False])
def test_a_trial_of_magnitudes_gives_magnitudes(magnitudes: bool) -> None:
    measured = np.abs if magnitudes else np.asarray
    trials = plane_trials(noisy(view_set(True), lambda data: measured(data).astype(np.float32)))
    lowest = min(view.data.min() for trial in trials for view in trial.given.views)
    assert len(trials) == 2 and (lowest >= 0) == magnitudes
