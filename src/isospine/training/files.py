"""Model files: self-contained safetensors of any kind of model, with the training's curve and record beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from isospine.errors import InputError
from isospine.io.atomic import atomic_path, write_json
from isospine.io.tables import write_table
from isospine.io.text import check_regular
from isospine.jobs.device import device_name
from isospine.jobs.memory import peak_memory_mb
from isospine.jobs.steering import steering_variables
from isospine.training.trainable import Trainable

#: Version of the model file's layout.
MODEL_FORMAT = "1"


def save_model(model: Trainable, path: str | Path) -> None:
    """Write a self-contained safetensors file: weights, transform, views or their residuals, and settings."""
    tensors, description = model.contents()
    description["format"] = MODEL_FORMAT
    # one key alone: safetensors writes several in random order
    metadata = {"isospine": json.dumps(description, sort_keys=True)}
    with atomic_path(path) as temporary:
        # not save_file, which keeps the file from everyone else, whatever the umask says
        temporary.write_bytes(save({name: part.contiguous() for name, part in tensors.items()}, metadata))


def read_contents(path: str | Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Read the tensors and the description in a model file.

    Raises
    ------
    InputError
        If the file is missing, damaged, or of another layout.
    """
    try:
        check_regular(path)
        with safe_open(path, framework="pt", device="cpu") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"{path}: not a readable safetensors file ({error}); train the model again"
        ) from error
    if "isospine" not in metadata:
        raise InputError(f"{path}: not a model of isospine; expected a file that one of its trainings wrote")
    try:
        description = json.loads(metadata["isospine"])
        found = description["format"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: incomplete model file ({error!r}); train the model again") from error
    if found != MODEL_FORMAT:
        raise InputError(
            f"{path}: has model format {found!r}; this isospine reads {MODEL_FORMAT!r}: "
            "train the model again, or use the release that wrote it"
        )
    return tensors, description


def network_bytes(tensors: Mapping[str, torch.Tensor], number_format: torch.dtype) -> int:
    """Count the bytes of a model's tensors without views and fingerprints of bodies, with trained weights in a number format.

    Parameters
    ----------
    tensors : mapping
        Content of a model file. What is not trained (frequencies, affine) counts as it is stored.
    number_format : torch.dtype
        Of the trained weights, such as float32 or bfloat16.
    """
    return sum(
        tensor.numel() * number_format.itemsize if name.startswith("network.") else tensor.nbytes
        for name, tensor in tensors.items()
        if not name.startswith(("view.", "body."))
    )


def training_record(
    model: Trainable, curve: list[dict[str, float]], model_bytes: int, joules: float | None = None
) -> dict[str, Any]:
    """Describe the cost and the result of a training, for the JSON file beside the model.

    Of a training that gave a model for each of several contrasts, time and energy are shared out evenly.
    """
    tensors, _ = model.contents()
    models = len(model.provenance.get("contrasts", [None]))
    return {
        **model.provenance,
        "hyperparameters": model.hyperparameters.as_dict(),
        "train_seconds": curve[-1]["seconds"] / models,
        "train_joules": None if joules is None else joules / models,
        "final_loss": curve[-1]["loss"],
        "steps": int(curve[-1]["step"]),
        "parameters": model.parameters,
        "network_bytes_float32": network_bytes(tensors, torch.float32),
        "network_bytes_bfloat16": network_bytes(tensors, torch.bfloat16),
        "model_bytes": model_bytes,
        "peak_memory_mb": peak_memory_mb(),
        "threads": torch.get_num_threads(),
        "device": device_name(model.device),
        "environment": steering_variables(),
    }


def save_training(
    model: Trainable,
    curve: list[dict[str, float]],
    model_path: str | Path,
    curve_path: str | Path,
    record_path: str | Path,
    joules: float | None = None,
) -> None:
    """Write a trained model, its training curve (TSV) and its record (JSON) with the energy that it took."""
    save_model(model, model_path)
    write_table(curve, curve_path)
    write_json(record_path, training_record(model, curve, Path(model_path).stat().st_size, joules))
