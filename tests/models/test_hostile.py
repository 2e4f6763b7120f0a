"""Model files whose description and weights say something impossible: refused at once, whatever they ask for."""

import json
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import model_target
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from support.datasets import refuses

from isospine.cli.main import main
from isospine.models.load import load_model
from isospine.recipes.kinds import read_hyperparameters
from isospine.training.files import save_model

COORDINATE, PRIOR = model_target.FILES
FOURIER = model_target.coordinate_model()


def write(folder: Path, content: bytes) -> Path:
    path = folder / "model.safetensors"
    path.write_bytes(content)
    return path


def described(folder: Path, content: bytes, change: Callable[[dict[str, Any]], object]) -> Path:
    """Write a model with another description."""
    path = write(folder, content)
    with safe_open(path, framework="pt") as file:
        description = json.loads(file.metadata()["isospine"])
    change(description)
    save_file(load_file(path), path, metadata={"isospine": json.dumps(description)})
    return path


def with_tensors(folder: Path, content: bytes, **changes: torch.Tensor) -> Path:
    """Write a model with other tensors, whose names have a dot for each pair of underscores."""
    path = write(folder, content)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    tensors = load_file(path) | {name.replace("__", "."): value for name, value in changes.items()}
    save_file(tensors, path, metadata=metadata)
    return path


@pytest.mark.parametrize("content", [COORDINATE, PRIOR])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden_layers", 10**9),  # to build them alone would take hours
        ("hidden_layers", 2),
        ("hidden_layers", -1),
        ("width", 10**7),  # 400 TB
        ("width", 10**30),
        ("width", 2.5),
        ("width", True),
        ("width", "2"),
        ("L", 10**9),
        ("precision", 3),
        ("learning_rate", math.nan),
        ("model", "unknown"),
        ("model", ["prior"]),
    ],
)
def test_hyperparameters_that_are_none_or_of_another_network(
    tmp_path: Path, content: bytes, key: str, value: Any
) -> None:
    if key == "L" and content is COORDINATE:
        return  # the frequencies count
    path = described(tmp_path, content, lambda about: about["hyperparameters"].update({key: value}))
    with refuses(str(path), "incomplete model file", "train the model again"):
        load_model(path)


@pytest.mark.parametrize("content", [COORDINATE, PRIOR])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("shape", [2**20, 2**20, 2**20]),
        ("shape", [4, 4]),
        ("shape", [4, 4, 0]),
        ("shape", [4.0, 4, 6]),
        ("shape", "446"),
        ("scale", 0),
        ("scale", math.nan),
        ("offset", math.inf),
        ("offset", None),
        ("views", {"a": 1}),
        ("views", [1]),
        ("provenance", "me"),
        ("hyperparameters", []),
        ("hyperparameters", {}),
    ],
)
def test_a_description_that_is_none(tmp_path: Path, content: bytes, key: str, value: Any) -> None:
    path = described(tmp_path, content, lambda about: about.update({key: value}))
    with refuses(str(path), "incomplete model file", "train the model again"):
        load_model(path)


@pytest.mark.parametrize("content", [COORDINATE, PRIOR])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("axis", 3),
        ("axis", -1),
        ("axis", 1.5),
        ("thickness", 0),
        ("thickness", math.inf),
        ("profile", "sharp"),
        ("x", 1),
    ],
)
def test_views_that_are_none(tmp_path: Path, content: bytes, key: str, value: Any) -> None:
    path = described(tmp_path, content, lambda about: about["views"][0].update({key: value}))
    with refuses(str(path), "incomplete model file"):
        load_model(path)


@pytest.mark.parametrize("thickness", [1e-300, 1e6, 1e300])
def test_a_prior_of_slices_that_are_not_those_of_its_network(tmp_path: Path, thickness: float) -> None:
    """The thickness in voxels says how many inputs its network has."""
    path = described(tmp_path, PRIOR, lambda about: about["views"][0].update(thickness=thickness))
    with refuses(str(path), "incomplete model file"):
        load_model(path)


