import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from scipy.ndimage import map_coordinates
from support.datasets import refuses
from support.quick_training import Case, quick_settings
from support.view_sets import train_views
from support.volumes import make_affine, make_views, smooth_image

from isospine.errors import InputError
from isospine.evaluation.metrics import psnr
from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.resample import resample
from isospine.models.coordinate import model as inr
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.load import load_model
from isospine.physics.aligned import AlignedOperator
from isospine.solvers.consistency import consistency_correction
from isospine.training import files as model_file
from isospine.training.files import save_model


@pytest.fixture(scope="module")
def model(case: Case) -> CoordinateModel:
    return train_views(case.views, quick_settings(epochs=3), 0, {"image": "sub-1_T2w", "method": "fourier"})[
        0
    ]


@pytest.fixture
def path(model: CoordinateModel, tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_model(model, path)
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"encoding": "none", "activation": "sine"},
        {"encoding": "none", "activation": "gabor", "omega": 8.0},
        {"hidden_layers": 3, "skip_every": 1},
        {"data_consistency": False},
        {"precision": "bfloat16"},
    ],
)
def test_a_saved_model_gives_the_same_volumes(case: Case, tmp_path: Path, changes: dict[str, object]) -> None:
    model = train_views(case.views, quick_settings(epochs=1, **changes), 3, {"image": "sub-1_T2w"})[0]
    path = tmp_path / "models" / "model.safetensors"
    save_model(model, path)
    (tmp_path / "any file").touch()
    assert path.stat().st_mode == (tmp_path / "any file").stat().st_mode
    loaded = load_model(path)
    for grid in (model.grid, model.grid.resampled(0.7)):
        np.testing.assert_array_equal(loaded.reconstruct(grid), model.reconstruct(grid))
    assert loaded.hyperparameters == model.hyperparameters
    assert loaded.provenance == model.provenance
    assert loaded.provenance["seed"] == 3
    assert loaded.parameters == model.parameters
    assert len(loaded.residuals) == len(model.residuals)
    again = tmp_path / "again.safetensors"
    save_model(loaded, again)
    assert again.read_bytes() == path.read_bytes()


def test_equal_seeds_give_equal_bytes_and_others_another_model(case: Case, tmp_path: Path) -> None:
    for name, seed in (("first", 0), ("again", 0), ("third", 0), ("other", 1)):
        model, _ = train_views(case.views, quick_settings(epochs=1), seed, {"image": "sub-1_T2w"})
        save_model(model, tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()
    assert (tmp_path / "first").read_bytes() == (tmp_path / "third").read_bytes()
    first, other = load_file(tmp_path / "first"), load_file(tmp_path / "other")
    assert first.keys() == other.keys()
    same = {name for name in first if torch.equal(first[name], other[name])}
    assert same == {"centre", "affine", "view.0.affine", "view.1.affine"}


def test_a_model_file_is_self_contained_and_names_no_place(path: Path, tmp_path: Path) -> None:
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    description = json.loads(metadata["isospine"])
    assert {"format", "radius", "offset", "scale", "shape", "views", "hyperparameters", "provenance"} == set(
        description
    )
    assert description["provenance"]["software"]["torch"]
    content = path.read_bytes()
    for place in (tmp_path, Path.home(), Path.cwd(), Path(__file__).parents[3]):
        assert str(place).encode() not in content

    def texts(value: object) -> list[str]:
        if isinstance(value, dict):
            return [text for item in value.items() for part in item for text in texts(part)]
        return [text for part in value for text in texts(part)] if isinstance(value, list) else [str(value)]

    assert not [text for text in texts(description) if text.startswith(("/", "~"))]


@pytest.mark.parametrize("kept", [0, 4, 8, 100, 0.5, 0.999])
def test_a_truncated_model_is_refused(path: Path, kept: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(kept if kept >= 1 else kept * len(content))])
    with refuses(str(path), "not a readable safetensors file", "train the model again"):
        load_model(path)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.safetensors"
    text.write_text("no model\n" * 100)
    for path in (text, tmp_path / "none.safetensors"):
        with refuses(str(path), "not a readable safetensors file", "train the model again"):
            load_model(path)
    with refuses(str(tmp_path), "is a folder; expected a regular file"):
        load_model(tmp_path)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}])
def test_a_foreign_safetensors_file_is_refused(tmp_path: Path, metadata: dict[str, str] | None) -> None:
    path = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(3)}, path, metadata=metadata)
    with refuses(str(path), "not a model of isospine", "its trainings wrote"):
        load_model(path)


def test_a_model_of_another_release_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "MODEL_FORMAT", "another")
    with refuses(str(path), "model format '1'", "reads 'another'", "train the model again"):
        load_model(path)


@pytest.mark.parametrize("missing", ["network.0.weight", "centre", "affine", "frequencies", "view.1"])
def test_an_incomplete_model_is_refused(path: Path, missing: str) -> None:
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    del tensors[missing]
    save_file(tensors, path, metadata=metadata)
    with refuses(str(path), "incomplete model file", "train the model again"):
        load_model(path)


@pytest.mark.parametrize(
    "description", ["", "{}", "[]", "null", '{"format": "1", "hyperparameters": {"size": 3}}']
)
def test_a_model_without_its_description_is_refused(path: Path, description: str) -> None:
    save_file(load_file(path), path, metadata={"isospine": description})
    with refuses(str(path), "incomplete model file"):
        load_model(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1), st.integers(0, 255))
