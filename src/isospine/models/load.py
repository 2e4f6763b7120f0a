"""Load a trained model of any kind from its file, ready to be evaluated on any grid."""

from pathlib import Path
from typing import Any

import torch

from isospine.errors import InputError
from isospine.recipes.former_names import present_name
from isospine.recipes.kinds import kind_of, later_values
from isospine.recipes.lookup import resolve
from isospine.training.files import read_contents
from isospine.training.trainable import Model


def load_model(path: str | Path, device: str | torch.device = "cpu") -> Model:
    """Read a model file.

    Parameters
    ----------
    path : path-like
        A file that a training wrote.
    device : torch.device
        Where the weights are wanted.

    Raises
    ------
    InputError
        If the file is missing, damaged, of another layout, or lacks a part.
    """
    tensors, description = read_contents(path)
    try:
        for name, tensor in tensors.items():
            if not torch.isfinite(tensor).all():
                raise ValueError(f"{name} holds NaN or infinite numbers")
        if not isinstance(description["provenance"], dict):
            raise TypeError("its provenance is not a table")
        description = completed(description)
        model: Model = resolve(kind_of(description["hyperparameters"]).model).from_contents(
            tensors, description, torch.device(device)
        )
    except (InputError, KeyError, TypeError, ValueError, RuntimeError, ArithmeticError) as error:
        reason = " ".join(repr(error).split())
        raise InputError(f"{path}: incomplete model file ({reason}); train the model again") from error
    return model


def completed(description: dict[str, Any]) -> dict[str, Any]:
    """Complete the description of a model with the entries that files of earlier versions lack.

    Parameters
    ----------
    description : dict
        That of a model file of the present format.
    """
    settings = description["hyperparameters"]
    later = later_values(settings["model"])
    # all views were aligned: none needed another to stand in for it
    made_by = {
        key: present_name(name) if key in ("method", "recipe") else name
        for key, name in description["provenance"].items()
    }
    present = {"hyperparameters": later | settings, "provenance": made_by}
    return {"stand_ins": 0} | description | present
