"""Reconstruct the acquired views of one body: move them together, lay a grid over them, and run a method."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from isospine.errors import InputError
from isospine.evaluation.profile_choice import with_better_profiles
from isospine.geometry.grid import Affine, Grid, Volume
from isospine.jobs.device import device_name
from isospine.methods.baselines import baseline_method
from isospine.methods.registry import METHOD, recipe_of
from isospine.models.train import train
from isospine.physics.output_grid import Axes, Field, axes_directions, output_grid, sharpest_spacing
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES
from isospine.recipes.kinds import kind_of, settings_of
from isospine.training.session import Session
from isospine.training.trainable import Model
from isospine.views.acquired import AcquiredView
from isospine.views.place import check_planes, of_one_plane, place_contrasts
from isospine.views.placed import PlacedViews, placed_set
from isospine.views.view_set import ViewSet

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BodyGrid:
    """Grid of a body's volumes: given, or laid over its views.

    Attributes
    ----------
    spacing : float or None
        Voxel size in mm; None is the smallest of any view.
    field : {'intersection', 'union'}
        Whether the grid covers what all views cover, or what any does.
    axes : {'view', 'scanner'}
        Along what it lies: the array axes of the first view, or the scanner's.
    given : Grid or None
        A grid that is used as it is, whatever the views cover.
    """

    spacing: float | None = None
    field: Field = "intersection"
    axes: Axes = "view"
    given: Grid | None = None

    def over(self, views: Sequence[View], stacks: Sequence[View]) -> Grid:
        """Return the grid over stacks, by the spacing and axes of the views as they were acquired.

        Raises
        ------
        InputError
            As `output_grid`.
        """
        if self.given is not None:
            return self.given
        spacing = self.spacing or sharpest_spacing(views)
        return output_grid(stacks, spacing, self.field, axes_directions(views, self.axes))


@dataclass(frozen=True)
class Placing:
    """How views are put where the body was during the first of them.

    Attributes
    ----------
    align : bool
        Estimate motion; otherwise headers are trusted, and only brightness is matched.
    slice_motion : bool
        Estimate the motion of every slice as well, and leave out slices that do not fit.
    better_profiles : bool
        Use the slice profiles that views show of each other where these predict held-out slices better than those stated.
    """

    align: bool = True
    slice_motion: bool = False
    better_profiles: bool = False


@dataclass(frozen=True)
class Body:
    """What was made of the acquired views of one body.

    Attributes
    ----------
    placed : dict of str to PlacedViews
        The views of each contrast, where the body was during the first of all.
    view_sets : list of ViewSet
        Input of the method, one for each contrast; all have the grid of the volumes.
    images : dict of str to (I, J, K) ndarray of float32
        Volume of each contrast.
    models : dict of str to Model
        Trained models by contrast; empty for a baseline.
    """

    placed: dict[str, PlacedViews]
    view_sets: list[ViewSet]
    images: dict[str, Volume]
    models: dict[str, Model]

    @property
    def grid(self) -> Grid:
        """Grid of the volumes."""
        return self.view_sets[0].grid


def reconstruct_body(
    groups: Mapping[str, Sequence[AcquiredView]],
    name: str,
    placing: Placing,
    layout: BodyGrid,
    session: Session,
    image: str,
    earlier: Mapping[str, tuple[Volume, Affine]],
) -> Body:
    """Move views together and reconstruct a volume of each contrast.

    Parameters
    ----------
    groups : mapping of str to sequence of AcquiredView
        Views of each contrast; the first of all defines the position of the body.
    name : str
        Of a baseline or recipe.
    placing : Placing
        How views are put where the body was.
    layout : BodyGrid
        Grid of the volumes.
    session : Session
        Seed and device of a training.
    image : str
        Provenance of the models.
    earlier : mapping of str to (volume, affine)
        The earlier scan of the same person, by its name; empty without one.

    Raises
    ------
    InputError
        If views do not overlap, or cannot be registered.
    """
    placed = place_contrasts(groups, placing.align, placing.slice_motion)
    if placing.better_profiles:
        placed = {contrast: with_better_profiles(own) for contrast, own in placed.items()}
        for own in placed.values():
            log.info("%s", own.profile_choice)
    views = [one.view for own in groups.values() for one in own]
    grid = layout.over(views, [stack for own in placed.values() for stack in own.stacks])
    beside = f" for {', '.join(groups)}" if len(groups) > 1 else ""
    size = " x ".join(map(str, grid.shape))
    device = device_name(session.device)
    log.info("%s%s on %s voxels of %.3g mm, on %s", name, beside, size, grid.spacing.max(), device)
    view_sets = [placed_set(own, contrast, grid) for contrast, own in placed.items()]
    return Body(placed, view_sets, *reconstruct(name, view_sets, session, image, earlier))


def reconstruct(
    name: str,
    view_sets: Sequence[ViewSet],
    session: Session,
    image: str,
    earlier: Mapping[str, tuple[Volume, Affine]],
) -> tuple[dict[str, Volume], dict[str, Model]]:
    """Volume of each contrast by a method, and the models that it trained.

    Parameters
    ----------
    view_sets : sequence of ViewSet
        Views of each contrast.
    name, session, image, earlier
        As of `reconstruct_body`.
    """
    if name in BASELINES:
        baseline = baseline_method(name)
        return {one.contrast: baseline(one) for one in view_sets}, {}
    settings, own = training(name, session, image, shared=len(view_sets) > 1)
    models, _ = train(view_sets, settings, own, earlier)
    return {one.contrast: models[one.contrast].reconstruct(one.grid) for one in view_sets}, models


def training(name: str, session: Session, image: str, shared: bool = False) -> tuple[Any, Session]:
    """Settings and session of a named recipe, from seed and device."""
    provenance = {"image": image, "method": name, "recipe": name}
    if shared:
        return settings_of(recipe_of(name) | {"contrasts": "shared"}), replace(session, provenance=provenance)
    return settings_of(recipe_of(name)), replace(session, provenance=provenance | {"contrast": "acquired"})


def runs_network(name: str) -> bool:
    """Check whether a method computes with a network, for which a GPU may be of use."""
    return name not in BASELINES and kind_of(recipe_of(name)).runs_network


def check_enough_planes(option: str, name: str, views: Sequence[View]) -> None:
    """Refuse views of one plane for a method that learns from two, and warn of what they do not show.

    Raises
    ------
    InputError
        Naming the option that chose the method.
    """
    if name not in BASELINES and kind_of(recipe_of(name)).needs_two_planes and of_one_plane(views):
        raise InputError(
            f"{option} {name}: learns from views of two planes, and these are all thick along one direction; add a view of "
            f"another plane, or use {METHOD}, which takes one"
        )
    check_planes(views, [])
