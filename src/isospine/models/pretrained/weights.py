"""The weights that come with isospine: one file, with a card that says what they learned from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from isospine.errors import InputError
from isospine.io.atomic import atomic_path, sha256_of
from isospine.models.mlp import with_weights
from isospine.models.pretrained.bodies import Fingerprints, pack_bodies, unpack_bodies
from isospine.models.pretrained.network import cell_network
from isospine.recipes.hyperparameters import SHIPPED_WEIGHTS, PretrainedHyperparameters
from isospine.training.stored_views import named

#: Version of the file's layout and of the inputs of its networks.
FORMAT = "1"

#: Networks in the file, by the number of views that show a plane.
NETWORKS = {1: "one_view", 2: "two_views"}


@dataclass(frozen=True)
class Weights:
    """Networks for planes that one view shows, and two.

    Attributes
    ----------
    networks : dict of int to nn.Sequential
        By the number of views.
    bodies : dict of str to (N,) uint64 array
        Fingerprints of what they learned from.
    card : dict
        Bodies, settings and last losses; JSON-serialisable.
    sha256 : str
        Checksum of their file.
    """

    networks: dict[int, nn.Sequential]
    bodies: dict[str, Fingerprints]
    card: dict[str, Any]
    sha256: str


def save_weights(
    networks: Mapping[int, nn.Sequential],
    bodies: Mapping[str, Fingerprints],
    card: dict[str, Any],
    path: str | Path,
) -> None:
    """Write a file of weights in half precision; parameters as the attributes of `Weights`."""
    tensors = {
        f"{NETWORKS[views]}.{name}": weights.to(torch.float16).contiguous()
        for views, network in networks.items()
        for name, weights in network.state_dict().items()
    }
    tensors |= pack_bodies(bodies)
    # one key alone: safetensors writes several in random order
    metadata = {"isospine_weights": json.dumps({"format": FORMAT} | card, sort_keys=True)}
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(tensors, metadata))


def load_weights(path: str | Path) -> Weights:
    """Read a file of weights.

    Raises
    ------
    InputError
        If it is missing, damaged or of another kind.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            card = json.loads((file.metadata() or {})["isospine_weights"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if card["format"] != FORMAT:
            raise ValueError(f"format {card['format']!r} instead of {FORMAT!r}")
        parts = {views: named(tensors, f"{name}.") for views, name in NETWORKS.items()}
        networks = {views: _network(part) for views, part in parts.items() if part}
        if not networks:
            raise ValueError("there is no network")
        bodies = unpack_bodies(tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path}: no readable weights of the pretrained prior ({reason}); expected a file that `make weights` made"
        ) from error
    return Weights(networks, bodies, card, sha256_of(Path(path)))


def _network(weights: dict[str, torch.Tensor]) -> nn.Sequential:
    weights = {name: tensor.float() for name, tensor in weights.items()}
    if not all(torch.isfinite(tensor).all() for tensor in weights.values()):
        raise ValueError("weights are not finite")
    layers = len(weights) // 2 - 1
    build = partial(cell_network, len(weights["0.bias"]), layers)
    return with_weights(build, weights, layers).eval()


@cache
def shipped_weights() -> Weights:
    """Read the weights that come with isospine."""
    with resources.as_file(resources.files("isospine.models.pretrained") / "weights.safetensors") as path:
        return load_weights(path)


def weights_of(settings: PretrainedHyperparameters) -> Weights:
    """Read the weights that a recipe names.

    Raises
    ------
    InputError
        If their file is missing, damaged or of another kind.
    """
    return shipped_weights() if settings.weights == SHIPPED_WEIGHTS else load_weights(settings.weights)
