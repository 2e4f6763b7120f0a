"""Make the model of a follow-up from what was reconstructed with an earlier scan."""

from dataclasses import asdict

import numpy as np

from isospine.geometry.grid import Volume
from isospine.models.earlier.judge import Verdict
from isospine.models.earlier.model import FollowUpModel
from isospine.models.earlier.place import PlacedScan
from isospine.models.earlier.remembered import one_plane_caution, remembered
from isospine.physics.operator import operator_of
from isospine.physics.view import intensity_range
from isospine.recipes.hyperparameters import FollowUpHyperparameters, FollowUpNetworkHyperparameters
from isospine.solvers.nonnegative import are_magnitudes
from isospine.training.session import Session
from isospine.views.view_set import ViewSet

#: Of a scan that is used though no held-out slice told whether it should be.
UNTRIED = (
    "No held-out slice was predicted with the earlier scan, so that nothing but the size of the change speaks for it: make sure that it is "
    "of this person"
)


def finished_model(
    view_set: ViewSet,
    placed: PlacedScan,
    image: Volume,
    alone: Volume,
    verdict: Verdict,
    settings: FollowUpHyperparameters | FollowUpNetworkHyperparameters,
    session: Session,
    parameters: int = 0,
) -> FollowUpModel:
    """Map what is remembered, and describe the rest.

    Parameters
    ----------
    view_set : ViewSet
        Of the later session.
    placed : PlacedScan
        The earlier scan.
    image, alone : (I, J, K) array
        The reconstruction, `alone` itself where the earlier scan was refused, and the one without it.
    verdict : Verdict
        Whether the earlier scan was used, and why.
    settings : FollowUpHyperparameters or FollowUpNetworkHyperparameters
        The recipe.
    session : Session
        Provenance.
    parameters : int
        Number of weights that were trained on the views.
    """
    views, grid = view_set.views, view_set.grid
    span = intensity_range(views)[1]
    known = remembered(image, placed.volume, placed.covered, operator_of(views, grid), grid, span)
    cautions = [one_plane_caution(view_set.stacks, grid), UNTRIED if verdict.alone is None else None]
    caution = ". ".join(filter(None, cautions)) if verdict.used else ""
    return FollowUpModel(
        image=image,
        alone=alone,
        placed=placed.volume,
        remembered=known if verdict.used else np.zeros_like(known),
        covered=placed.covered,
        displacement=placed.displacement,
        grid=grid,
        magnitudes=are_magnitudes(views),
        verdict=asdict(verdict) | {"caution": caution or None},
        hyperparameters=settings,
        provenance=session.about(earlier_used=verdict.used).origin,
        parameters=parameters,
    )
