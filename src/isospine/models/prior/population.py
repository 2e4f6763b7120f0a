"""The population prior: learns from the references of other subjects, then from the subject's own views.

A subject's own planes are few. What spinal anatomy looks like across two thick axes can be learned from
whole references of others, which leaves less for the subject's views to teach. The subject under test is
never among them, and the model's record names who was.

Sources: prior embedding as in NeRP (Shen et al., TNNLS 2022); learned initialisations for coordinate networks
(Tancik et al., CVPR 2021).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import torch

from isospine.errors import InputError
from isospine.geometry.grid import Affine, Grid, Volume
from isospine.models.prior.cells import Array
from isospine.models.prior.examples import reference_cells
from isospine.models.prior.model import PriorModel, scaled
from isospine.models.prior.pairs import PlanePair
from isospine.models.prior.train import Curve, own_stages, run_stages, total_steps, untrained_model
from isospine.physics.view import View
from isospine.plan.population import subject_of
from isospine.recipes.hyperparameters import PopulationHyperparameters
from isospine.training.checkpoint import Checkpoint


def train_population(
    views: Sequence[View],
    references: Mapping[str, tuple[Volume, Affine]],
    hyperparameters: PopulationHyperparameters,
    seed: int,
    provenance: dict[str, Any],
    device: str | torch.device = "cpu",
    rescue: Path | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[PriorModel, Curve]:
    """Learn from other subjects' references, then refine on the views of one image.

    Parameters
    ----------
    views : sequence of View
        Of the image under test; at least two that are thick along different axes.
    references : mapping of str to (volume, affine)
        Name and isotropic image of each other subject.
    hyperparameters : PopulationHyperparameters
        The recipe.
    seed : int
        Seed of the cells drawn, of the initial weights and of the order of the cells.
    provenance : dict
        Stored in the model, with the names of the references as `population`; its `image` is the one under test.
    device : torch.device
        Where to train.
    rescue : Path, optional
        Where to write the last good model if the training diverges.
    checkpoint : Checkpoint, optional
        Where to go on from, and to keep what is done.

    Returns
    -------
    model, curve
        As `train_prior` gives them; the curve begins with the population's steps.

    Raises
    ------
    InputError
        If a reference is of the subject under test, there is none, or as `train_prior`.
    """
    check_left_out(references, provenance["image"])
    named = provenance | {"population": sorted(references)}
    model = untrained_model(views, hyperparameters, seed, named, torch.device(device))
    learning = replace(hyperparameters, steps=hyperparameters.population_steps)
    limit = hyperparameters.population_cells
    own = own_stages(model, views)
    others = [
        replace(
            stage,
            settings=learning,
            draw=partial(population_cells, stage.pair, references, model.grid, model.noise, limit),
        )
        for stage in own
    ]
    stages = [*others, *own]
    checkpoint = checkpoint or Checkpoint()
    left = checkpoint.open(model, views, total_steps(stages), references)
    return run_stages(model, stages, seed, rescue, checkpoint, left)


def check_left_out(references: Mapping[str, Any], image: str) -> None:
    """Refuse to learn from the subject under test.

    Raises
    ------
    InputError
        Naming the image that must not be seen, or if there is nobody to learn from.
    """
    if not references:
        raise InputError(f"{image}: there is no reference of another subject to learn from")
    for name in references:
        if subject_of(name) == subject_of(image):
            raise InputError(
                f"{name}: is of the subject under test ({image}); a population prior must not see it: "
                "give references of other subjects only"
            )


def population_cells(
    pair: PlanePair,
    references: Mapping[str, tuple[Volume, Affine]],
    grid: Grid,
    noise: float,
    limit: int,
    random: np.random.Generator,
) -> tuple[Array, ...]:
    """Contexts and truths of all references, each on its own contrast, as `reference_cells` gives them.

    Parameters
    ----------
    pair : PlanePair
        Geometry of the views under test.
    references : mapping of str to (volume, affine)
        What to learn from.
    grid : Grid
        Fine grid of the views under test, whose order of axes the references are brought into.
    noise : float
        Standard deviation of the noise of the views under test, scaled.
    limit : int
        About how many cells to draw, together.
    random : numpy.random.Generator
        Chooses planes, and draws the noise.
    """
    parts = []
    for name in sorted(references):
        volume, affine = references[name]
        aligned = align_axes(volume, affine, grid)
        low, high = float(aligned.min()), float(aligned.max())
        if not high > low:
            raise InputError(f"{name}: is constant; exclude the subject (dataset.exclude)")
        drawn = reference_cells(
            pair, scaled(aligned, low, high - low), noise, limit // len(references), random
        )
        inside = drawn[0] - drawn[0].mean(axis=(1, 2), keepdims=True)
        contrast = max(float(inside.std()), 1e-6)
        parts.append([part / np.float32(contrast) for part in drawn])
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def align_axes(volume: Volume, affine: Affine, grid: Grid) -> Volume:
    """Order the array axes of a volume as those of a grid, by the anatomical axes they run along.

    Directions stay: what is learned is mirrored anyway.
    """
    runs_along, wanted = (nib.io_orientation(a)[:, 0] for a in (affine, grid.affine))
    return volume.transpose([int(np.flatnonzero(runs_along == axis)[0]) for axis in wanted])
