"""Apply the pretrained prior to the views of an image, refined on them or as it is."""

import time
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch

from isospine.errors import InputError
from isospine.models.pretrained.frame import frames_of
from isospine.models.pretrained.model import PretrainedModel
from isospine.models.pretrained.refine import refine
from isospine.models.pretrained.weights import NETWORKS, weights_of
from isospine.physics.operator import operator_of
from isospine.physics.view import intensity_range
from isospine.recipes.hyperparameters import PretrainedHyperparameters
from isospine.training.session import Session
from isospine.training.stored_views import round_views
from isospine.training.trainable import Curve
from isospine.views.view_set import ViewSet


def apply_pretrained(
    view_sets: Sequence[ViewSet],
    settings: PretrainedHyperparameters,
    session: Session,
    references: Mapping[str, Any] | None = None,
) -> tuple[dict[str, PretrainedModel], Curve]:
    """Make the model of an image from the weights that come with isospine.

    Parameters
    ----------
    view_sets : sequence of one ViewSet
        Views in any position, of one plane or of several.
    settings : PretrainedHyperparameters
        The recipe.
    session : Session
        Provenance and device, and the seed of a refinement: without one nothing is drawn.
    references : mapping
        Not used.

    Returns
    -------
    models : dict of str to PretrainedModel
        One, ready to be evaluated on any grid.
    curve : list of dict
        Of the refinement. Without one a single row: no step, and the loss that the weights had at the end of their own
        training.

    Raises
    ------
    InputError
        If the views are constant or not finite, the weights cannot be read, or the loss of a refinement stops being finite
        (`DivergenceError`).
    """
    start = time.perf_counter()
    (view_set,) = view_sets
    weights = weights_of(settings)
    low, scale = intensity_range(view_set.stacks)
    stacks = round_views(view_set.stacks, low, scale)
    whole = len(view_set.views) == len(view_set.stacks)
    slices = () if whole else round_views(view_set.views, low, scale)
    operator = operator_of(view_set.stacks, view_set.grid)
    noise = operator.noise([view.data for view in view_set.stacks]) / scale
    views = 2 if any(frame.second is not None for frame in frames_of(stacks, view_set.grid)) else 1
    if views not in weights.networks:
        raise InputError(
            f"{settings.weights}: has no network for {'one view' if views == 1 else 'two views'}; expected weights of all "
            "networks (`make weights` without --views)"
        )
    network = deepcopy(weights.networks[views]).to(torch.device(session.device))
    model = PretrainedModel(
        network=network,
        stacks=stacks,
        slices=slices,
        offset=low,
        scale=scale,
        noise=noise,
        grid=view_set.grid,
        bodies=weights.bodies,
        hyperparameters=settings,
        provenance=session.about(weights=weights.sha256).origin,
    )
    loss = float(weights.card["loss"][NETWORKS[views]])
    curve = [{"epoch": 0, "step": 0, "loss": loss}]
    if settings.refine:
        losses = refine(network, model.frames, noise, settings.refine, settings.precision, session.seed)
        curve += _means(losses)
    seconds = time.perf_counter() - start
    return {view_set.contrast: model}, [row | {"seconds": seconds} for row in curve]


def _means(losses: Sequence[float]) -> Curve:
    """About fifty rows of mean losses."""
    every = max(1, len(losses) // 50)
    ends = [*range(every, len(losses), every), len(losses)]
    starts = [0, *ends[:-1]]
    return [
        {"epoch": 0, "step": end, "loss": float(np.mean(losses[start:end]))}
        for start, end in zip(starts, ends, strict=True)
    ]
