"""Train the population prior: on references of other persons, then on the person's own views.

A person's own planes are few. What spinal anatomy looks like across two thick axes can be learned from
whole references of others, which leaves less for the person's views to teach. The person under test is
never among them, and the model's record names those who were.

Sources: prior embedding as in NeRP (Shen et al., TNNLS 2022); learned initialisations for coordinate networks
(Tancik et al., CVPR 2021).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import nibabel as nib
import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import Affine, Grid, Volume
from isospine.models.prior.cells import Array
from isospine.models.prior.examples import reference_cells
from isospine.models.prior.model import PriorModel, scaled
from isospine.models.prior.pairs import PlanePair
from isospine.models.prior.stand_in import aligned_views
from isospine.models.prior.train import explaining, own_stages, run_stages, total_steps, untrained_prior
from isospine.plan.population import subject_of
from isospine.recipes.hyperparameters import PopulationHyperparameters
from isospine.training.session import Session
from isospine.training.trainable import Curve
from isospine.views.view_set import ViewSet


def train_population(
    view_sets: Sequence[ViewSet],
    settings: PopulationHyperparameters,
    session: Session,
    references: Mapping[str, tuple[Volume, Affine]],
) -> tuple[dict[str, PriorModel], Curve]:
    """Learn from other persons' references, then refine on the views of one image.

    Parameters
    ----------
    view_sets : sequence of one ViewSet
        Of the image under test; at least two views that are thick along different axes.
    settings : PopulationHyperparameters
        The recipe.
    session : Session
        As for `train_prior`; the `image` of its provenance is the one under test. The names of the references are
        added as `population`.
    references : mapping of str to (volume, affine)
        Name and isotropic image of each other person (`plan.population.learned_from`).

    Returns
    -------
    models, curve
        As `train_prior` gives them; the curve begins with the population's steps.

    Raises
    ------
    InputError
        If a reference belongs to the subject under test, there is no reference, or as `train_prior`.
    """
    (view_set,) = view_sets
    check_left_out(references, session.provenance["image"])
    aligned, grid = aligned_views(view_set)
    learned = session.about(population=sorted(references))
    model = untrained_prior(aligned, view_set.views, grid, settings, learned)
    learning = replace(settings, steps=settings.population_steps)
    limit = settings.population_cells
    own = own_stages(model, aligned)
    others = [
        replace(
            stage,
            settings=learning,
            draw=partial(population_cells, stage.pair, references, model.grid, model.noise, limit),
        )
        for stage in own
    ]
    stages = [*others, *own]
    left = session.checkpoint.open(model, aligned, total_steps(stages), references)
    model, curve = run_stages(model, stages, session, left)
    return {view_set.contrast: explaining(model, view_set)}, curve


def check_left_out(references: Mapping[str, Any], image: str) -> None:
    """Refuse to learn from the subject under test; who else is the same person, names do not tell.

    Raises
    ------
    InputError
        Naming the image that must not be seen, or if there is nobody to learn from.
    """
    if not references:
        raise InputError(f"{image}: there is no reference of another person to learn from")
    for name in references:
        if subject_of(name) == subject_of(image):
            raise InputError(
                f"{name}: is of the subject under test ({image}); a population prior must not see it: "
                "give references of other persons only"
            )


def population_cells(
    pair: PlanePair,
    references: Mapping[str, tuple[Volume, Affine]],
    grid: Grid,
    noise: float,
    limit: int,
    random: np.random.Generator,
) -> tuple[Array, ...]:
    """Draw contexts and truths from all references, each on its own scale, as `reference_cells` does.

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
        About how many cells to draw in total.
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
        scale = max(float(inside.std()), 1e-6)
        parts.append([part / np.float32(scale) for part in drawn])
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def align_axes(volume: Volume, affine: Affine, grid: Grid) -> Volume:
    """Order the array axes of a volume as those of a grid, by the anatomical axes they run along.

    Directions stay: what is learned is mirrored anyway.
    """
    runs_along, wanted = (nib.io_orientation(a)[:, 0] for a in (affine, grid.affine))
    return volume.transpose([int(np.flatnonzero(runs_along == axis)[0]) for axis in wanted])
