"""The pretrained prior on views of an image."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from support.view_sets import train_views
from support.volumes import make_affine, make_views, smooth_image

from isospine.errors import InputError
from isospine.evaluation.metrics import psnr
from isospine.geometry.crops import crop_for_views, cropping
from isospine.geometry.grid import Grid, Volume
from isospine.geometry.resample import resample
from isospine.io.atomic import sha256_of
from isospine.io.nifti import load_volume
from isospine.models.load import load_model
from isospine.models.pretrained.weights import save_weights, shipped_weights
from isospine.physics.operator import operator_of
from isospine.physics.simulate import acquire
from isospine.physics.view import View
from isospine.recipes.hyperparameters import PretrainedHyperparameters
from isospine.solvers.interpolation import cubic
from isospine.solvers.total_variation import total_variation
from isospine.training.files import save_model

SETTINGS = PretrainedHyperparameters(
    model="pretrained", weights="isospine", refine=0, data_consistency=True, precision="float32"
)
SPECS = [("axial", 5.0), ("sagittal", 4.0)]


def case(specs: list[tuple[str, float]]) -> tuple[Volume, Grid, list[View]]:
    affine = make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.1, -0.05, 0.1))
    _, grid = crop_for_views(Grid((34, 32, 31), affine), specs)
    reference = smooth_image(grid.shape, sigma=1.3)
    return reference, grid, make_views(reference, grid, specs, "box")


def quality(reference: Volume, image: Volume) -> float:
    return psnr(reference, image, float(np.ptp(reference)))


@pytest.mark.parametrize(
    ("specs", "margin"),
    [(SPECS, 0.5), (SPECS[:1], -0.1), ([*SPECS, ("coronal", 2.5)], 0.5)],
    ids=["two", "one", "three"],
)
def test_a_reconstruction_explains_its_views(specs: list[tuple[str, float]], margin: float) -> None:
    reference, grid, views = case(specs)
    model, curve = train_views(views, SETTINGS)
    image = model.reconstruct(grid)
    left = operator_of(views, grid).residuals(image, [view.data for view in views])
    assert max(np.abs(one).max() for one in left) < 2e-3 * np.ptp(reference)
    assert quality(reference, image) > quality(reference, cubic(views, grid)) + margin
    assert [row["step"] for row in curve] == [0]


def test_a_model_file_gives_the_same_image(tmp_path: Path) -> None:
    _, grid, views = case(SPECS)
    model, _ = train_views(views, SETTINGS)
    save_model(model, tmp_path / "model.safetensors")
    again = load_model(tmp_path / "model.safetensors")
    assert np.array_equal(again.reconstruct(grid), model.reconstruct(grid))
    assert again.provenance["weights"] == model.provenance["weights"]


@pytest.mark.parametrize("specs", [SPECS, SPECS[:1]], ids=["two", "one"])
def test_refining_is_a_training_with_a_seed(specs: list[tuple[str, float]]) -> None:
    reference, grid, views = case(specs)
    refined = replace(SETTINGS, refine=60)
    plain, first, again, other = (
        train_views(views, settings, seed=seed)
        for settings, seed in ((SETTINGS, 1), (refined, 1), (refined, 1), (refined, 2))
    )
    images = [model.reconstruct(grid) for model, _ in (plain, first, again, other)]
    assert np.array_equal(images[1], images[2])
    assert not np.array_equal(images[1], images[0]) and not np.array_equal(images[1], images[3])
    assert np.array_equal(images[0], train_views(views, SETTINGS, seed=2)[0].reconstruct(grid))
    assert [row["step"] for row in first[1]] == [*range(61)]
    losses = [row["loss"] for row in first[1][1:]]
    assert np.mean(losses[-20:]) < np.mean(losses[:20])
    assert quality(reference, images[1]) > quality(reference, cubic(views, grid)) - 0.1


def test_views_too_small_to_refine_on_are_named() -> None:
    grid = Grid((16, 16, 16), make_affine((1, 2, 0), (-1, 1, 1)))
    views = make_views(smooth_image(grid.shape, sigma=1.3), grid, [("axial", 8.0), ("sagittal", 8.0)], "box")
    assert np.isfinite(train_views(views, SETTINGS)[0].reconstruct(grid)).all()
    with pytest.raises(InputError, match=r"too small to refine on.*set refine: 0"):
        train_views(views, replace(SETTINGS, refine=5))


@pytest.mark.parametrize(("factor", "warned"), [(5.0, False), (10.0, True)])
def test_slices_that_the_weights_did_not_learn_from_are_named(
    caplog: pytest.LogCaptureFixture, factor: float, warned: bool
) -> None:
    _, _, views = case([("axial", factor)])
    train_views(views, SETTINGS)
    assert ("spaced by 10 voxels of the volume, and the weights learned from 2 to 8" in caplog.text) == warned


def test_weights_without_a_network_for_one_view_are_named(tmp_path: Path) -> None:
    shipped = shipped_weights()
    path = tmp_path / "two.safetensors"
    save_weights({2: shipped.networks[2]}, {}, shipped.card, path)
    _, grid, views = case(SPECS)
    own = replace(SETTINGS, weights=str(path))
    model, _ = train_views(views, own)
    image = train_views(views, SETTINGS)[0].reconstruct(grid)
    assert np.array_equal(model.reconstruct(grid), image)
    assert model.provenance["weights"] == sha256_of(path)
    with pytest.raises(InputError, match=r"two\.safetensors: has no network for one view"):
        train_views(views[:1], own)


def test_intensities_and_their_unit_do_not_matter() -> None:
    _, grid, views = case(SPECS)
    other = [replace(view, data=(view.data * 256 + 512).astype(np.float32)) for view in views]
    plain, moved = (train_views(each, SETTINGS)[0].reconstruct(grid) for each in (views, other))
    assert np.allclose((moved - 512) / 256, plain, atol=2e-3 * np.ptp(plain))


def test_magnitudes_are_not_negative() -> None:
    _, grid, views = case(SPECS)
    low = min(float(view.data.min()) for view in views)
    dark = [replace(view, data=view.data - np.float32(low)) for view in views]
    assert train_views(dark, SETTINGS)[0].reconstruct(grid).min() >= 0


def test_another_grid_shows_the_same_image() -> None:
    _, grid, views = case(SPECS)
    model, _ = train_views(views, SETTINGS)
    image = model.evaluate(grid)
    finer = Grid(tuple(2 * n - 1 for n in grid.shape), grid.affine @ np.diag([0.5, 0.5, 0.5, 1]))
    assert np.allclose(model.evaluate(finer)[::2, ::2, ::2], image, atol=1e-4 * np.ptp(image))


def test_a_turned_grid_shows_the_same_image() -> None:
    _, grid, views = case(SPECS)
    model, _ = train_views(views, SETTINGS)
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_rotvec([10, 5, -8], degrees=True).as_matrix()
    turn[:3, 3] = grid.centre - turn[:3, :3] @ grid.centre
    turned = Grid((9, 9, 9), turn @ grid.cropped((12, 11, 11), (9, 9, 9)).affine)
    finest = grid.resampled(float(grid.spacing.min()) / 3)
    expected = resample(model.evaluate(finest), finest, turned)
    assert np.abs(model.evaluate(turned) - expected).max() < 0.02 * np.ptp(expected)


def test_it_beats_total_variation_on_a_body_that_it_never_saw(test_data: Path) -> None:
    path = next(test_data.glob("**/sub-sct08mm/anat/*_T2w.nii.gz"))
    data, affine = load_volume(path)
    specs = [("axial", 5.0), ("sagittal", 5.0)]
    _, cropped = crop_for_views(Grid(data.shape, affine), specs)
    grid = Grid(data.shape, affine).cropped((0, 0, 0), cropped.shape)
    reference = data[cropping((0, 0, 0), grid)]
    for chosen, margin in ((specs, 0.6), (specs[:1], 0.3)):
        views = [acquire(reference, grid, plane, factor, "box") for plane, factor in chosen]
        image = train_views(views, SETTINGS)[0].reconstruct(grid)
        assert quality(reference, image) > quality(reference, total_variation(views, grid)) + margin