def test_a_damaged_header_is_read_or_refused_never_a_crash(path: Path, place: float, value: int) -> None:
    content = bytearray(path.read_bytes())
    header = 8 + int.from_bytes(content[:8], "little")
    content[int(place * (header - 1))] = value
    damaged = path.with_name("damaged.safetensors")
    damaged.write_bytes(content)
    try:
        load_model(damaged)
    except InputError as error:
        assert str(damaged) in str(error)
        assert "\n" not in str(error)


@pytest.mark.parametrize("chunk", [1, 1000, 2**30])
def test_the_result_does_not_depend_on_the_chunks(
    model: CoordinateModel, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    grid = model.grid.resampled(0.9)
    expected = model.evaluate(grid)
    monkeypatch.setattr(inr, "CHUNK", chunk)
    np.testing.assert_allclose(model.evaluate(grid), expected, atol=0.01)  # of 1000


def test_a_reconstruction_explains_the_views_to_half_precision(case: Case, model: CoordinateModel) -> None:
    operator = AlignedOperator.of_views(case.views, case.grid)
    image = model.reconstruct(case.grid)
    for seen, view, residual in zip(operator.forward(image), case.views, model.residuals, strict=True):
        precision = np.abs(residual.data).max() * 2**-10
        assert np.abs(residual.data).max() > 50
        np.testing.assert_allclose(seen, view.data, atol=precision + 0.01)
    unexplained = operator.forward(model.evaluate(case.grid))
    assert np.abs(unexplained[0] - case.views[0].data).max() > 50


def test_what_the_network_lacks_is_added_without_steps_between_slices(case: Case) -> None:
    smooth = smooth_image(case.grid.shape, sigma=5)
    views = make_views(smooth, case.grid, [("axial", 5), ("sagittal", 4)])
    blank = train_views(views, quick_settings(epochs=1, learning_rate=1e-9), 0, {})[0]
    operator = AlignedOperator.of_views(views, case.grid)
    estimate = blank.evaluate(case.grid)
    smallest = consistency_correction(estimate, operator, [view.data for view in views])
    span = float(np.ptp(smooth))
    assert psnr(smooth, blank.reconstruct(case.grid), span) > psnr(smooth, estimate + smallest, span) + 3


def test_outputs_are_intensities_in_units_of_the_views(model: CoordinateModel) -> None:
    """A network whose output is 0.25 everywhere."""
    network = torch.nn.Sequential(torch.nn.Linear(128, 1))
    torch.nn.init.zeros_(network[0].weight)
    torch.nn.init.constant_(network[0].bias, 0.25)
    constant = replace(model, network=network, offset=-30.0, scale=200.0)
    np.testing.assert_allclose(constant.evaluate(Grid((2, 3, 4), make_affine())), 20)


def waves(grid: Grid) -> FloatArray:
    """Give a smooth function of the world coordinates: two waves of 14 and 18 mm, between 0 and 1000."""
    world = grid.world(np.moveaxis(np.indices(grid.shape), 0, -1).astype(float))
    x, y, z = np.moveaxis(world, -1, 0) * 2 * np.pi
    return np.asarray(500 + 250 * np.sin((x + 0.5 * z) / 14) + 250 * np.cos((y - 0.5 * x) / 18))


@pytest.mark.parametrize("data_consistency", [False, True])
def test_a_smooth_function_is_reconstructed_at_half_a_millimetre(data_consistency: bool) -> None:
    grid = Grid((20, 25, 20), make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.1, -0.05, 0.1)))
    views = make_views(waves(grid).astype(np.float32), grid, [("axial", 5), ("sagittal", 4)])
    settings = quick_settings(epochs=25, bandwidth=0.05, data_consistency=data_consistency)
    model, _ = train_views(views, settings, 0, {})
    fine = model.grid.resampled(0.5)
    assert fine.shape == (32, 40, 32)
    inside = (slice(4, -4),) * 3
    assert psnr(waves(fine)[inside], model.reconstruct(fine)[inside], 1000) > 33
    np.testing.assert_allclose(model.grid.affine, grid.affine, atol=1e-9)


def test_a_model_can_be_evaluated_anywhere(model: CoordinateModel) -> None:
    """One voxel at a time, on a grid of another orientation, gives what the whole grid gives."""
    whole = model.evaluate(model.grid)
    for index in [(0, 0, 0), (3, 7, 11)]:
        affine = make_affine(rotation=(0.5, 0.1, 0.2), spacing=0.3)
        affine[:3, 3] = model.grid.world(np.array(index, float))
        np.testing.assert_allclose(model.evaluate(Grid((1, 1, 1), affine))[0, 0, 0], whole[index], atol=0.01)


def test_resampling_is_cubic_interpolation() -> None:
    source = Grid((25, 26, 27), make_affine((1, 2, 0), (-1, 1, 1)))
    image = smooth_image(source.shape, sigma=1)
    assert resample(image, source, source) is image
    target = Grid((6, 7, 8), make_affine((0, 2, 1), (1, -1, 1), 0.6, rotation=(0.1, 0.2, 0)))
    target = replace(target, affine=target.affine.copy())
    target.affine[:3, 3] += source.centre - target.centre
    world = target.world(np.moveaxis(np.indices(target.shape), 0, -1).astype(float))
    indices = np.moveaxis(source.indices(world.reshape(-1, 3)), -1, 0)
    expected = map_coordinates(image.astype(float), indices, order=3, mode="nearest").reshape(target.shape)
    np.testing.assert_allclose(resample(image, source, target), expected, atol=0.05)  # of 1000
    part = source.cropped((0, 0, 0), (25, 26, 5))  # exact at the samples, those of the borders too
    np.testing.assert_allclose(resample(image, source, part), image[:, :, :5], atol=0.01)
