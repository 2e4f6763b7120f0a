"""Use an earlier scan of the same person as it was published: a network that holds it first, or holds the difference to it.

Source: Shen et al., NeRP: implicit neural representation learning with prior embedding for sparsely sampled image
reconstruction, IEEE TNNLS 2022.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace

import numpy as np

from isospine.geometry.grid import Affine, Volume
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.coordinate.train import train_coordinate
from isospine.models.earlier.finish import finished_model
from isospine.models.earlier.judge import Verdict, as_one_person, change_ratio
from isospine.models.earlier.model import FollowUpModel
from isospine.models.earlier.place import as_view, place_earlier
from isospine.physics.operator import operator_of
from isospine.recipes.hyperparameters import (
    FollowUpNetworkHyperparameters,
    Hyperparameters,
    NetworkHyperparameters,
)
from isospine.recipes.kinds import DEFAULT_KIND
from isospine.solvers.nonnegative import are_magnitudes, of_magnitudes, without_negatives
from isospine.solvers.total_variation import total_variation
from isospine.training.checkpoint import Checkpoint
from isospine.training.session import Session
from isospine.training.trainable import Curve
from isospine.views.view_set import ViewSet, stack_set

#: Image on the grid of the views, the network behind it, and its curve.
Fitted = tuple[Volume, CoordinateModel, Curve]


def train_earlier_network(
    view_sets: Sequence[ViewSet],
    settings: FollowUpNetworkHyperparameters,
    session: Session,
    references: Mapping[str, tuple[Volume, Affine]],
) -> tuple[dict[str, FollowUpModel], Curve]:
    """Place an earlier scan, and fit a network to the views that knows it. The scan is not judged.

    Parameters
    ----------
    view_sets : sequence of one ViewSet
        Of the later session; views in any position.
    settings : FollowUpNetworkHyperparameters
        The recipe.
    session : Session
        Seed, device, provenance and checkpoint.
    references : mapping of str to (volume, affine)
        Name and image of the earlier scan.

    Returns
    -------
    models : dict of str to FollowUpModel
        One, on the grid of the view set.
    curve : list of dict
        Of the network: first on the earlier scan, where it holds that, then on the views.

    Raises
    ------
    InputError
        If the earlier scan cannot be used at all, or the loss stops being finite (`DivergenceError`).
    """
    start = time.perf_counter()
    (view_set,) = view_sets
    ((name, (volume, affine)),) = references.items()
    session = session.about(earlier=name)
    placed = place_earlier(volume, affine, view_set, settings.field, session.seed, name)
    alone = of_magnitudes(total_variation(view_set.views, view_set.grid), view_set.views, view_set.grid)
    # where the earlier scan does not reach, nothing better is known
    known = np.where(placed.covered, placed.volume, alone)
    seconds = time.perf_counter() - start
    image, network, curve = USES[settings.use](view_set, settings, session, known)
    if are_magnitudes(view_set.views):
        image = without_negatives(image)
    ratio = change_ratio(image, placed.volume, alone, placed.covered)
    reason = f"used: {as_one_person(ratio)}; this recipe is a published one, which judges no earlier scan"
    verdict = Verdict(True, ratio, None, None, reason)
    model = finished_model(
        view_set, placed, image, alone, verdict, settings, session, parameters=network.parameters
    )
    return {view_set.contrast: model}, [row | {"seconds": row["seconds"] + seconds} for row in curve]


def embed(
    view_set: ViewSet, settings: FollowUpNetworkHyperparameters, session: Session, known: Volume
) -> Fitted:
    """Fit a network to the earlier scan, and from its weights to the views.

    Only the second training has a checkpoint: one that goes on repeats the first, which gives the same weights again.
    """
    own = of_network(settings)
    held = replace(
        own,
        supervision="point",
        epochs=settings.earlier_epochs,
        learning_rate=settings.earlier_learning_rate,
        data_consistency=False,
    )
    scan = stack_set(view_set.contrast, [as_view(known, view_set.grid)], view_set.grid)
    alone = replace(session, checkpoint=Checkpoint(), rescue=None)
    models, first = train_coordinate([scan], held, alone)
    models, then = train_coordinate([view_set], own, session, start=models[view_set.contrast])
    network = models[view_set.contrast]
    last = first[-1]
    later = [row | {key: row[key] + last[key] for key in ("epoch", "step", "seconds")} for row in then]
    return network.reconstruct(view_set.grid), network, [*first, *later]


def difference(
    view_set: ViewSet, settings: FollowUpNetworkHyperparameters, session: Session, known: Volume
) -> Fitted:
    """Fit a network to what the views have more than the earlier scan."""
    expected = operator_of(view_set.views, view_set.grid).forward(known)
    views = tuple(
        replace(view, data=view.data - seen) for view, seen in zip(view_set.views, expected, strict=True)
    )
    models, curve = train_coordinate([replace(view_set, views=views)], of_network(settings), session)
    network = models[view_set.contrast]
    return known + network.reconstruct(view_set.grid), network, curve


def of_network(settings: FollowUpNetworkHyperparameters) -> Hyperparameters:
    """Return the settings of the coordinate network alone."""
    own = {field.name: getattr(settings, field.name) for field in fields(NetworkHyperparameters)}
    return Hyperparameters(**(own | {"model": DEFAULT_KIND}))


#: How a network knows the earlier scan, by the value of `use`.
USES: dict[str, Callable[[ViewSet, FollowUpNetworkHyperparameters, Session, Volume], Fitted]] = {
    "embed": embed,
    "difference": difference,
}
