"""Several contrasts in one network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.datasets import refuses
from support.view_sets import set_of
from support.volumes import make_affine, smooth_image

from isospine.cli.main import main
from isospine.geometry.grid import Grid
from isospine.io.nifti import load_volume, save_volume
from isospine.methods import registry
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.train import train
from isospine.physics.simulate import acquire
from isospine.physics.view import View
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.training.checkpoint import Checkpoint, State
from isospine.training.session import Session
from isospine.training.trainable import Curve

GRID = Grid((20, 24, 20), make_affine(spacing=1.0))
ANATOMY = smooth_image(GRID.shape, sigma=2.0) / 1000
#: Two contrasts of one anatomy: what is bright in one is dark in the other, in other units.
CONTRASTS = {
    "T1w": (200 + 300 * ANATOMY).astype(np.float32),
    "T2w": (90 - 80 * ANATOMY**2).astype(np.float32),
}
QUICK = known_recipes()["fourier"] | {"L": 16, "width": 32, "hidden_layers": 2, "epochs": 4}
SETTINGS = Hyperparameters(**QUICK)


def train_contrasts(
    views: dict[str, list[View]], grid: Grid | None = GRID, **session: Any
) -> tuple[dict[str, CoordinateModel], Curve]:
    """Train one network on the views of several contrasts, on one grid or each on its own."""
    return train([set_of(own, name, grid) for name, own in views.items()], SETTINGS, Session(**session))


@pytest.fixture(scope="module")
def views() -> dict[str, list[View]]:
    return {
        "T1w": [acquire(CONTRASTS["T1w"], GRID, "axial", 4, "box")],
        "T2w": [acquire(CONTRASTS["T2w"], GRID, "sagittal", 4, "box")],
    }


def test_each_contrast_is_reconstructed_in_its_own_intensities(views: dict[str, list[View]]) -> None:
    models, curve = train_contrasts(views)
    assert list(models) == ["T1w", "T2w"] and curve[-1]["loss"] < curve[0]["loss"]
    for name, model in models.items():
        image = model.reconstruct(GRID)
        assert np.corrcoef(image.ravel(), CONTRASTS[name].ravel())[0, 1] > 0.9
        assert image.mean() == pytest.approx(CONTRASTS[name].mean(), rel=0.02)
        assert model.provenance["contrast"] == name and model.provenance["contrasts"] == ["T1w", "T2w"]


def test_the_trunk_is_shared_and_the_outputs_are_not(views: dict[str, list[View]]) -> None:
    models, _ = train_contrasts(views)
    first, second = (model.network.state_dict() for model in models.values())
    *trunk, weight, bias = first
    assert all(first[name].equal(second[name]) for name in trunk)
    assert (
        not first[weight].equal(second[weight])
        and first[weight].shape == (1, 32)
        and first[bias].shape == (1,)
    )


def test_one_contrast_is_a_group_of_one(views: dict[str, list[View]]) -> None:
    """Its file is that of a network that knows of no other: a file of a shared network names them all."""
    (model,) = train_contrasts({"T1w": views["T1w"]}, provenance={"contrast": "T1w"})[0].values()
    assert model.network[-1].out_features == 1 and model.grid is GRID
    assert list(model.provenance) == ["contrast", "seed", "device", "software"]


def test_a_second_contrast_changes_the_first(views: dict[str, list[View]]) -> None:
    together, _ = train_contrasts(views)
    alone, _ = train_contrasts({"T1w": views["T1w"]})
    assert np.abs(together["T1w"].evaluate(GRID) - alone["T1w"].evaluate(GRID)).max() > 1


def test_contrasts_keep_their_own_grids(views: dict[str, list[View]]) -> None:
    """Another voxel size and other axes: the coordinates are those of a field that holds both."""
    other = Grid((15, 12, 26), make_affine((1, 2, 0), (-1, 1, 1), spacing=1.6))
    both = views | {"T2w": [acquire(smooth_image(other.shape), other, "sagittal", 3, "box")]}
    models, _ = train_contrasts(both, grid=None)
    for name, model in models.items():
        (view,) = both[name]
        assert model.grid.shape[model_axis := view.axis] >= view.grid.shape[model_axis]
        np.testing.assert_allclose(np.sort(model.grid.spacing), [1.0 if name == "T1w" else 1.6] * 3)
        corners = np.array([np.zeros(3), np.array(model.grid.shape) - 1.0])
        assert np.abs((model.grid.world(corners) - model.centre) / model.radius).max() <= 1
    assert models["T1w"].radius == models["T2w"].radius


def test_contrasts_of_other_parts_of_the_body_are_refused(views: dict[str, list[View]]) -> None:
    affine = make_affine(spacing=1.0)
    affine[0, 3] += 20  # as long as the field of view
    beside = Grid(GRID.shape, affine)
    both = views | {"T2w": [acquire(CONTRASTS["T2w"], beside, "sagittal", 4, "box")]}
    with refuses(
        "sub-01, T1w, T2w", "fields of view 1 and 2 of 2", "do not overlap", "correct their affines"
    ):
        train_contrasts(both, grid=None, provenance={"image": "sub-01"})


def test_a_stopped_training_of_contrasts_goes_on(views: dict[str, list[View]], tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    through, _ = train_contrasts(views)

    class StoppedError(Exception):
        pass

    class Stopping(Checkpoint):
        def _keep(self, path: Path, state: State) -> None:
            super()._keep(path, state)
            raise StoppedError

    with pytest.raises(StoppedError):
        train_contrasts(views, checkpoint=Stopping(path, interval=0.0))
    found, _ = train_contrasts(views, checkpoint=Checkpoint(path))
    for name, model in found.items():
        np.testing.assert_array_equal(model.evaluate(GRID), through[name].evaluate(GRID))


@pytest.fixture
def files(views: dict[str, list[View]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.setattr(registry, "known_recipes", lambda: {"fourier": QUICK})
    paths = []
    for name, (view,) in views.items():
        paths.append(tmp_path / f"sub-01_{name}.nii.gz")
        save_volume(paths[-1], view.data, view.grid.affine, {"SliceThickness": 4.0})
    return paths


def test_the_command_writes_a_volume_of_each_contrast(files: list[Path], tmp_path: Path) -> None:
    arguments = [*map(str, files), "-o", str(tmp_path / "iso.nii.gz"), "--no-alignment"]
    assert main(["reconstruct", *arguments, "--model", str(tmp_path / "m.safetensors")]) == 0
    for name, truth in CONTRASTS.items():
        image, _ = load_volume(tmp_path / f"iso_{name}.nii.gz")
        assert image.mean() == pytest.approx(truth.mean(), rel=0.05)
        assert (tmp_path / f"m_{name}.safetensors").exists()
    assert not (tmp_path / "iso.nii.gz").exists()


@pytest.mark.parametrize(
    ("option", "message"),
    [(["--method", "tv"], "several contrasts"), (["--slice-motion"], "of one contrast")],
)
def test_what_contrasts_cannot_have_is_refused(
    files: list[Path], tmp_path: Path, option: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reconstruct", *map(str, files), "-o", str(tmp_path / "iso.nii.gz"), *option]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("iso*"))
