"""Any trained model, read back from its file and ready to be evaluated on any grid."""

from pathlib import Path

import torch

from isospine.errors import InputError
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.earlier import completed
from isospine.models.prior.model import PriorModel
from isospine.training.files import read_contents

CLASSES: dict[str, type[CoordinateModel] | type[PriorModel]] = {
    "coordinate": CoordinateModel,
    "prior": PriorModel,
    "population": PriorModel,
}


def load_model(path: str | Path, device: str | torch.device = "cpu") -> CoordinateModel | PriorModel:
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
            raise TypeError("its provenance is no table")
        description = completed(description)
        kind = CLASSES[description["hyperparameters"]["model"]]
        return kind.from_contents(tensors, description, torch.device(device))
    except (InputError, KeyError, TypeError, ValueError, RuntimeError, ArithmeticError) as error:
        reason = " ".join(repr(error).split())
        raise InputError(f"{path}: incomplete model file ({reason}); train the model again") from error
