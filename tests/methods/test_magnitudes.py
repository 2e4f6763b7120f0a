"""Methods, trials and scores at any magnitude of intensities: the same, to the last bit."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.acquired_pairs import write_pair
from support.datasets import refuses
from support.volumes import make_affine, make_views, smooth_image

from isospine.evaluation.disagreement import disagreement
from isospine.evaluation.held_out import plane_scores
from isospine.evaluation.scores import held_out_scores
from isospine.evaluation.trials import plane_trials, trial_table
from isospine.geometry.crops import crop_for_views, cropping
from isospine.geometry.grid import Grid, Volume
from isospine.io.nifti import load_volume, save_volume
from isospine.methods.baselines import baseline_method
from isospine.models.load import load_model
from isospine.models.train import train
from isospine.physics.magnitude import times_power
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import settings_of
from isospine.training.files import save_model
from isospine.training.session import Session
from isospine.views.acquired import AcquiredView, load_acquired
from isospine.views.place import place_contrasts
from isospine.views.view_set import ViewSet, stack_set

QUICK: dict[str, dict[str, Any]] = {
    "fourier": {"L": 8, "width": 16, "hidden_layers": 1, "epochs": 1},
    "self-prior": {"L": 4, "width": 16, "hidden_layers": 1, "cells": 500, "steps": 20},
}
#: Powers of two that bring the intensities of the tests, up to about 1000, to 2e38 and to 1e-37, and to subnormal numbers.
EXPONENTS = (117, -133)


@cache
def view_set(aligned: bool, noise: float = 5.0) -> ViewSet:
    """Noisy views that share a grid, or that are turned against the grid of the volume."""
    grid = Grid((24, 24, 24), make_affine(spacing=1.0))
    random = np.random.default_rng(0)
    views = make_views(smooth_image(grid.shape) + 300, grid, [("axial", 4), ("sagittal", 3)])
    views = [
        replace(view, data=(view.data + random.normal(scale=noise, size=view.data.shape)).astype(np.float32))
        for view in views
    ]
    other = Grid((22, 22, 22), make_affine(spacing=1.0, rotation=(0.1, 0.05, 0)))
    return stack_set("T2w", views, None if aligned else other)


def made(name: str, given: ViewSet, folder: Path) -> list[Volume]:
    """Volumes of a method, also of its stored model."""
    if name in BASELINES:
        return [baseline_method(name)(given)]
    models, _ = train([given], settings_of(known_recipes()[name] | QUICK[name]), Session(0, {"method": name}))
    save_model(models["T2w"], folder / "model.safetensors")
    stored = load_model(folder / "model.safetensors")
    return [
        models["T2w"].reconstruct(given.grid),
        stored.reconstruct(given.grid),
        stored.evaluate(given.grid),
    ]


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("name", [*BASELINES, *QUICK])
def test_methods(name: str, aligned: bool, tmp_path: Path) -> None:
    given = view_set(aligned)
    expected = made(name, given, tmp_path)
    weights = (tmp_path / "model.safetensors").read_bytes()[-1000:] if name in QUICK else b""
    volumes = made(name, given.times_power(EXPONENTS[0]), tmp_path)
    for volume, other in zip(volumes, expected, strict=True):
        np.testing.assert_array_equal(volume, times_power(other, EXPONENTS[0]))
    if weights:  # what is stored of the views does not depend on the unit
        assert (tmp_path / "model.safetensors").read_bytes()[-1000:] == weights
    for volume, other in zip(made(name, given.times_power(-100), tmp_path), expected, strict=True):
        np.testing.assert_array_equal(volume, times_power(other, -100))


@pytest.mark.parametrize("name", ["tikhonov", "tv", *QUICK])
def test_subnormal_intensities(name: str, tmp_path: Path) -> None:
    """They have fewer digits, so that results agree as far as these reach."""
    given = view_set(True)
    coarse = given.times_power(EXPONENTS[1])
    assert 0 < np.abs(coarse.views[0].data).max() < np.finfo(np.float32).tiny * 64
    volume, *_ = made(name, coarse, tmp_path)
    expected, *_ = made(name, coarse.times_power(-EXPONENTS[1]), tmp_path)
    assert np.isfinite(volume).all()
    expected = times_power(expected, EXPONENTS[1])
    # a model's residuals are smaller still, and lose the most
    np.testing.assert_allclose(volume, expected, rtol=0 if name in BASELINES else 1e-3)


def test_a_range_beyond_single_precision_is_refused() -> None:
    given = view_set(True)
    largest = np.finfo(np.float32).max
    views = tuple(
        replace(view, data=np.where(view.data > np.median(view.data), largest, -largest))
        for view in given.views
    )
    with refuses("span 6.81e+38", "divide them"):
        train([replace(given, views=views)], settings_of(known_recipes()["fourier"]), Session())


def test_a_rescued_model_has_the_intensities_of_its_views(tmp_path: Path) -> None:
    from isospine.training.optimiser import DivergenceError

    settings = known_recipes()["fourier"] | QUICK["fourier"] | {"epochs": 2, "learning_rate": 1e30}
    given = view_set(True).times_power(100)
    with pytest.raises(DivergenceError):
        train(
            [given], settings_of(settings), Session(0, {"method": "x"}, rescue=tmp_path / "kept.safetensors")
        )
    model = load_model(tmp_path / "kept.safetensors")
    assert model.offset == min(view.data.min() for view in given.views)  # type: ignore[attr-defined]


@pytest.mark.parametrize("exponent", (EXPONENTS[0], -100))
def test_trials_held_out_slices_and_contradictions(exponent: int) -> None:
    given = view_set(True)
    other = given.times_power(exponent)
    methods = {name: baseline_method(name) for name in ("linear", "tikhonov")}
    tables: list[Callable[[ViewSet], Any]] = [
        lambda each: trial_table(plane_trials(each), methods),
        lambda each: held_out_scores(each, methods),
    ]
    for table in tables:
        expected = table(given)
        assert len(expected) and np.isfinite(expected[["psnr", "ssim"]]).all(axis=None)
        assert table(other).equals(expected)
    np.testing.assert_array_equal(
        disagreement(other.stacks, given.grid), times_power(disagreement(given.stacks, given.grid), exponent)
    )


@pytest.mark.slow
@pytest.mark.parametrize("by_slice", [False, pytest.param(True, marks=pytest.mark.nightly)])
def test_motion_is_estimated_at_any_magnitude(tmp_path: Path, by_slice: bool) -> None:
    paths, _ = write_pair(tmp_path, shape=(28, 32, 40))

    def motion(exponent: int) -> list[np.ndarray]:
        acquired: list[AcquiredView] = [load_acquired(path) for path in paths]
        scaled = [
            replace(one, view=replace(one.view, data=times_power(one.view.data, exponent)))
            for one in acquired
        ]
        placed = place_contrasts({"T2w": scaled}, True, by_slice)["T2w"]
        found = [placed.placements[1].motion, placed.placements[1].log_gain]
        return found + [own.parameters for own in placed.slices]

    for one, other in zip(motion(116), motion(0), strict=True):
        np.testing.assert_array_equal(one, other)


def test_views_with_negative_intensities_are_placed(tmp_path: Path) -> None:
    """As after a subtraction of means, or of a scanner's offset."""
    paths, _ = write_pair(tmp_path, shape=(28, 32, 40))
    for path in paths:
        data, affine = load_volume(path)
        save_volume(path, data - np.float32(3000), affine)
    placed = place_contrasts({"T2w": [load_acquired(path) for path in paths]}, True, False)["T2w"]
    assert np.isfinite(placed.stacks[1].data).all()


