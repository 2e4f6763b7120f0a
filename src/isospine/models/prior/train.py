"""Training the self-supervised prior on the sharp planes of thick-slice views, and on nothing else."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import mse_loss
from tqdm import tqdm

from isospine.jobs.provenance import software_versions
from isospine.models.coordinate.model import named
from isospine.models.prior.batches import mirrored_batches, network_data
from isospine.models.prior.cells import Array
from isospine.models.prior.examples import training_cells
from isospine.models.prior.model import PriorModel, build_network, scaled
from isospine.models.prior.pairs import PlanePair, plane_pairs
from isospine.physics.aligned import AlignedOperator
from isospine.physics.fine_grid import fine_grid
from isospine.physics.view import View, intensity_range
from isospine.recipes.hyperparameters import PriorHyperparameters
from isospine.training.checkpoint import Checkpoint, State
from isospine.training.optimiser import Optimiser
from isospine.training.precision import mixed_precision, product_format
from isospine.training.session import last_good_kept
from isospine.training.stored_views import round_views

Curve = list[dict[str, float]]

#: Decay of the exponential moving average of the weights.
AVERAGING = 0.998


@dataclass(frozen=True)
class Stage:
    """Part of a training: the network of one pair of views learns from one kind of cells.

    Attributes
    ----------
    index : int
        Number of the pair.
    pair : PlanePair
        The pair.
    settings : PriorHyperparameters
        Steps, batch, learning rate, weight decay and precision.
    draw : callable
        From a source of randomness to what to learn from, as `training_cells` gives it.
    """

    index: int
    pair: PlanePair
    settings: PriorHyperparameters
    draw: Callable[[np.random.Generator], tuple[Array, ...]]


def train_prior(
    views: Sequence[View],
    hyperparameters: PriorHyperparameters,
    seed: int,
    provenance: dict[str, Any],
    device: str | torch.device = "cpu",
    rescue: Path | None = None,
    checkpoint: Checkpoint | None = None,
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
    checkpoint : Checkpoint, optional
        Where to go on from, and to keep what is done.

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
    model = untrained_model(views, hyperparameters, seed, provenance, torch.device(device))
    stages = own_stages(model, views)
    checkpoint = checkpoint or Checkpoint()
    left = checkpoint.open(model, views, total_steps(stages))
    return run_stages(model, stages, seed, rescue, checkpoint, left)


def own_stages(model: PriorModel, views: Sequence[View]) -> list[Stage]:
    """Each network of a model learns from the planes of the views as they were before they were rounded."""
    settings = model.hyperparameters
    volumes = [scaled(view.data, model.offset, model.scale) for view in views]
    return [
        Stage(index, pair, settings, partial(training_cells, pair, volumes, model.noise, settings.cells))
        for index, pair in enumerate(plane_pairs(views, model.grid, settings.L))
    ]


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
    operator = AlignedOperator.of_views(views, grid)
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
        scales=(1.0,) * len(networks),
        views=round_views(views, low, scale),
        acquired=(),
        offset=low,
        scale=scale,
        noise=operator.noise([view.data for view in views]) / scale,
        grid=grid,
        hyperparameters=hyperparameters,
        provenance=provenance | {"seed": seed, "software": software_versions()},
    )


def total_steps(stages: Sequence[Stage]) -> int:
    """Steps of some stages together."""
    return sum(stage.settings.steps for stage in stages)


def run_stages(
    model: PriorModel,
    stages: Sequence[Stage],
    seed: int,
    rescue: Path | None,
    checkpoint: Checkpoint,
    left: State | None,
) -> tuple[PriorModel, Curve]:
    """Train one stage after another, or what is left of them; parameters as those of `train_prior`."""
    first, curve = 0, []
    if left:
        first, curve = left.numbers["stage"], left.numbers["curve"]
        model = replace(model, scales=tuple(left.numbers["scales"]))
        for index, network in enumerate(model.networks):
            if index != stages[first].index:
                network.load_state_dict(named(left.tensors, f"network.{index}."))
    for number in range(first, len(stages)):
        model = fit(model, stages, number, seed, curve, rescue, checkpoint, left)
        left = None
    return model, curve


def fit(
    model: PriorModel,
    stages: Sequence[Stage],
    number: int,
    seed: int,
    curve: Curve,
    rescue: Path | None,
    checkpoint: Checkpoint,
    left: State | None,
) -> PriorModel:
    """Train the network of one stage in place, to the average of its weights.

    Parameters
    ----------
    model : PriorModel
        Holds the network.
    stages : sequence of Stage
        All that the model learns.
    number : int
        Which of them.
    seed : int
        Seed of the cells and of their order.
    curve : list of dict
        Extended.
    rescue, checkpoint
        As in `train_prior`.
    left : State or None
        Where this stage was left.

    Returns
    -------
    PriorModel
        With the contrast of these cells.
    """
    index, settings = stages[number].index, stages[number].settings
    cells = stages[number].draw(np.random.default_rng(seed))
    inputs, targets, contrast = network_data(cells, settings.L)
    model = replace(model, scales=(*model.scales[:index], contrast, *model.scales[index + 1 :]))
    network, device = model.networks[index], model.device
    precision = product_format(settings.precision, device)
    optimiser = Optimiser(network, settings.steps, settings.learning_rate, settings.weight_decay, precision)
    averaged = optimiser.weights.clone()
    shuffle = torch.Generator().manual_seed(seed)
    elapsed = curve[-1]["seconds"] if curve else 0.0
    if left:
        optimiser.restore(left.tensors)
        averaged.copy_(left.tensors["averaged"])
        shuffle.set_state(left.tensors["shuffle"])
        elapsed = left.numbers["seconds"]
    report_every = max(1, settings.steps // 50)
    before = total_steps(stages[:number])
    start = time.perf_counter() - elapsed

    def state() -> State:
        others = {
            f"network.{other}.{name}": weights
            for other, network in enumerate(model.networks)
            for name, weights in network.state_dict().items()
            if other != index
        }
        here = optimiser.state() | {"averaged": averaged, "shuffle": shuffle.get_state()}
        seconds = time.perf_counter() - start
        numbers = {"stage": number, "scales": model.scales, "curve": curve, "seconds": seconds}
        return State(before + optimiser.done, others | here, numbers)

    batches = mirrored_batches(inputs, targets, stages[number].pair.cells, settings, shuffle, optimiser.done)
    progress = tqdm(
        checkpoint.follow(batches, state),
        total=settings.steps,
        initial=optimiser.done,
        unit="step",
        mininterval=2.0,
        desc="training",
    )
    with last_good_kept(model, rescue):
        for features, answers in progress:
            with mixed_precision(settings.precision, device):
                predicted = network(features.to(device))
            optimiser.step(mse_loss(predicted.float(), answers.to(device)))
            step = optimiser.done
            averaged.lerp_(optimiser.weights, 1 - AVERAGING if step > 1 else 1)
            if step % report_every == 0 or step == settings.steps:
                optimiser.look()
                recent = optimiser.losses[-(step % report_every or report_every) :]
                mean = sum(recent) / len(recent)
                seconds = time.perf_counter() - start
                epoch = step * settings.batch / len(inputs)
                curve.append({"epoch": epoch, "step": before + step, "loss": mean, "seconds": seconds})
    optimiser.finish(averaged)
    return model
