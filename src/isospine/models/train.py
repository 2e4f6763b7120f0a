"""Train any kind of model on views, simulated or acquired, of one contrast or of several together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from isospine.geometry.grid import Affine, Volume
from isospine.physics.magnitude import magnitude
from isospine.physics.view import intensity_range
from isospine.recipes.kinds import Settings, kind_of
from isospine.recipes.lookup import resolve
from isospine.training.session import Session
from isospine.training.trainable import Curve, Model
from isospine.views.view_set import ViewSet

#: Name and isotropic image of each other person that a model learns from.
References = Mapping[str, tuple[Volume, Affine]]


def train(
    view_sets: Sequence[ViewSet],
    settings: Settings,
    session: Session,
    references: References | None = None,
) -> tuple[dict[str, Model], Curve]:
    """Train a model, of the kind that its settings are for, on views and on nothing else.

    Trainers are given intensities near 1, whatever those of the views are.

    Parameters
    ----------
    view_sets : sequence of ViewSet
        Views of each contrast. Several are learned together by one network of coordinates; other kinds take one.
    settings : Settings
        The recipe.
    session : Session
        Seed, provenance, device and checkpoint.
    references : mapping of str to (volume, affine), optional
        Of other persons, for a kind that needs them.

    Returns
    -------
    models : dict of str to Model
        One of each contrast, ready to be evaluated on any grid.
    curve : list of dict
        `epoch`, `step`, `loss` (mean squared error on scaled intensities or amplitudes) and `seconds`.

    Raises
    ------
    InputError
        If the views cannot be learned from, or the loss stops being finite (`DivergenceError`).
    """
    for one in view_sets:
        intensity_range(one.views)  # refused before they are scaled, with their own numbers
    trainer = resolve(kind_of(settings.as_dict()).trainer)
    exponents = {one.contrast: magnitude(view.data for view in one.views) for one in view_sets}
    near = [one.times_power(-exponents[one.contrast]) for one in view_sets]
    own = replace(session, exponent=exponents[view_sets[0].contrast])
    trained: tuple[dict[str, Model], Curve] = trainer(near, settings, own, references or {})
    models, curve = trained
    return {contrast: model.times_power(exponents[contrast]) for contrast, model in models.items()}, curve
