"""Several contrasts of one body in one network: a shared trunk, and one output for each contrast.

What is sharp in one contrast tells the trunk where anatomy is, which helps the other where it is thick.

Source: McGinnis et al., Single-subject multi-contrast MRI super-resolution via implicit neural representations, MICCAI 2023.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from isospine.errors import InputError
from isospine.geometry.fields import check_length_scales, covering_grid
from isospine.geometry.grid import Grid
from isospine.models.coordinate.model import CoordinateModel, build_network
from isospine.models.coordinate.train import Curve, fit, untrained_model
from isospine.physics.fine_grid import fine_grid
from isospine.physics.view import View, intensity_range
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.training.checkpoint import Checkpoint


def train_contrasts(
    groups: Mapping[str, Sequence[View]],
    hyperparameters: Hyperparameters,
    seed: int,
    provenance: dict[str, Any],
    device: str | torch.device = "cpu",
    grids: Mapping[str, Grid] | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[dict[str, CoordinateModel], Curve]:
    """Fit one network to the views of several contrasts.

    Parameters
    ----------
    groups : mapping of str to sequence of View
        Views of each contrast, by its name.
    hyperparameters : Hyperparameters
        The recipe.
    seed : int
        Seed of the frequencies, the initial weights and the order of the voxels.
    provenance : dict
        Stored in the models.
    device : torch.device
        Where to train.
    grids : mapping of str to Grid, optional
        Where data consistency is wanted in each contrast, for views that do not share their axes; else on the fine
        grid of its own views.
    checkpoint : Checkpoint, optional
        Where to go on from, and to keep what is done.

    Returns
    -------
    models : dict of str to CoordinateModel
        One of each contrast, with the trunk and its own output: each stands for itself.
    curve : list of dict
        As of `training.train`.

    Raises
    ------
    InputError
        If views are constant or not finite, the contrasts do not overlap or are of different length scales, or the loss stops being finite.
    """
    device = torch.device(device)
    views = [view for group in groups.values() for view in group]
    heads = [head for head, group in enumerate(groups.values()) for _ in group]
    ranges = [intensity_range(group) for group in groups.values()]
    fields = [grids[name] if grids else fine_grid(list(group)) for name, group in groups.items()]
    check_length_scales(dict(zip(groups, fields, strict=True)))
    about = provenance | {"contrasts": list(groups)}
    try:
        field = covering_grid(fields)
    except InputError as error:
        raise InputError(f"{provenance.get('image', 'views')}, {', '.join(groups)}: {error}") from error
    joint = untrained_model(field, hyperparameters, seed, about, device, outputs=len(groups))
    targets = []
    for view, head in zip(views, heads, strict=True):
        low, scale = ranges[head]
        targets.append(torch.from_numpy((view.data - low) / scale).flatten().to(device))
    curve = fit(joint, views, targets, seed, checkpoint or Checkpoint(), heads)
    joint.network.eval()
    models = {}
    for head, (name, group) in enumerate(groups.items()):
        low, scale = ranges[head]
        own = replace(
            joint, network=_with_one_output(joint, head), offset=low, scale=scale, grid=fields[head]
        )
        own = replace(own, provenance=own.provenance | {"contrast": name})
        models[name] = own.with_residuals(group) if hyperparameters.data_consistency else own
    return models, curve


def _with_one_output(joint: CoordinateModel, head: int) -> nn.Sequential:
    """Network of a joint model with one of its outputs alone."""
    alone = build_network(joint.hyperparameters, joint.frequencies).to(joint.device)
    weights = joint.network.state_dict()
    for name in list(weights)[-2:]:  # weight and bias of the last layer
        weights[name] = weights[name][head : head + 1]
    alone.load_state_dict(weights)
    return alone.eval()
