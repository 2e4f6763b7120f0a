"""Models of every kind are trained, stored and evaluated on the device of their session."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support import resumable
from support.pretend_gpu import pretended_gpu
from support.resumable import PROVENANCE, TRAININGS, views_of
from support.view_sets import train_views

from isospine.models.load import load_model
from isospine.recipes.hyperparameters import PretrainedHyperparameters
from isospine.recipes.kinds import KINDS
from isospine.training.files import save_model, training_record

#: A few steps of each kind.
SHORT: dict[str, dict[str, Any]] = {
    "coordinate": {"epochs": 1, "precision": "float32"},
    "prior": {"steps": 3},
    "population": {"steps": 2, "population_steps": 2},
    "pretrained": {"refine": 3},
}


def pretrained(refine: int):
    """Refine the weights that come with isospine; this cannot be interrupted, so that it is none of `TRAININGS`."""
    settings = PretrainedHyperparameters("pretrained", "isospine", refine, True, "float32")
    return resumable.train_views(views_of(2), settings, 0, PROVENANCE)


def train_on(device: str, kind: str, monkeypatch: pytest.MonkeyPatch):
    """Train on a device, which a training of `TRAININGS` does not ask for by itself."""
    with monkeypatch.context() as patch:
        on_device = lambda *args, **more: train_views(*args, **more, device=device)  # noqa: E731
        patch.setattr("support.resumable.train_views", on_device)
        return (TRAININGS | {"pretrained": pretrained})[kind](**SHORT[kind])


def check(device: str, kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch, tolerance: float) -> None:
    model, curve = train_on(device, kind, monkeypatch)
    assert model.device.type == model.provenance["device"] == device
    assert training_record(model, curve, 1)["device"].startswith(device)
    image = model.reconstruct(model.grid)
    save_model(model, folder / "model.safetensors")
    again = load_model(folder / "model.safetensors", device)
    assert again.device.type == device
    np.testing.assert_allclose(again.reconstruct(model.grid), image, atol=tolerance * np.ptp(image))
    here = load_model(folder / "model.safetensors")
    assert here.device.type == "cpu"
    np.testing.assert_allclose(here.reconstruct(model.grid), image, atol=tolerance * np.ptp(image))
    expected = train_on("cpu", kind, monkeypatch)[0].reconstruct(model.grid)
    np.testing.assert_allclose(image, expected, atol=tolerance * np.ptp(image))


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if not kind.needs_earlier])
def test_nothing_is_left_on_the_processor(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pretended_gpu() as device:
        check(device, kind, tmp_path, monkeypatch, tolerance=1e-3)


def test_the_pretended_gpu_tells_devices_apart() -> None:
    with pretended_gpu() as device:
        there = torch.ones(2, device=device)
        assert (there + 1).device.type == there.device.type == device
        assert (there.cpu() + torch.ones(2)).tolist() == [2, 2]
        with pytest.raises(RuntimeError, match="on the same device"):
            there + torch.ones(2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that PyTorch sees, and sees none")
@pytest.mark.parametrize("kind", KINDS)
def test_a_gpu_gives_the_images_of_the_processor(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check("cuda", kind, tmp_path, monkeypatch, tolerance=1e-2)
