import json
import math
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.datasets import REAL_T2W, refuses
from support.quick_training import SPECS, Case, make_case, quick_settings
from support.view_sets import train_views
from support.volumes import make_views

from isospine.evaluation.metrics import psnr
from isospine.geometry.crops import cropping
from isospine.geometry.grid import Grid
from isospine.io.atomic import write_json
from isospine.io.nifti import load_volume, save_volume
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.coordinate.train import (
    epoch_batches,
    predict_slices,
    slice_offsets,
)
from isospine.models.load import load_model
from isospine.physics.slice_profile import FWHM
from isospine.recipes.activations import ACTIVATIONS
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.encodings import ENCODINGS
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.recipes.keys import dependence, without_effect
from isospine.recipes.kinds import keys_of
from isospine.solvers.interpolation import cubic
from isospine.training.files import training_record
from isospine.training.trainable import Curve
from isospine.views.simulated import simulated_record

PROVENANCE = {"image": "sub-1_T2w", "contrast": "T2w", "method": "fourier", "recipe": "fourier"}


@pytest.fixture(scope="module")
def trained(case: Case) -> tuple[CoordinateModel, Curve]:
    return train_views(case.views, quick_settings(), 0, PROVENANCE)


def quality(model: CoordinateModel, case: Case) -> float:
    """PSNR in dB of the network alone."""
    return psnr(case.reference, model.evaluate(case.grid), float(np.ptp(case.reference)))


def test_a_network_learns_more_than_interpolation_knows(
    case: Case, trained: tuple[CoordinateModel, Curve]
) -> None:
    model, _ = trained
    interpolated = psnr(case.reference, cubic(case.views, case.grid), float(np.ptp(case.reference)))
    assert quality(model, case) > interpolated + 1
    consistent = psnr(case.reference, model.reconstruct(case.grid), float(np.ptp(case.reference)))
    assert consistent > quality(model, case) + 0.5


def test_knowing_the_slice_profile_beats_taking_slices_for_points(
    case: Case, trained: tuple[CoordinateModel, Curve]
) -> None:
    points, _ = train_views(case.views, quick_settings(supervision="point"), 0, {})
    assert quality(trained[0], case) > quality(points, case) + 0.8


@pytest.mark.parametrize(
    "changes",
    [
        {"encoding": "none", "activation": "sine", "learning_rate": 1e-3},
        {"encoding": "none", "activation": "gabor", "omega": 8.0},
        {"encoding": "positional", "L": 24, "bandwidth": 0.1},
        {"hidden_layers": 4, "skip_every": 2},
        {"hidden_layers": 4, "skip_every": 2, "precision": "bfloat16"},
        {"encoding": "basic"},
        {"precision": "auto"},
        {"precision": "bfloat16"},
        {"samples_per_slice": 1},
    ],
)
def test_every_kind_of_recipe_trains(case: Case, changes: dict[str, object]) -> None:
    model, curve = train_views(case.views, quick_settings(epochs=2, **changes), 0, {})
    assert curve[-1]["loss"] < curve[0]["loss"]
    image = model.reconstruct(case.grid)
    assert image.shape == case.grid.shape
    assert np.isfinite(image).all()


@pytest.mark.parametrize("key", [key for key in keys_of("coordinate") if dependence(key)])
def test_what_is_said_to_have_no_effect_has_none(case: Case, key: str) -> None:
    """And what is not said so has one."""
    other, values = dependence(key)
    choices = {"encoding": ENCODINGS, "activation": ACTIVATIONS}
    for value in choices.get(other, ["profile", "point"]):
        settings = quick_settings(epochs=1, width=8, L=9, omega=8.0, gabor_scale=2.0, **{other: value})
        changed = replace(settings, **{key: getattr(settings, key) * 2})
        images = [train_views(case.views, one, 0, {})[0].evaluate(case.grid) for one in (settings, changed)]
        assert np.array_equal(*images) == (without_effect(key, settings.as_dict()) is not None)
        assert (value in values) != np.array_equal(*images)


COORDINATE_RECIPES = sorted(name for name, r in known_recipes().items() if r["model"] == "coordinate")


@pytest.mark.parametrize("name", COORDINATE_RECIPES)
def test_every_shipped_recipe_trains(case: Case, name: str) -> None:
    changes = known_recipes()[name] | {"epochs": 1, "width": 16}
    model, curve = train_views(case.views, quick_settings(**changes), 0, {})
    assert len(curve) == 1
    assert np.isfinite(model.reconstruct(case.grid)).all()


