"""Evaluate a coordinate network alone, with weights of half the size."""

import copy
from dataclasses import replace
from pathlib import Path

import torch

from isospine.geometry.grid import Volume
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.load import load_model


def network_alone(model: CoordinateModel, number_format: torch.dtype) -> CoordinateModel:
    """Drop the residuals of a model, and round its weights to a number format (computed in as before)."""
    network = copy.deepcopy(model.network)
    with torch.no_grad():
        for weights in network.parameters():
            weights.copy_(weights.to(number_format))
    return replace(model, network=network, residuals=())


def rounded_network_image(path: str | Path, device: str | torch.device = "cpu") -> Volume:
    """Evaluate a stored coordinate network alone, with weights in bfloat16, on the views' fine grid.

    Parameters
    ----------
    path : path-like
        Model file of a coordinate network.
    device : torch.device
        Where to evaluate it.

    Returns
    -------
    (I, J, K) ndarray
        Intensities on the scale of the views.
    """
    model = load_model(path, device)
    assert isinstance(model, CoordinateModel)
    return network_alone(model, torch.bfloat16).evaluate(model.grid)
