"""Training the self-supervised prior on the sharp planes of thick-slice views, and on nothing else."""

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from isospine.acquisition import View, fine_grid
from isospine.cells import Array, Cells
from isospine.consistency import AcquisitionOperator, noise_sigma
from isospine.errors import InputError
from isospine.geometry import Grid
from isospine.hyperparameters import PriorHyperparameters
from isospine.inr import mixed_precision
from isospine.prior import flatten_contexts, lowest_products, plane_pairs, training_cells
from isospine.prior_model import ContextLayout, PriorModel, build_network, scaled
from isospine.provenance import software_versions
from isospine.stored_views import round_views

Curve = list[dict[str, float]]

#: Decay of the exponential moving average of the weights.
AVERAGING = 0.998


def train_prior(
    views: Sequence[View],
    hyperparameters: PriorHyperparameters,
    seed: int,
    provenance: dict[str, Any],
    device: str | torch.device = "cpu",
    pretrained: tuple[Sequence[nn.Sequential | None], Curve] | None = None,
) -> tuple[PriorModel, Curve]:
    """Learn from the sharp planes of the views of one image, and from nothing else.

    Parameters
    ----------
    views : sequence of View
        At least two that are thick along different axes.
    hyperparameters : PriorHyperparameters
        The recipe.
    seed : int
        Seed of the cells drawn, of the initial weights and of the order of the cells.
    provenance : dict
        Stored in the model, with the software versions.
    device : torch.device
        Where to train.
    pretrained : (networks, curve), optional
        One network for every pair of views to go on from, and what it took to train them.

    Returns
    -------
    model : PriorModel
        Ready to be evaluated on any grid.
    curve : list of dict
        `epoch` (passes over the cells drawn), `step`, `loss` (mean squared error of the amplitudes, relative to
        the contrast of the contexts) and `seconds`.

    Raises
    ------
    InputError
        If no two views are thick along different axes, or the loss stops being finite.
    """
    device = torch.device(device)
    grid = fine_grid(list(views))
    low = float(min(view.data.min() for view in views))
    scale = float(max(view.data.max() for view in views)) - low
    volumes = [scaled(view.data, low, scale) for view in views]
    sigma = measure_noise(views, grid)
    networks, contrasts = [], []
    pairs = plane_pairs(views, grid, hyperparameters.L)
    starts, curve = pretrained or ([None] * len(pairs), [])
    for pair, start in zip(pairs, starts, strict=True):
        random = np.random.default_rng(seed)
        cells = training_cells(pair, volumes, sigma, hyperparameters.cells, random)
        network, contrast = fit(pair.cells, cells, hyperparameters, seed, device, curve, start)
        networks.append(network)
        contrasts.append(contrast)
    model = PriorModel(
        networks=tuple(networks),
        contrasts=tuple(contrasts),
        views=round_views(views, low, scale),
        offset=low,
        scale=scale,
        noise=sigma,
        grid=grid,
        hyperparameters=hyperparameters,
        provenance=provenance | {"seed": seed, "software": software_versions()},
    )
    return model, curve


def measure_noise(views: Sequence[View], grid: Grid) -> float:
    """Standard deviation of the views' noise over their intensity range."""
    measured = [view.data for view in views]
    span = float(max(data.max() for data in measured) - min(data.min() for data in measured))
    return noise_sigma(AcquisitionOperator.of_views(views, grid), measured) / span


def fit(
    geometry: Cells,
    cells: tuple[Array, ...],
    settings: PriorHyperparameters,
    seed: int,
    device: torch.device,
    curve: Curve,
    network: nn.Sequential | None = None,
) -> tuple[nn.Sequential, float]:
    """Train one network, a new one if none is given.

    Extends the curve, and returns the averaged network and the contrast of its inputs.
    """
    chosen = lowest_products(settings.L)
    own, other, estimate, smooth, truth = cells
    missing = (truth - estimate)[:, chosen]
    inputs = flatten_contexts(own, other, estimate, smooth, chosen)
    contrast = float(inputs[:, : own[0].size + other[0].size].std())
    features = torch.from_numpy(inputs / np.float32(contrast)).to(device)
    targets = torch.from_numpy(missing / np.float32(contrast)).to(device)
    network = network or untrained_network(geometry, settings, seed).to(device)
    averaged: AveragedModel = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(AVERAGING))
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.steps)
    images = ContextLayout.of_cells(geometry, chosen).mirror_images(device)
    shuffle = torch.Generator().manual_seed(seed)
    running = torch.zeros((), device=device)
    report_every = max(1, settings.steps // 50)
    done = int(curve[-1]["step"]) if curve else 0
    elapsed = curve[-1]["seconds"] if curve else 0.0
    start = time.perf_counter()
    for step in tqdm(range(1, settings.steps + 1), unit="step", mininterval=2.0, desc="training"):
        order, sign, output_sign = images[step % 4]
        batch = torch.randint(len(features), (settings.batch,), generator=shuffle).to(device)
        optimiser.zero_grad()
        with mixed_precision(settings.precision, device):
            predicted = network(features[batch][:, order] * sign)
        loss = torch.mean((predicted.float() - targets[batch] * output_sign) ** 2)
        loss.backward()
        optimiser.step()
        schedule.step()
        averaged.update_parameters(network)
        running += loss.detach()
        if step % report_every == 0 or step == settings.steps:
            mean = float(running) / (step % report_every or report_every)
            running.zero_()
            if not math.isfinite(mean):
                raise InputError(
                    f"training: the loss became {mean} by step {step}; "
                    f"the likely cause is learning_rate {settings.learning_rate:g}: lower it in the recipe"
                )
            seconds = elapsed + time.perf_counter() - start
            epoch = step * settings.batch / len(features)
            curve.append({"epoch": epoch, "step": done + step, "loss": mean, "seconds": seconds})
    network.load_state_dict(averaged.module.state_dict())
    return network.eval(), contrast


def untrained_network(geometry: Cells, settings: PriorHyperparameters, seed: int) -> nn.Sequential:
    """Network that adds nothing to the first estimate yet."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build_network(geometry, settings)
    with torch.no_grad():
        for weights in network[-1].parameters():
            weights.zero_()
    return network