def test_a_method_that_gives_no_numbers_is_named_and_not_scored() -> None:
    given = view_set(True)
    methods = {"broken": lambda each: np.full(each.grid.shape, np.nan, np.float32)}
    with refuses("broken, in the trial of view 1", "NaN or infinite"):
        trial_table(plane_trials(given), methods)
    with refuses("broken, without the held-out slices", "NaN or infinite"):
        held_out_scores(given, methods)
    plane = given.views[0].data[0]
    with refuses("prediction of a slice", "NaN or infinite"):
        plane_scores(plane, np.full_like(plane, np.inf), np.ones(plane.shape, bool), 1.0)


@pytest.mark.parametrize("factors", [(2.5, 7.3), (7.3, 2.5), (7.3, 7.3), (2, 2)])
@pytest.mark.parametrize("name", [*BASELINES, *QUICK])
def test_one_bright_voxel(name: str, factors: tuple[float, float], tmp_path: Path) -> None:
    """Without noise in the views, and with that of rounding in the stored ones."""
    specs = list(zip(("sagittal", "axial"), factors, strict=True))
    start, grid = crop_for_views(Grid((30, 30, 30), make_affine(spacing=1.0)), specs)
    image = np.zeros((30, 30, 30), np.float32)
    image[13, 14, 15] = 1000
    given = stack_set("T2w", make_views(image[cropping(start, grid)], grid, specs))
    for volume in made(name, given, tmp_path):
        assert np.isfinite(volume).all() and volume.max() > 0


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("value", [0, -7, 1e38, 1e-38])
def test_constants_of_any_size(name: str, value: float, tmp_path: Path) -> None:
    grid = Grid((10, 12, 14), make_affine())
    views = make_views(np.full(grid.shape, value, np.float32), grid, [("axial", 2.5), ("sagittal", 4)])
    (volume,) = made(name, stack_set("T2w", views), tmp_path)
    np.testing.assert_allclose(volume, value, rtol=1e-3)
