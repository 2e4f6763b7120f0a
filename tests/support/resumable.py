"""One small training of each kind, and what is compared of them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from support.quick_training import make_case, quick_settings
from support.view_sets import train_views
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.grid import Grid
from isospine.physics.view import View
from isospine.recipes.hyperparameters import (
    PopulationHyperparameters,
    PretrainedHyperparameters,
    PriorHyperparameters,
)
from isospine.training.checkpoint import Checkpoint
from isospine.training.files import save_training
from isospine.training.optimiser import Optimiser
from isospine.training.trainable import Curve, Model

PROVENANCE = {"image": "sub-07_T2w"}


PRIOR = PopulationHyperparameters(
    model="population",
    L=9,
    width=16,
    hidden_layers=1,
    cells=150,
    steps=25,
    batch=64,
    learning_rate=2e-3,
    weight_decay=0.1,
    data_consistency=True,
    precision="float32",
    population_images=1,
    population_cells=150,
    population_steps=15,
)

PRETRAINED = PretrainedHyperparameters(
    model="pretrained", weights="isospine", refine=30, data_consistency=True, precision="float32"
)


SHAPE = (12, 14, 16)


AFFINE = make_affine((1, 2, 0), (-1, 1, 1))


Trained = tuple[Model, Curve]


Training = Callable[..., Trained]


@cache
def views_of(planes: int) -> list[View]:
    grid = Grid(SHAPE, AFFINE)
    specs = [("axial", 2.0), ("sagittal", 2.0), ("coronal", 2.0)][:planes]
    return make_views(smooth_image(grid.shape, sigma=1.3), grid, specs)


def coordinate(checkpoint: Checkpoint | None = None, seed: int = 0, **changes: Any) -> Trained:
    """Three epochs of 17 steps."""
    settings = quick_settings(**({"epochs": 3, "width": 16, "L": 8, "batch": 230} | changes))
    return train_views(make_case().views, settings, seed, PROVENANCE, checkpoint=checkpoint or Checkpoint())


def prior(checkpoint: Checkpoint | None = None, seed: int = 0, **changes: Any) -> Trained:
    """Three pairs of views with 25 steps each."""
    own = {field.name: getattr(PRIOR, field.name) for field in fields(PriorHyperparameters)}
    settings = PriorHyperparameters(**(own | {"model": "prior"}))
    return train_views(
        views_of(3), replace(settings, **changes), seed, PROVENANCE, checkpoint=checkpoint or Checkpoint()
    )


def pretrained(checkpoint: Checkpoint | None = None, seed: int = 0, **changes: Any) -> Trained:
    """Refine for 30 steps."""
    return train_views(
        views_of(2), replace(PRETRAINED, **changes), seed, PROVENANCE, checkpoint=checkpoint or Checkpoint()
    )


def population(checkpoint: Checkpoint | None = None, seed: int = 0, **changes: Any) -> Trained:
    """Three pairs of views with 15 steps on another subject and then 25 on the views."""
    others = {"sub-01_T2w": (smooth_image(SHAPE, seed=1), AFFINE)}
    return train_views(
        views_of(3),
        replace(PRIOR, **changes),
        seed,
        PROVENANCE,
        others,
        checkpoint=checkpoint or Checkpoint(),
    )


TRAININGS: dict[str, Training] = {
    "coordinate": coordinate,
    "prior": prior,
    "pretrained": pretrained,
    "population": population,
}


NEVER = 1e9


class KilledError(Exception):
    """Stands for SIGKILL: nothing is done after it."""


@contextmanager
def at_step(number: int, act: Callable[[], None]) -> Iterator[None]:
    """Do something within a step of this attempt, before its weights are changed."""
    original, taken = Optimiser.step, 0

    def step(self: Optimiser, loss: torch.Tensor) -> None:
        nonlocal taken
        taken += 1
        if taken == number:
            act()
        original(self, loss)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Optimiser, "step", step)
        yield


def die() -> None:
    raise KilledError


def kill(kind: str, path: Path, step: int, interval: float = 0, **changes: Any) -> None:
    """Attempt a training that dies within a step."""
    with at_step(step, die), pytest.raises(KilledError), Checkpoint(path, interval=interval) as checkpoint:
        TRAININGS[kind](checkpoint, **changes)


#: What takes a second or two.
LONG: dict[str, dict[str, Any]] = {
    "coordinate": {"epochs": 100},
    "prior": {"steps": 800},
    "pretrained": {"refine": 500},
    "population": {"steps": 500, "population_steps": 300},
}


def attempt(kind: str, folder: Path, checkpoint: Path | None) -> None:
    """Train in a process of its own, as a job does, with a checkpoint every 20 ms.

    It is here and not in a test file since the new process has to import it.
    """
    with (folder / "log").open("a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    with Checkpoint(checkpoint, interval=0.02) as kept:
        model, curve = TRAININGS[kind](kept, **LONG[kind])
        save_training(model, curve, *(folder / f"model{end}" for end in (".safetensors", ".tsv", ".json")))
