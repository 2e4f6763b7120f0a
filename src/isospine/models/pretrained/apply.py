"""Apply the pretrained prior to the views of an image, refined on them or as it is."""

import logging
import time
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from torch import nn

from isospine.errors import InputError
from isospine.models.pretrained.model import PretrainedModel, model_of_views
from isospine.models.pretrained.refine import refine
from isospine.models.pretrained.weights import NETWORKS, weights_of
from isospine.recipes.hyperparameters import PretrainedHyperparameters
from isospine.training.session import Session
from isospine.training.trainable import Curve
from isospine.views.view_set import ViewSet

log = logging.getLogger(__name__)


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
        Provenance and device, and seed, checkpoint and rescue file of a refinement: without one nothing is drawn.
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

    def network(views: int) -> nn.Sequential:
        if views not in weights.networks:
            raise InputError(
                f"{settings.weights}: has no network for {'one view' if views == 1 else 'two views'}; expected weights of "
                "all networks (`make weights` without --views)"
            )
        return deepcopy(weights.networks[views])

    model = model_of_views(view_set, settings, session.about(weights=weights.sha256), network, weights.bodies)
    tell_spacings(model, weights.card["variety"]["factors"])
    loss = float(weights.card["loss"][NETWORKS[model.views]])
    curve: Curve = [{"epoch": 0, "step": 0, "loss": loss, "seconds": time.perf_counter() - start}]
    if settings.refine:
        curve = refine(model, session, curve)
    return {view_set.contrast: model}, curve


def tell_spacings(model: PretrainedModel, known: tuple[float, float]) -> None:
    """Warn of slices whose spacing, in voxels of the volume, the weights did not learn from."""
    low, high = known
    spacings = [axis.factor for frame in model.frames for axis in frame.axes]
    for foreign in sorted({round(one, 1) for one in spacings if not low * 0.95 <= one <= high * 1.05}):
        log.warning(
            "slices are spaced by %g voxels of the volume, and the weights learned from %g to %g: another spacing of the "
            "volume may suit them better; compare with tv",
            foreign,
            low,
            high,
        )
