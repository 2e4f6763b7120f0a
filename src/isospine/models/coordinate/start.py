"""First weights of a network that are not drawn: the mean of those of networks of other persons.

Related are weights that were learned to be started from: Nichol et al., On first-order meta-learning algorithms (Reptile),
2018; Tancik et al., Learned initializations for optimizing coordinate-based neural representations, CVPR 2021.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from isospine.errors import InputError
from isospine.models.coordinate.model import CoordinateModel
from isospine.recipes.hyperparameters import MEAN, RANDOM
from isospine.training.stored_views import named

#: Tensors and description of a model file.
Contents = tuple[dict[str, torch.Tensor], dict[str, Any]]


def mean_weights(model: CoordinateModel, others: Mapping[str, Contents]) -> dict[str, torch.Tensor]:
    """Average the weights of trained networks, each array in float64.

    Parameters
    ----------
    model : CoordinateModel
        The untrained one that will start from them.
    others : mapping of str to (tensors, description)
        Name and content of the model file of each other person's network, trained from random weights with the same seed
        and otherwise the same settings.

    Returns
    -------
    dict of str to tensor
        State of its network, float32.

    Raises
    ------
    InputError
        If there is no other network, or one of them has other settings, another seed, frequencies or shape, or weights that
        are not finite.
    """
    if not others:
        raise InputError(
            f"initial: {MEAN!r} needs networks of other persons, which only a run of the workflow has; expected {RANDOM!r}"
        )
    own = model.network.state_dict()
    sums = {name: np.zeros(tuple(weights.shape), np.float64) for name, weights in own.items()}
    for name, (tensors, description) in sorted(others.items()):
        check_alike(model, name, tensors, description)
        weights = named(tensors, "network.")
        if {key: value.shape for key, value in weights.items()} != {
            key: value.shape for key, value in own.items()
        }:
            raise InputError(
                f"{name}: its network has weights of other shapes, which have no mean with those of "
                f"{model.provenance.get('image', 'this image')}; expected initial: {RANDOM}"
            )
        for key, total in sums.items():
            total += weights[key].double().numpy()
    means = {key: torch.from_numpy((total / len(others)).astype(np.float32)) for key, total in sums.items()}
    if not all(torch.isfinite(mean).all() for mean in means.values()):
        raise InputError(
            f"{', '.join(sorted(others))}: weights are not finite; remove these models to train them again"
        )
    return {key: mean.to(model.device) for key, mean in means.items()}


def check_alike(
    model: CoordinateModel, name: str, tensors: Mapping[str, torch.Tensor], description: Mapping[str, Any]
) -> None:
    """Refuse a network that was trained otherwise than the one that will start from it.

    Frequencies are the same in cycles per mm, or in cycles per unit of the coordinate.

    Raises
    ------
    InputError
        Naming the image of the network, and what differs.
    """
    wanted = replace(model.hyperparameters, initial=RANDOM).as_dict()
    found = {**description["hyperparameters"], "seed": description["provenance"]["seed"]}
    wanted["seed"] = model.provenance["seed"]
    differing = [key for key in {**wanted, **found} if found.get(key) != wanted.get(key)]
    if differing:
        raise InputError(
            f"{name}: its network has another {', '.join(differing)}; expected that of the one that starts from it"
        )
    ours, theirs = model.frequencies, tensors.get("frequencies")
    if (ours is None) != (theirs is None) or (
        ours is not None and theirs is not None and not same_frequencies(model, theirs, description["radius"])
    ):
        raise InputError(
            f"{name}: its network has other frequencies, so that weights have no mean; expected initial: {RANDOM}"
        )


def same_frequencies(model: CoordinateModel, theirs: torch.Tensor, radius: float) -> bool:
    """Compare frequencies (L, 3) in cycles per unit with those of a model, per unit and per mm of the body."""
    ours, others = model.frequencies, theirs.numpy()
    if ours is None or ours.shape != others.shape:
        return False
    return np.allclose(others, ours, rtol=1e-9, atol=0) or np.allclose(
        others / radius, ours / model.radius, rtol=1e-9, atol=0
    )
