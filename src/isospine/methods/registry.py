"""Every method on views that lie anywhere, by its name."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from isospine.errors import InputError
from isospine.evaluation.held_out import Reconstruct
from isospine.geometry.grid import Grid, Volume
from isospine.methods.baselines import baseline_method
from isospine.models.coordinate.contrasts import train_contrasts
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.coordinate.train import Curve, train
from isospine.models.prior.model import PriorModel
from isospine.models.prior.stand_in import nearest_axis, train_stand_in
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import KINDS, Hyperparameters, PriorHyperparameters
from isospine.training.checkpoint import Checkpoint
from isospine.views.placed import PlacedViews

log = logging.getLogger(__name__)


def usable_recipes() -> dict[str, dict[str, Any]]:
    """Named recipes that need nothing but the views of one body."""
    return {name: settings for name, settings in known_recipes().items() if settings["model"] != "population"}


def method_names() -> list[str]:
    """Baselines, then recipes."""
    return [*BASELINES, *usable_recipes()]


def of_one_plane(views: Sequence[View]) -> bool:
    """Whether all views are thick along about the same direction."""
    return len({nearest_axis(view, views[0].grid) for view in views}) == 1


def check_planes(views: Sequence[View], recipes: Sequence[str]) -> None:
    """Refuse views of one plane for recipes that learn from two, and warn of what they cannot tell.

    Raises
    ------
    InputError
        Naming the recipes.
    """
    if not of_one_plane(views):
        return
    if recipes:
        raise InputError(
            f"views: all are thick along one direction, and {', '.join(recipes)} learns from views of two planes; add a view "
            f"of another plane, or leave the recipe out (recipes: {{{recipes[0]}: null}})"
        )
    log.warning(
        "all views are thick along one direction: what lies between their slices is not known from a sharper view, and is "
        "filled in smoothly"
    )


def train_recipe(
    recipe: str, views: Sequence[View], grid: Grid, seed: int, provenance: dict[str, Any]
) -> CoordinateModel | PriorModel:
    """Train a named recipe on views that lie anywhere; parameters are those of `train_acquired`.

    Raises
    ------
    InputError
        If there is no such recipe, or it needs views of two planes and there is one.
    """
    recipes = usable_recipes()
    if recipe not in recipes:
        raise InputError(f"method {recipe!r}: expected one of {', '.join(method_names())}")
    about = {"method": recipe, "recipe": recipe} | provenance
    return train_acquired(recipes[recipe], views, grid, seed, about)[0]


def train_acquired(
    hyperparameters: dict[str, Any],
    views: Sequence[View],
    grid: Grid,
    seed: int,
    provenance: dict[str, Any],
    device: str | torch.device = "cpu",
    rescue: Path | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[CoordinateModel | PriorModel, Curve]:
    """Train on views that lie anywhere.

    Parameters
    ----------
    hyperparameters : dict
        A complete set, of a recipe that needs nothing but the views of one body.
    views : sequence of View
        Where the body was during the first one, in its intensities.
    grid : Grid
        Where the image shall be consistent with the views.
    seed, provenance, device, rescue, checkpoint
        As for `training.train`.

    Raises
    ------
    InputError
        If the prior has views of one plane alone, or as `training.train`.
    """
    settings = KINDS[hyperparameters["model"]](**hyperparameters)
    if isinstance(settings, PriorHyperparameters):
        return train_stand_in(views, grid, settings, seed, provenance, device, rescue, checkpoint)
    assert isinstance(settings, Hyperparameters)
    return train(views, settings, seed, provenance, device, rescue, checkpoint, grid)


def reconstruct_beside(
    hyperparameters: dict[str, Any],
    views: Sequence[View],
    grid: Grid,
    contrast: str,
    others: Mapping[str, Sequence[View]],
    seed: int,
    provenance: dict[str, Any],
    device: str | torch.device = "cpu",
    checkpoint: Checkpoint | None = None,
) -> Volume:
    """Image of one contrast on a grid, by a network that serves the views of other contrasts too, where there are any.

    Parameters
    ----------
    hyperparameters, views, grid, seed, provenance, device, checkpoint
        As for `train_acquired`.
    contrast : str
        What the views are of.
    others : mapping of str to sequence of View
        Views of other contrasts by their names.
    """
    if not others:
        model, _ = train_acquired(
            hyperparameters, views, grid, seed, provenance, device, checkpoint=checkpoint
        )
        return model.reconstruct(grid)
    groups = {contrast: views, **others}
    settings, grids = Hyperparameters(**hyperparameters), dict.fromkeys(groups, grid)
    models, _ = train_contrasts(groups, settings, seed, provenance, device, grids, checkpoint)
    return models[contrast].reconstruct(grid)


def network_method(
    contrasts: Mapping[str, PlacedViews],
    contrast: str,
    hyperparameters: dict[str, Any],
    seed: int,
    provenance: dict[str, Any],
    device: str | torch.device,
    checkpoint: Checkpoint,
) -> Reconstruct:
    """Network as a method that is scored by one contrast: `reconstruct_beside` with the views of the others placed."""
    return partial(
        reconstruct_beside,
        hyperparameters,
        contrast=contrast,
        others={name: own.parts for name, own in contrasts.items() if name != contrast},
        seed=seed,
        provenance=provenance,
        device=device,
        checkpoint=checkpoint,
    )


def reconstruct(name: str, views: Sequence[View], grid: Grid, seed: int = 0) -> Volume:
    """Image on a grid by the method of a name.

    Raises
    ------
    InputError
        As `train_recipe`.
    """
    if name in BASELINES:
        return baseline_method(name)(views, grid)
    return train_recipe(name, views, grid, seed, {}).reconstruct(grid)
