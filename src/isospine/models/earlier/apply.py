"""Reconstruct with an earlier scan of the same person, or without it where it does not fit."""

import logging
import time
from collections.abc import Mapping, Sequence

from isospine.geometry.grid import Affine, Grid, Volume
from isospine.models.earlier.finish import finished_model
from isospine.models.earlier.judge import chosen, judge_placed, mirrored_fit
from isospine.models.earlier.model import FollowUpModel
from isospine.models.earlier.place import place_earlier
from isospine.models.pretrained.apply import apply_pretrained
from isospine.recipes.hyperparameters import FollowUpHyperparameters, PretrainedHyperparameters
from isospine.solvers.change_variation import change_variation
from isospine.solvers.nonnegative import of_magnitudes
from isospine.solvers.total_variation import total_variation
from isospine.training.session import Session
from isospine.training.trainable import Curve
from isospine.views.view_set import ViewSet

log = logging.getLogger(__name__)


def apply_earlier(
    view_sets: Sequence[ViewSet],
    settings: FollowUpHyperparameters,
    session: Session,
    references: Mapping[str, tuple[Volume, Affine]],
) -> tuple[dict[str, FollowUpModel], Curve]:
    """Place an earlier scan, reconstruct with it, and judge whether that was right.

    Parameters
    ----------
    view_sets : sequence of one ViewSet
        Of the later session; views in any position, of one plane or of several.
    settings : FollowUpHyperparameters
        The recipe.
    session : Session
        Provenance, and the seed of a field that is a network.
    references : mapping of str to (volume, affine)
        Name and image of the earlier scan.

    Returns
    -------
    models : dict of str to FollowUpModel
        One, on the grid of the view set.
    curve : list of dict
        A single row: no network is trained on the views.

    Raises
    ------
    InputError
        If the earlier scan cannot be used at all: constant, not finite, elsewhere, or one of the views.
    """
    start = time.perf_counter()
    (view_set,) = view_sets
    ((name, (volume, affine)),) = references.items()
    grid = view_set.grid
    placed = place_earlier(volume, affine, view_set, settings.field, session.seed, name)
    alone, beside = reconstruct_alone(view_set, settings, session)
    image = alone
    if settings.alpha > 0:
        solved = change_variation(
            view_set.views, grid, placed.volume, placed.covered, settings.alpha, beside=beside
        )
        image = of_magnitudes(solved, view_set.views, grid)
    own = Grid((volume.shape[0], volume.shape[1], volume.shape[2]), affine)
    mirrored = mirrored_fit(volume, own, view_set.stacks)
    verdict = judge_placed(view_set.views, grid, placed, image, alone, settings.alpha, mirrored)
    log.info("%s: %s", name, verdict.reason)
    image = chosen(verdict, image, alone)
    model = finished_model(view_set, placed, image, alone, verdict, settings, session.about(earlier=name))
    curve: Curve = [{"epoch": 0, "step": 0, "loss": 0.0, "seconds": time.perf_counter() - start}]
    return {view_set.contrast: model}, curve


def reconstruct_alone(
    view_set: ViewSet, settings: FollowUpHyperparameters, session: Session
) -> tuple[Volume, Volume | None]:
    """Reconstruct without the earlier scan.

    Returns
    -------
    alone : (I, J, K) ndarray
        By the method that the regulariser belongs to: what remains where the earlier scan is refused.
    beside : (I, J, K) ndarray or None
        Image that the regulariser draws towards; None for total variation, which draws towards none.
    """
    if settings.regulariser == "tv":
        image = total_variation(view_set.views, view_set.grid)
        return of_magnitudes(image, view_set.views, view_set.grid), None
    own = PretrainedHyperparameters(
        model="pretrained",
        weights=settings.weights,
        refine=0,
        data_consistency=True,
        precision=settings.precision,
    )
    models, _ = apply_pretrained([view_set], own, session)
    alone = models[view_set.contrast].reconstruct(view_set.grid)
    return alone, alone