@pytest.mark.parametrize("contrasts", [[], [1.0, 1.0], [0.0], ["1"]])
def test_contrasts_that_are_not_those_of_the_networks(tmp_path: Path, contrasts: list[Any]) -> None:
    path = described(tmp_path, PRIOR, lambda about: about.update(contrasts=contrasts))
    with refuses(str(path), "incomplete model file"):
        load_model(path)


@pytest.mark.parametrize(
    ("content", "name", "tensor"),
    [
        (COORDINATE, "network__0__weight", torch.full((2, 4), torch.nan)),
        (COORDINATE, "network__0__weight", torch.zeros(2, 4, dtype=torch.float64)),
        (COORDINATE, "network__0__weight", torch.zeros(2, 4, dtype=torch.int32)),
        (COORDINATE, "network__0__weight", torch.zeros(3, 4)),
        (COORDINATE, "network__9__weight", torch.zeros(3)),
        (COORDINATE, "frequencies", torch.zeros(2, 2, dtype=torch.float64)),
        (COORDINATE, "frequencies", torch.zeros(0, 3, dtype=torch.float64)),
        (COORDINATE, "frequencies", torch.zeros(2, 3)),
        (COORDINATE, "centre", torch.zeros(4, dtype=torch.float64)),
        (COORDINATE, "affine", torch.zeros(4, 4, dtype=torch.float64)),
        (COORDINATE, "affine", torch.diag(torch.tensor([1e9, 1, 1, 1], dtype=torch.float64))),
        (COORDINATE, "affine", torch.ones(4, 4, dtype=torch.float64) + torch.eye(4, dtype=torch.float64)),
        (COORDINATE, "view__0", torch.zeros(4, 4, dtype=torch.float16)),
        (COORDINATE, "view__0", torch.zeros(4, 4, 3, dtype=torch.bfloat16)),
        (COORDINATE, "view__0", torch.full((4, 4, 3), torch.inf, dtype=torch.float16)),
        (PRIOR, "view__0", torch.zeros(4, 4, 40, dtype=torch.float16)),
        (PRIOR, "view__0__affine", torch.eye(4, dtype=torch.float64)),
    ],
)
def test_tensors_that_are_none(tmp_path: Path, content: bytes, name: str, tensor: torch.Tensor) -> None:
    path = with_tensors(tmp_path, content, **{name: tensor})
    with refuses(str(path), "incomplete model file", "train the model again"):
        load_model(path)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"format": ' + "9" * 5000 + "}", '{"format": "1"}', '"1"', "1"]
)
def test_a_description_that_python_stumbles_over(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, COORDINATE)
    save_file(load_file(path), path, metadata={"isospine": text})
    with refuses(str(path), "model"):
        load_model(path)


@pytest.mark.parametrize(
    "content",
    [
        struct.pack("<Q", 2**63) + COORDINATE[8:],
        struct.pack("<Q", 0),
        b"\x80\x04cos\nsystem\n(S'touch x'\ntR.",  # a pickle
        b"PK\3\4" + COORDINATE,  # a zip, as torch.save writes
        COORDINATE[:8] + COORDINATE[8:].replace(b'"data_offsets":[0', b'"data_offsets":[9', 1),
    ],
)
def test_only_safetensors_are_read(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path, content)
    with refuses(str(path), "not a readable safetensors file"):
        load_model(path)


def test_a_model_without_a_method_is_refused_before_it_is_evaluated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = described(tmp_path, COORDINATE, lambda about: about.update(provenance={"method": 3}))
    output = tmp_path / "a.nii.gz"
    assert main(["resample", str(path), "-o", str(output), "--spacing", "0.8"]) == 2
    assert "does not say its method" in capsys.readouterr().err and not output.exists()


def test_good_models_and_hyperparameters_are_read(tmp_path: Path) -> None:
    for content in (COORDINATE, PRIOR):
        load_model(write(tmp_path, content))
    settings = FOURIER.hyperparameters.as_dict()
    assert read_hyperparameters(settings) == FOURIER.hyperparameters
    assert read_hyperparameters(settings | {"omega": 30}).as_dict()["omega"] == 30  # YAML has no point there
    save_model(FOURIER, tmp_path / "a.safetensors")
    assert load_model(tmp_path / "a.safetensors").hyperparameters == FOURIER.hyperparameters
