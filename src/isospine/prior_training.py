"""Training the self-supervised prior on the sharp planes of thick-slice views, and on nothing else."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import mse_loss
from tqdm import tqdm

from isospine.acquisition import View, fine_grid, intensity_range
from isospine.cells import Array, Cells
from isospine.consistency import AcquisitionOperator, noise_sigma
from isospine.descent import Descent
from isospine.hyperparameters import PriorHyperparameters
from isospine.model_file import last_good_kept
from isospine.precision import mixed_precision, product_format
from isospine.prior import (
    PlanePair,
    flatten_contexts,
    lowest_products,
    pick_products,
    plane_pairs,
    training_cells,
)
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
    rescue: Path | None = None,
    pretrained: tuple[PriorModel, Curve] | None = None,
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
    rescue : Path, optional
        Where to write the last good model if the training diverges.
    pretrained : (PriorModel, curve), optional
        A model of the same views to go on from, and what it took to train it.

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
        If no two views are thick along different axes, they are constant or not finite, or the loss stops being
        finite (`DivergenceError`).
    """
    model, curve = pretrained or (
        untrained_model(views, hyperparameters, seed, provenance, torch.device(device)),
        [],
    )
    volumes = [scaled(view.data, model.offset, model.scale) for view in views]
    for index, pair in enumerate(plane_pairs(views, model.grid, hyperparameters.L)):
        random = np.random.default_rng(seed)
        cells = training_cells(pair, volumes, model.noise, hyperparameters.cells, random)
        model = fit(model, index, pair, cells, hyperparameters, seed, curve, rescue)
    return model, curve


def untrained_model(
    views: Sequence[View],
    hyperparameters: PriorHyperparameters,
    seed: int,
    provenance: dict[str, Any],
    device: torch.device,
) -> PriorModel:
    """Model whose networks add nothing to the first estimate yet; parameters as those of `train_prior`."""
    grid = fine_grid(list(views))
    low, scale = intensity_range(views)
    operator = AcquisitionOperator.of_views(views, grid)
    networks = []
    for pair in plane_pairs(views, grid, hyperparameters.L):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = build_network(pair.cells, hyperparameters)
        with torch.no_grad():
            for weights in network[-1].parameters():
                weights.zero_()
        networks.append(network.to(device).eval())
    return PriorModel(
        networks=tuple(networks),
        contrasts=(1.0,) * len(networks),
        views=round_views(views, low, scale),
        offset=low,
        scale=scale,
        noise=noise_sigma(operator, [view.data for view in views]) / scale,
        grid=grid,
        hyperparameters=hyperparameters,
        provenance=provenance | {"seed": seed, "software": software_versions()},
    )


def fit(
    model: PriorModel,
    index: int,
    pair: PlanePair,
    cells: tuple[Array, ...],
    settings: PriorHyperparameters,
    seed: int,
    curve: Curve,
    rescue: Path | None,
) -> PriorModel:
    """Train the network of one pair of views in place, to the average of its weights.

    Parameters
    ----------
    model : PriorModel
        Holds the network.
    index : int
        Number of the pair.
    pair : PlanePair
        The pair.
    cells : tuple of arrays
        What to learn from, as `training_cells` gives it.
    settings : PriorHyperparameters
        Steps, batch, learning rate, weight decay and precision.
    seed : int
        Seed of the order of the cells.
    curve : list of dict
        Extended.
    rescue : Path or None
        As in `train_prior`.

    Returns
    -------
    PriorModel
        With the contrast of these cells.
    """
    inputs, targets, contrast = network_data(cells, settings.L)
    model = replace(model, contrasts=(*model.contrasts[:index], contrast, *model.contrasts[index + 1 :]))
    network, device = model.networks[index], model.device
    precision = product_format(settings.precision, device)
    descent = Descent(network, settings.steps, settings.learning_rate, settings.weight_decay, precision)
    averaged = descent.weights.clone()
    report_every = max(1, settings.steps // 50)
    done = int(curve[-1]["step"]) if curve else 0
    elapsed = curve[-1]["seconds"] if curve else 0.0
    start = time.perf_counter()
    batches = mirrored_batches(inputs, targets, pair.cells, settings, seed)
    progress = tqdm(batches, total=settings.steps, unit="step", mininterval=2.0, desc="training")
    with last_good_kept(model, rescue):
        for step, (features, answers) in enumerate(progress, 1):
            with mixed_precision(settings.precision, device):
                predicted = network(features.to(device))
            descent.step(mse_loss(predicted.float(), answers.to(device)))
            averaged.lerp_(descent.weights, 1 - AVERAGING if step > 1 else 1)
            if step % report_every == 0 or step == settings.steps:
                descent.look()
                recent = descent.losses[-(step % report_every or report_every) :]
                mean = sum(recent) / len(recent)
                seconds = elapsed + time.perf_counter() - start
                epoch = step * settings.batch / len(inputs)
                curve.append({"epoch": epoch, "step": done + step, "loss": mean, "seconds": seconds})
    descent.finish(averaged)
    return model


def network_data(cells: tuple[Array, ...], mapping_size: int) -> tuple[Array, Array, float]:
    """What the network gets of each cell, what it shall answer, and the contrast that both are divided by."""
    own, other, estimate, smooth, truth = cells
    chosen = lowest_products(mapping_size)
    inputs = flatten_contexts(own, other, estimate, smooth, chosen)
    targets = pick_products(truth - estimate, chosen)
    contrast = np.float32(inputs[:, : own[0].size + other[0].size].std() or 1)
    inputs /= contrast
    targets /= contrast
    return inputs, targets, float(contrast)


def mirrored_batches(
    inputs: Array, targets: Array, geometry: Cells, settings: PriorHyperparameters, seed: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Random cells for each step, in one mirror image after another.

    Parameters
    ----------
    inputs, targets : (N, F) and (N, L) arrays
        What the network gets of each cell, and what it shall answer.
    geometry : Cells
        The kind of cells, which says what their mirror images are.
    settings : PriorHyperparameters
        Gives the number of steps and of cells in each.
    seed : int
        Chooses the cells.

    Yields
    ------
    inputs, targets : (batch, F) and (batch, L) tensors
        For one step, in memory of the processor.
    """
    layout = ContextLayout.of_cells(geometry, lowest_products(settings.L))
    shuffle = torch.Generator().manual_seed(seed)
    for step in range(1, settings.steps + 1):
        image = step % len(layout.inputs)
        cells = torch.randint(len(inputs), (settings.batch,), generator=shuffle).numpy()
        features = layout.mirrored(np.take(inputs, cells, axis=0), image)
        answers = np.take(targets, cells, axis=0) * layout.output_signs[image]
        yield torch.from_numpy(features), torch.from_numpy(answers)