@pytest.fixture(scope="module")
def anatomy() -> Case:
    """A real volume cropped to 25 voxels a side."""
    if not REAL_T2W.is_dir():
        pytest.skip("no real volumes")
    data, affine = load_volume(REAL_T2W / "sub-sct1mm/anat/sub-sct1mm_T2w.nii.gz")
    start = (15, 15, 10)
    grid = Grid(data.shape, affine).cropped(start, (25, 25, 25))
    reference = data[cropping(start, grid)]
    return Case(reference, grid, make_views(reference, grid, [("axial", 5), ("sagittal", 5)]))


@pytest.mark.slow
@pytest.mark.parametrize("name", COORDINATE_RECIPES)
def test_no_shipped_recipe_is_dead_or_explodes(anatomy: Case, name: str) -> None:
    """With its depth, activation, encoding and learning rate it leaves the mean image far behind."""
    recipe = known_recipes()[name]
    small = {"epochs": 5, "batch": 64, "width": min(recipe["width"], 128), "precision": "float32"}
    model, curve = train_views(anatomy.views, replace(Hyperparameters(**recipe), **small), 0, {})
    assert curve[-1]["loss"] < 0.2 * curve[0]["loss"]
    assert np.std(model.evaluate(anatomy.grid)) > 0.7 * np.std(anatomy.reference)
    mean = np.full_like(anatomy.reference, anatomy.reference.mean())
    assert quality(model, anatomy) > 4 + psnr(anatomy.reference, mean, float(np.ptp(anatomy.reference)))


def test_the_curve_counts_epochs_steps_and_seconds(
    case: Case, trained: tuple[CoordinateModel, Curve]
) -> None:
    _, curve = trained
    steps = math.ceil(sum(view.data.size for view in case.views) / 256)
    assert [row["epoch"] for row in curve] == list(range(1, 26))
    assert [row["step"] for row in curve] == [steps * epoch for epoch in range(1, 26)]
    assert all(late["seconds"] > early["seconds"] for early, late in pairwise(curve))
    assert curve[-1]["loss"] < 0.1 * curve[0]["loss"] < 0.1


def test_a_divergence_names_step_cause_and_the_last_good_model(case: Case, tmp_path: Path) -> None:
    kept = tmp_path / "logs" / "model.safetensors"
    with refuses(
        "step 2 of", "learning_rate 1e+30", "lower it", f"after step 0, when all was finite, is in {kept}"
    ):
        train_views(case.views, quick_settings(epochs=2, learning_rate=1e30), 0, PROVENANCE, rescue=kept)
    assert np.isfinite(load_model(kept).reconstruct(case.grid)).all()
    train_views(case.views, quick_settings(epochs=1), 0, PROVENANCE, rescue=kept)
    assert not kept.exists()  # it would be taken for this training's


SCRIPT = """
import runpy
from types import SimpleNamespace as Namespace

class Input(list):
    images, records, references, starts, earlier = {views!r}, ["views.json"], [], [], []

params = Namespace(
    contrasts=["T2w"], grid=None, population=[], hyperparameters={hyperparameters!r}, seed=0,
    provenance={provenance!r}, code="", earlier=None,
)
snakemake = Namespace(
    input=Input(Input.images + Input.records), output=["model", "curve", "record"], log=["logs/train/x.log"],
    params=params, threads=1, resources=dict(), wildcards=Namespace(image="sub-01/anat/sub-01"),
)
runpy.run_path({script!r}, init_globals=dict(snakemake=snakemake))
"""


def test_the_job_leaves_the_last_good_model_beside_its_log(case: Case, tmp_path: Path) -> None:
    views = [str(tmp_path / f"{plane}.nii.gz") for plane, _ in SPECS]
    for path, view, (plane, _) in zip(views, case.views, SPECS, strict=True):
        sidecar = {"Plane": plane, "SliceThickness": view.thickness, "SliceProfile": view.profile}
        save_volume(path, view.data, view.grid.affine, sidecar)
    write_json(tmp_path / "views.json", simulated_record({"T2w": views}))
    script = Path(__file__).parents[3] / "workflow/scripts/train.py"
    code = SCRIPT.format(
        hyperparameters=quick_settings(learning_rate=1e30).as_dict(),
        provenance=PROVENANCE,
        views=views,
        script=str(script),
    )
    job = subprocess.run([sys.executable, "-c", code], cwd=tmp_path)
    assert job.returncode == 1
    kept = Path("logs/train/x.safetensors")
    assert str(kept) in (tmp_path / "logs/train/x.log").read_text().splitlines()[-1]
    assert load_model(tmp_path / kept).provenance["method"] == "fourier"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == sorted(
        ["views.json", *(Path(n).name for p in views for n in (p, p.replace(".nii.gz", ".json")))]
    )


