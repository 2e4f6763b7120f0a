"""The self-supervised prior."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.torch import save_file
from scipy.ndimage import gaussian_filter1d
from support.view_sets import train_views
from support.volumes import make_affine, make_views, smooth_image

from isospine.errors import InputError
from isospine.evaluation.metrics import psnr
from isospine.geometry.crops import crop_for_views
from isospine.geometry.grid import Grid, Volume
from isospine.io.atomic import read_json
from isospine.models.load import load_model
from isospine.models.prior.examples import training_cells
from isospine.models.prior.layout import ContextLayout
from isospine.models.prior.model import PriorModel
from isospine.models.prior.pairs import plane_pairs
from isospine.models.prior.restore import flatten_contexts
from isospine.models.prior.waves import lowest_products
from isospine.physics.aligned import AlignedOperator
from isospine.physics.view import View
from isospine.recipes.hyperparameters import PriorHyperparameters
from isospine.solvers.consistency import consistency_ridge
from isospine.solvers.interpolation import cubic
from isospine.training.files import save_model, save_training

QUICK = PriorHyperparameters(
    model="prior",
    L=25,
    width=32,
    hidden_layers=2,
    cells=4000,
    steps=300,
    batch=128,
    learning_rate=2e-3,
    weight_decay=0.1,
    data_consistency=True,
    precision="float32",
)


def case(
    specs: list[tuple[str, float]], profile: str = "box", shape: tuple[int, int, int] = (34, 32, 31)
) -> tuple[Volume, Grid, list[View]]:
    """Fine structure on an oblique grid in the array order of `PSR`, with its views."""
    affine = make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.1, -0.05, 0.1))
    _, grid = crop_for_views(Grid(shape, affine), specs)
    reference = smooth_image(grid.shape, sigma=1.3)
    return reference, grid, make_views(reference, grid, specs, profile)


def quality(reference: Volume, image: Volume) -> float:
    return psnr(reference, image, float(np.ptp(reference)))


def trained(views: list[View], **changes: object) -> PriorModel:
    return train_views(views, replace(QUICK, **changes), 0, {"image": "sub-x"})[0]


@pytest.mark.parametrize(
    ("specs", "profile"),
    [
        ([("axial", 5), ("sagittal", 5)], "box"),
        ([("axial", 4), ("coronal", 2.5)], "gaussian"),
        ([("axial", 4), ("sagittal", 4), ("coronal", 4)], "box"),
        ([("axial", 8), ("sagittal", 2)], "box"),
    ],
)
def test_beats_interpolation_for_any_views(specs: list[tuple[str, float]], profile: str):
    reference, grid, views = case(specs, profile)
    model = trained(views)
    assert quality(reference, model.reconstruct(grid)) > quality(reference, cubic(views, grid)) + 1


@pytest.mark.parametrize(
    ("factor", "profile", "planes"),
    [
        (2, "gaussian", 2),
        (2.5, "box", 3),
        (2.5, "point", 2),
        (3, "point", 3),
        (5.7, "box", 2),
        (8, "gaussian", 3),
        (8, "box", 2),
    ],
)
def test_any_factor_and_profile_on_a_tiny_image(factor: float, profile: str, planes: int):
    """Two slices of the thickest are the fewest that there may be."""
    specs = [(plane, factor) for plane in ("axial", "sagittal", "coronal")[:planes]]
    reference, grid, views = case(specs, profile, shape=(17, 18, 19))
    model = trained(views, steps=20, cells=1000)
    image = model.reconstruct(grid)
    assert quality(reference, image) > quality(reference, cubic(views, grid)) + 1
    assert np.isfinite(model.reconstruct(grid.resampled(0.5))).all()


def test_consistent_with_noise_free_views():
    _, grid, views = case([("axial", 5), ("sagittal", 5)])
    image = trained(views, steps=20).reconstruct(grid)
    seen = AlignedOperator.of_views(views, grid).forward(image)
    for view, predicted in zip(views, seen, strict=True):
        np.testing.assert_allclose(predicted, view.data, atol=0.6)  # half precision of 1000


def test_a_sum_of_functions_of_one_axis_each_is_restored():
    _, grid, _ = case([("axial", 5), ("sagittal", 5)])
    random = np.random.default_rng(0)
    parts = [gaussian_filter1d(random.normal(size=n), 1.5) * 300 for n in grid.shape]
    reference = np.add.outer(np.add.outer(parts[0], parts[1]), parts[2]).astype(np.float32) + 500
    views = make_views(reference, grid, [("axial", 5), ("sagittal", 5)])
    error = np.abs(trained(views).reconstruct(grid) - reference).max()
    assert error < 2e-3 * np.ptp(reference)  # the views are stored in half precision


def test_learning_helps():
    _, grid, _ = case([("axial", 5), ("sagittal", 5)])
    reference = np.where(smooth_image(grid.shape, sigma=3) > 500, 1000, 0).astype(
        np.float32
    )  # edges, which back-projection blurs
    views = make_views(reference, grid, [("axial", 5), ("sagittal", 5)])
    settings = {"L": 49, "cells": 20000, "data_consistency": False}
    before = trained(views, steps=1, learning_rate=1e-9, **settings)
    after = trained(views, steps=1500, **settings)
    assert quality(reference, after.evaluate(grid)) > quality(reference, before.evaluate(grid)) + 0.5


def test_same_seed_same_values_other_seed_others():
    _, grid, views = case([("axial", 5), ("sagittal", 5)])
    first, again = (trained(views, steps=30).evaluate(grid) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other = train_views(views, replace(QUICK, steps=30), 1, {})[0].evaluate(grid)
    assert np.abs(first - other).max() > 0


def test_reads_back_the_same_and_writes_the_same_bytes(tmp_path: Path):
    _, grid, views = case([("axial", 4), ("sagittal", 4), ("coronal", 4)])
    for name in ("first", "again"):
        model, curve = train_views(views, replace(QUICK, steps=20), 0, {"image": "sub-x"})
        save_training(model, curve, *(tmp_path / f"{name}{end}" for end in (".safetensors", ".tsv", ".json")))
    paths = [tmp_path / f"{name}.safetensors" for name in ("first", "again")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    np.testing.assert_array_equal(load_model(paths[0]).reconstruct(grid), model.reconstruct(grid))
    record = read_json(tmp_path / "first.json")
    assert record["hyperparameters"]["model"] == "prior" and record["steps"] == 60


@pytest.mark.parametrize("missing", ["network.1.0.weight", "view.0", "view.2.affine", "affine"])
def test_an_incomplete_file_is_refused(tmp_path: Path, missing: str):
    _, _, views = case([("axial", 4), ("sagittal", 4), ("coronal", 4)])
    save_model(trained(views, steps=1), tmp_path / "whole.safetensors")
    with safe_open(tmp_path / "whole.safetensors", "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys() if name != missing}  # noqa: SIM118
        save_file(tensors, tmp_path / "part.safetensors", metadata=file.metadata())
    with pytest.raises(InputError, match="incomplete model file"):
        load_model(tmp_path / "part.safetensors")


def test_continuous_across_grids():
    _, grid, views = case([("axial", 5), ("sagittal", 5)])
    model = trained(views, steps=50)
    coarse = model.evaluate(grid)
    affine = grid.affine.copy()
    affine[:3, :3] /= 2
    fine = Grid((2 * grid.shape[0] - 1, 2 * grid.shape[1] - 1, 2 * grid.shape[2] - 1), affine)
    np.testing.assert_allclose(model.evaluate(fine)[::2, ::2, ::2], coarse, atol=0.05)  # of 1000


def test_evaluates_an_oblique_plane():
    reference, grid, views = case([("axial", 4), ("sagittal", 4)])
    model = trained(views, steps=50)
    turned = make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.4, -0.05, 0.1))
    turned[:3, 3] += grid.centre - Grid((9, 9, 3), turned).centre
    plane = model.reconstruct(Grid((9, 9, 3), turned))
    assert plane.shape == (9, 9, 3)
    assert reference.min() - 100 < plane.min() and plane.max() < reference.max() + 100


def test_one_view_is_refused():
    _, _, views = case([("axial", 5)])
    with pytest.raises(InputError, match="at least two views"):
        trained(views)


def test_divergence_is_named_and_the_last_good_model_kept(tmp_path: Path):
    _, grid, views = case([("axial", 4), ("sagittal", 4), ("coronal", 4)])
    kept = tmp_path / "model.safetensors"
    with pytest.raises(InputError, match=r"step 2 of 300.*learning_rate 1e\+30.*" + str(kept)):
        train_views(views, replace(QUICK, learning_rate=1e30), 0, {}, rescue=kept)
    assert np.isfinite(load_model(kept).reconstruct(grid)).all()


@pytest.mark.parametrize(("value", "word"), [(7.0, "every voxel is 7"), (np.inf, "NaN or infinite")])
def test_views_without_content_are_refused(value: float, word: str):
    _, _, views = case([("axial", 5), ("sagittal", 5)])
    with pytest.raises(InputError, match=word):
        trained([replace(view, data=np.full_like(view.data, value)) for view in views])


def test_bfloat16_costs_no_quality():
    reference, grid, views = case([("axial", 5), ("sagittal", 5)])
    single, half = (
        quality(reference, trained(views, precision=precision).reconstruct(grid))
        for precision in ("float32", "bfloat16")
    )
    assert abs(half - single) < 0.1  # the bound of docs/reproducibility.md


def test_mirrored_planes_give_mirrored_inputs():
    _, grid, views = case([("axial", 5), ("sagittal", 5)])
    (pair,) = plane_pairs(views, grid, 10)
    chosen = lowest_products(10)
    layout = ContextLayout.of_cells(pair.cells, chosen)
    volumes = [view.data.transpose(pair.axes) / 1000 for view in views]

    def inputs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        estimate = pair.cells.estimate(first, second)
        smooth = pair.cells.smooth_estimate(first, second, estimate, 0.0)
        windows = [pair.cells.amplitudes(image) for image in (estimate, smooth)]
        return flatten_contexts(*pair.cells.contexts(first, second), *windows, chosen)

    shape = (len(volumes[0]), len(pair.cells.first.centres), len(pair.cells.second.centres), -1)
    plain = inputs(*volumes)
    for image, flips in enumerate([(), (2,), (1,), (1, 2)]):
        mirrored = np.flip(inputs(*(np.flip(v, flips) for v in volumes)).reshape(shape), flips)
        difference = np.abs(mirrored.reshape(plain.shape) - layout.mirrored(plain, image))
        assert difference[:, :-10].max() < 2e-5
        assert difference[:, -10:].max() < 0.02  # forward differences tell a direction from its opposite


def test_lowest_products_are_the_lowest():
    chosen = lowest_products(4)
    assert chosen.shape == (2, 2) and chosen.all()
    assert lowest_products(5).sum() == 5 and not lowest_products(5)[2, 2] and lowest_products(5)[0, 2]


def test_training_sees_the_views_only_and_about_as_many_cells_as_asked():
    _, grid, views = case([("axial", 5), ("sagittal", 5)])
    (pair,) = plane_pairs(views, grid, 9)
    volumes = [view.data for view in views]
    own, other, estimate, smooth, truth = training_cells(pair, volumes, 0.0, 2000, np.random.default_rng(0))
    assert len(own) == len(other) == len(estimate) == len(smooth) == len(truth)
    assert 2000 <= len(own) < 6000
    means = truth[:, 0, 0]
    assert means.min() >= min(v.min() for v in volumes) - 300
    assert abs(own.mean() - truth[:, 0, 0].mean()) < 60  # of 1000


@pytest.mark.parametrize("sigma", [0.0, 8.0, 40.0])
def test_noise_is_measured_from_the_views(sigma: float):
    _, grid, views = case([("axial", 5), ("sagittal", 4)], shape=(60, 60, 50))
    random = np.random.default_rng(0)
    noisy = [v.data + random.normal(scale=sigma, size=v.data.shape).astype(np.float32) for v in views]
    operator = AlignedOperator.of_views(views, grid)
    assert operator.noise(noisy) == pytest.approx(sigma, rel=0.1, abs=0.01)


def test_noisy_views_are_denoised():
    reference, grid, views = case([("axial", 5), ("sagittal", 5)])
    random = np.random.default_rng(0)
    noisy = [
        replace(v, data=v.data + random.normal(scale=50, size=v.data.shape).astype(np.float32)) for v in views
    ]
    model = trained(noisy)
    image = model.reconstruct(grid)
    assert quality(reference, image) > quality(reference, model.evaluate(grid)) + 0.1
    twice = grid.resampled(float(grid.spacing.min()) / 2)
    assert model.reconstruct(twice).shape == twice.shape


def test_ridge_follows_the_noise():
    reference, grid, views = case([("axial", 5), ("sagittal", 5)])
    operator = AlignedOperator.of_views(views, grid)
    clean = [view.data for view in views]
    assert consistency_ridge(cubic(views, grid), operator, clean) == 0
    random = np.random.default_rng(0)
    noisy = [data + random.normal(scale=30, size=data.shape).astype(np.float32) for data in clean]
    rough = consistency_ridge(cubic(views, grid), operator, noisy)
    truth = consistency_ridge(reference, operator, noisy)
    assert 0 < rough < truth  # the better the estimate, the less the noisy views change it
