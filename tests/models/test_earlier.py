"""Models that earlier commits wrote are read as they were, or refused; tests/golden/models/README.md says how they are made."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file
from safetensors.torch import save
from support.datasets import refuses

from isospine.models.load import load_model
from isospine.physics.operator import operator_of
from isospine.recipes.kinds import keys_of, later_values
from isospine.training.files import MODEL_FORMAT, read_contents, save_model

MODELS = Path(__file__).parents[1] / "golden" / "models"

#: Intensities range over about 1000; single precision, and the order of sums that changed since.
TOLERANCE = 1e-3

#: Commits whose coordinate networks were corrected by the smallest change alone, which has the steps of the slices.
BEFORE_SMOOTH_CORRECTIONS = ("35b119c", "bb4d944")


def stored(pattern: str = "*") -> list[Path]:
    paths = sorted(
        path for path in MODELS.glob(f"{pattern}.safetensors") if path.with_suffix(".expected").exists()
    )
    assert paths
    return paths


@pytest.mark.parametrize("path", stored(), ids=lambda path: path.stem)
def test_an_earlier_model_gives_what_it_gave(path: Path) -> None:
    model, expected = load_model(path), load_file(path.with_suffix(".expected"))
    np.testing.assert_allclose(model.evaluate(model.grid), expected["network"], atol=TOLERANCE)
    if not path.stem.endswith(BEFORE_SMOOTH_CORRECTIONS):
        np.testing.assert_allclose(model.reconstruct(model.grid), expected["reconstruction"], atol=TOLERANCE)


@pytest.mark.parametrize("path", stored("coordinate-*"), ids=lambda path: path.stem)
def test_an_earlier_reconstruction_explains_the_views_as_it_did(path: Path) -> None:
    """Which of the images that explain them is today's choice; that they are explained is the model's."""
    model, expected = load_model(path), load_file(path.with_suffix(".expected"))
    operator = operator_of(model.residuals, model.grid)
    for now, then in zip(
        operator.forward(model.reconstruct(model.grid)),
        operator.forward(expected["reconstruction"]),
        strict=True,
    ):
        np.testing.assert_allclose(now, then, atol=0.01)


@pytest.mark.parametrize("name", ["coordinate-62d4ad2", "prior-35b119c"])
def test_what_has_changed_too_much_is_refused(name: str) -> None:
    path = MODELS / f"{name}.safetensors"
    with refuses(str(path), "train the model again"):
        load_model(path)


@pytest.mark.parametrize("path", stored(), ids=lambda path: path.stem)
def test_an_earlier_model_is_written_as_one_of_today(path: Path, tmp_path: Path) -> None:
    model = load_model(path)
    save_model(model, tmp_path / "model.safetensors")
    _, description = read_contents(tmp_path / "model.safetensors")
    written = keys_of(model.hyperparameters.model)
    assert list(description["hyperparameters"]) == sorted(key for key in written if key != "initial")
    again = load_model(tmp_path / "model.safetensors")
    assert again.evaluate(model.grid).tobytes() == model.evaluate(model.grid).tobytes()


def test_the_oldest_model_of_each_kind_lacks_what_is_said_to_be_later() -> None:
    """A hyperparameter that is added without a value for earlier models fails here: the file of today lacks it."""
    for kind, commit in (("coordinate", "35b119c"), ("prior", "ea1bf03")):
        _, earlier = read_contents(MODELS / f"{kind}-{commit}.safetensors")
        lacking = set(keys_of(kind)) - set(earlier["hyperparameters"])
        assert lacking == set(later_values(kind))
    assert not later_values("population")


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    """As a version of tomorrow would write it: what is known of it is the number alone."""
    later = str(int(MODEL_FORMAT) + 1)
    path = tmp_path / "model.safetensors"
    with safe_open(stored()[0], framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    path.write_bytes(save(tensors, {"isospine": json.dumps({"format": later, "weights": "elsewhere"})}))
    with refuses(str(path), f"format '{later}'", f"reads '{MODEL_FORMAT}'", "the release that wrote it"):
        load_model(path)
