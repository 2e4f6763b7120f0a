"""Write tiny models with the code that is on PYTHONPATH, of this commit or an earlier one: see README.md."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import torch
from isospine.acquisition import View, acquire
from isospine.hyperparameters import Hyperparameters
from safetensors.numpy import save_file
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from isospine import training
from isospine.geometry import Grid

try:  # where earlier commits had it
    from isospine import model_file
except ImportError:
    from isospine import inr as model_file
try:
    from isospine.hyperparameters import PriorHyperparameters
    from isospine.prior_training import train_prior
except ImportError:
    try:
        from isospine.prior_model import train_prior
    except ImportError:
        train_prior = None

#: Of every hyperparameter that there has ever been; a commit takes those that it knows.
COORDINATE = {
    "model": "coordinate", "encoding": "gaussian", "L": 4, "bandwidth": 0.05, "activation": "relu", "omega": 30.0,
    "gabor_scale": 6.0, "width": 8, "hidden_layers": 2, "skip_every": 0, "supervision": "profile", "samples_per_slice": 3,
    "epochs": 3, "batch": 64, "learning_rate": 4e-3, "data_consistency": True, "precision": "float32",
    "contrasts": "separate",
}  # fmt: skip
PRIOR = {
    "model": "prior", "L": 4, "width": 4, "hidden_layers": 1, "cells": 100, "steps": 20, "batch": 16, "learning_rate": 2e-3,
    "weight_decay": 0.1, "data_consistency": True, "precision": "float32",
}  # fmt: skip
PROVENANCE = {"image": "sub-phantom_T2w", "method": "tiny", "seed": 0}


def phantom() -> list[View]:
    """Noise-free axial and sagittal views of a smooth oblique volume."""
    affine = np.eye(4)
    affine[:3, :3] = 0.8 * Rotation.from_euler("xyz", (95, 3, 88), degrees=True).as_matrix()
    affine[:3, 3] = (-5, 4, 9)
    noise = gaussian_filter(np.random.default_rng(0).normal(size=(6, 12, 12)), 1.5)
    image = ((noise - noise.min()) / np.ptp(noise) * 1000).astype(np.float32)
    grid = Grid((6, 12, 12), affine)
    return [acquire(image, grid, "axial", 4, "box"), acquire(image, grid, "sagittal", 3, "box")]


def known(kind: type, settings: dict[str, object]) -> object:
    """Hyperparameters of a kind, as far as this commit has them."""
    names = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: value for name, value in settings.items() if name in names})


def write(model: object, path: Path) -> None:
    """Store a model, and beside it what it gives on its own grid."""
    model_file.save_model(model, path)
    volumes = {"network": model.evaluate(model.grid), "reconstruction": model.reconstruct(model.grid)}
    save_file(
        {name: np.ascontiguousarray(volume) for name, volume in volumes.items()},
        path.with_suffix(".expected"),
    )


if __name__ == "__main__":
    folder, commit = Path(sys.argv[1]), sys.argv[2]
    torch.set_num_threads(1)
    model, _ = training.train(phantom(), known(Hyperparameters, COORDINATE), 0, PROVENANCE)
    write(model, folder / f"coordinate-{commit}.safetensors")
    if train_prior is not None:
        model, _ = train_prior(phantom(), known(PriorHyperparameters, PRIOR), 0, PROVENANCE)
        write(model, folder / f"prior-{commit}.safetensors")