@pytest.mark.parametrize(("value", "word"), [(7.0, "every voxel is 7"), (np.nan, "NaN or infinite")])
def test_views_without_content_are_refused(case: Case, value: float, word: str) -> None:
    views = [replace(view, data=np.full_like(view.data, value)) for view in case.views]
    with refuses("views", word):
        train_views(views, quick_settings(epochs=1), 0, {})


@pytest.mark.parametrize("changes", [{}, {"activation": "sine", "encoding": "none", "learning_rate": 1e-3}])
def test_bfloat16_costs_no_quality(case: Case, changes: dict[str, object]) -> None:
    """Within 0.1 dB of single precision, the bound of docs/reproducibility.md."""
    single, half = (
        train_views(case.views, quick_settings(precision=precision, **changes), 0, {})[0].reconstruct(
            case.grid
        )
        for precision in ("float32", "bfloat16")
    )
    data_range = float(np.ptp(case.reference))
    difference = psnr(case.reference, half, data_range) - psnr(case.reference, single, data_range)
    assert abs(difference) < 0.1


def test_the_global_random_states_stay_as_they_are(case: Case) -> None:
    torch.manual_seed(12345)
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    first, _ = train_views(case.views, quick_settings(epochs=1), 0, {})
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002
    torch.manual_seed(99)  # and nothing depends on them
    np.random.seed(99)  # noqa: NPY002
    second, _ = train_views(case.views, quick_settings(epochs=1), 0, {})
    np.testing.assert_array_equal(first.evaluate(case.grid), second.evaluate(case.grid))


def test_the_model_knows_transform_scale_and_bandwidth(
    case: Case, trained: tuple[CoordinateModel, Curve]
) -> None:
    model, _ = trained
    assert model.radius == pytest.approx(max(np.array(case.grid.shape) * 0.8) / 2)
    np.testing.assert_allclose(model.centre, case.grid.centre, atol=1e-9)
    np.testing.assert_allclose(model.grid.affine, case.grid.affine, atol=1e-9)
    low = min(view.data.min() for view in case.views)
    assert model.offset == pytest.approx(low)
    assert model.offset + model.scale == pytest.approx(max(view.data.max() for view in case.views))
    assert model.frequencies is not None
    assert model.frequencies.std() / model.radius == pytest.approx(0.075, rel=0.2)  # cycles per mm


def test_the_scale_of_the_intensities_does_not_matter(case: Case) -> None:
    settings = quick_settings(epochs=2)
    image = train_views(case.views, settings, 0, {})[0].reconstruct(case.grid)
    for scale in (1e-6, 1e6):
        scaled = make_case(scale=scale)
        found = train_views(scaled.views, settings, 0, {})[0].reconstruct(scaled.grid)
        np.testing.assert_allclose(found / scale, image, atol=2)  # of 1000


def test_without_data_consistency_there_are_no_residuals(case: Case) -> None:
    model, _ = train_views(case.views, quick_settings(epochs=1, data_consistency=False), 0, {})
    assert model.residuals == ()
    np.testing.assert_array_equal(model.reconstruct(case.grid), model.evaluate(case.grid))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=3), st.integers(1, 100), st.integers(0, 100))
def test_an_epoch_is_every_voxel_of_every_view_once(sizes: list[int], batch: int, seed: int) -> None:
    batches = list(epoch_batches(sizes, batch, np.random.default_rng(seed)))
    counts = [sum(map(len, parts)) for parts in batches]
    assert counts[:-1] == [batch] * (len(batches) - 1)
    assert 1 <= counts[-1] <= batch
    for view, size in enumerate(sizes):
        seen = np.concatenate([parts[view] for parts in batches])
        assert sorted(seen.tolist()) == list(range(size))


def test_a_batch_holds_every_view_and_epochs_differ_in_their_order() -> None:
    random = np.random.default_rng(0)
    first, second = (list(epoch_batches([500, 500], 50, random)) for _ in range(2))
    shares = [len(parts[0]) / 50 for parts in first]
    assert 0.2 < min(shares) < max(shares) < 0.8
    assert first[0][0].tolist() != second[0][0].tolist()


def test_offsets_across_the_slice(case: Case) -> None:
    view, random = case.views[0], np.random.default_rng(0)
    assert view.thickness == pytest.approx(4.0)
    assert slice_offsets(view, quick_settings(supervision="point"), random).tolist() == [0]
    three = quick_settings(samples_per_slice=3)
    draws = np.array([slice_offsets(view, three, random) for _ in range(5000)])
    assert draws.shape == (5000, 3)
    np.testing.assert_allclose(np.diff(draws, axis=1), 4 / 3)  # evenly spaced, one shared shift
    histogram = np.histogram(draws, bins=8, range=(-2, 2))[0] / draws.size
    np.testing.assert_allclose(histogram, 1 / 8, atol=0.01)


def test_offsets_of_a_gaussian_profile(case: Case) -> None:
    view, random = replace(case.views[0], profile="gaussian"), np.random.default_rng(0)
    four = quick_settings(samples_per_slice=4)
    draws = np.array([slice_offsets(view, four, random) for _ in range(5000)])
    assert draws.mean() == pytest.approx(0, abs=0.02)
    assert draws.std() == pytest.approx(4.0 / FWHM, rel=0.02)


def test_a_slice_is_the_mean_over_its_positions(case: Case, trained: tuple[CoordinateModel, Curve]) -> None:
    """Against the network at each shifted grid."""
    model = trained[0]
    encoders = [model.encoder(view.grid) for view in case.views]
    offsets = [np.array([-0.7, 0.4, 1.2]), np.array([-1.1, 0.2, 0.9])]
    voxels = [torch.tensor([3, case.views[0].data.size - 1]), torch.tensor([0, 5, 77])]
    found = predict_slices(model, encoders, case.views, voxels, offsets, [0, 0])
    expected = []
    for view, flat, shifts in zip(case.views, voxels, offsets, strict=True):
        images = []
        for shift in shifts:
            moved = view.grid.affine.copy()
            moved[:3, 3] += shift * view.grid.directions[:, view.axis]
            images.append(model.evaluate(type(view.grid)(view.grid.shape, moved)))
        expected += [
            (image.ravel()[flat] - model.offset) / model.scale for image in [np.mean(images, axis=0)]
        ]
    np.testing.assert_allclose(found.detach(), np.concatenate(expected), atol=1e-5)


def test_a_view_may_be_absent_from_a_batch(case: Case, trained: tuple[CoordinateModel, Curve]) -> None:
    model = trained[0]
    encoders = [model.encoder(view.grid) for view in case.views]
    voxels, none = torch.tensor([0, 5]), torch.tensor([], dtype=torch.int64)
    offsets = [np.zeros(1), np.zeros(1)]
    found = predict_slices(model, encoders, case.views, [none, voxels], offsets, [0, 0])
    expected = predict_slices(model, encoders[1:], case.views[1:], [voxels], offsets[1:], [0])
    assert torch.equal(found, expected)


def test_the_record_of_a_training(
    trained: tuple[CoordinateModel, Curve], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, curve = trained
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    record = training_record(model, curve, 12345, joules=67.5)
    assert record["train_joules"] == 67.5
    assert json.loads(json.dumps(record)) == record
    assert {key: record[key] for key in PROVENANCE} == PROVENANCE
    assert (record["seed"], record["model_bytes"], record["device"]) == (0, 12345, "cpu")
    assert record["parameters"] == (128 * 64 + 64) + 2 * (64 * 64 + 64) + 65
    assert record["steps"] == curve[-1]["step"]
    assert record["train_seconds"] == curve[-1]["seconds"] > 0
    assert record["final_loss"] == curve[-1]["loss"]
    assert record["hyperparameters"] == quick_settings().as_dict()
    assert set(record["software"]) == {"python", "isospine", "numpy", "scipy", "torch", "safetensors"}
    assert record["peak_memory_mb"] > 50
    assert record["environment"]["OPENBLAS_CORETYPE"] == "Haswell"
