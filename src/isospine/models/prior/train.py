"""Train the self-supervised prior on the sharp planes of thick-slice views, and on nothing else."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn.functional import mse_loss
from tqdm import tqdm

from isospine.geometry.grid import Grid
from isospine.models.prior.batches import mirrored_batches, network_data
from isospine.models.prior.cells import Array
from isospine.models.prior.examples import training_cells
from isospine.models.prior.model import PriorModel, amplitude_network, scaled
from isospine.models.prior.pairs import PlanePair, plane_pairs
from isospine.models.prior.stand_in import aligned_views
from isospine.physics.aligned import AlignedOperator
from isospine.physics.view import View, intensity_range
from isospine.recipes.hyperparameters import PriorHyperparameters
from isospine.training.checkpoint import State
from isospine.training.optimiser import Optimiser
from isospine.training.precision import mixed_precision, product_format
from isospine.training.session import Session
from isospine.training.stored_views import named, round_views
from isospine.training.trainable import Curve
from isospine.views.view_set import ViewSet

#: Decay of the exponential moving average of the weights.
AVERAGING = 0.998


@dataclass(frozen=True)
class Stage:
    """A part of a training: the network of one pair of views learns from one kind of cells.

    Attributes
    ----------
    index : int
        Number of the pair.
    pair : PlanePair
        The pair.
    settings : PriorHyperparameters
        Steps, batch, learning rate, weight decay and precision.
    draw : callable
        Draws the cells to learn from, as `training_cells` gives them, with a random generator.
    """

    index: int
    pair: PlanePair
    settings: PriorHyperparameters
    draw: Callable[[np.random.Generator], tuple[Array, ...]]


def train_prior(
    view_sets: Sequence[ViewSet],
    settings: PriorHyperparameters,
    session: Session,
    references: Mapping[str, Any] | None = None,
) -> tuple[dict[str, PriorModel], Curve]:
    """Learn from the sharp planes of the views of one image, and from nothing else.

    Parameters
    ----------
    view_sets : sequence of one ViewSet
        At least two views that are thick along different axes.
    settings : PriorHyperparameters
        The recipe.
    session : Session
        Seed of the cells drawn, of the initial weights and of the order of the cells; device and checkpoint.
    references : mapping
        Not used.

    Returns
    -------
    models : dict of str to PriorModel
        One, ready to be evaluated on any grid.
    curve : list of dict
        `epoch` (passes over the cells drawn), `step`, `loss` (mean squared error of the amplitudes, relative to
        the scale of the contexts) and `seconds`.

    Raises
    ------
    InputError
        If no two views are thick along different axes, they are constant or not finite, or the loss stops being
        finite (`DivergenceError`).
    """
    (view_set,) = view_sets
    aligned, grid = aligned_views(view_set)
    model = untrained_prior(aligned, view_set.views, grid, settings, session)
    stages = own_stages(model, aligned)
    left = session.checkpoint.open(model, aligned, total_steps(stages))
    model, curve = run_stages(model, stages, session, left)
    return {view_set.contrast: explaining(model, view_set)}, curve


def explaining(model: PriorModel, view_set: ViewSet) -> PriorModel:
    """Make the reconstructions of a model that learned from stand-ins explain the views themselves."""
    if view_set.aligned:
        return model
    return replace(model, acquired=round_views(view_set.views, model.offset, model.scale))


def own_stages(model: PriorModel, views: Sequence[View]) -> list[Stage]:
    """Make the stages in which each network learns from the planes of the unrounded views."""
    settings = model.hyperparameters
    volumes = [scaled(view.data, model.offset, model.scale) for view in views]
    return [
        Stage(index, pair, settings, partial(training_cells, pair, volumes, model.noise, settings.cells))
        for index, pair in enumerate(plane_pairs(views, model.grid, settings.L))
    ]


def untrained_prior(
    views: Sequence[View],
    acquired: Sequence[View],
    grid: Grid,
    settings: PriorHyperparameters,
    session: Session,
) -> PriorModel:
    """Make a model whose networks do not change the first estimate yet.

    Parameters
    ----------
    views : sequence of View
        Aligned views.
    acquired : sequence of View
        The same, or the views that they stand in for.
    grid : Grid
        Fine grid of the aligned ones.
    settings, session
        As for `train_prior`.
    """
    low, scale = intensity_range([*views, *acquired])
    operator = AlignedOperator.of_views(views, grid)
    networks = []
    for pair in plane_pairs(views, grid, settings.L):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(session.seed)
            network = amplitude_network(pair.cells, settings)
        with torch.no_grad():
            for weights in network[-1].parameters():
                weights.zero_()
        networks.append(network.to(torch.device(session.device)).eval())
    return PriorModel(
        networks=tuple(networks),
        scales=(1.0,) * len(networks),
        views=round_views(views, low, scale),
        acquired=(),
        offset=low,
        scale=scale,
        noise=operator.noise([view.data for view in views]) / scale,
        grid=grid,
        hyperparameters=settings,
        provenance=session.origin,
    )


def total_steps(stages: Sequence[Stage]) -> int:
    """Count the steps of some stages."""
    return sum(stage.settings.steps for stage in stages)


def run_stages(
    model: PriorModel,
    stages: Sequence[Stage],
    session: Session,
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
        model = train_stage(model, stages, number, curve, session, left)
        left = None
    return model, curve


def train_stage(
    model: PriorModel,
    stages: Sequence[Stage],
    number: int,
    curve: Curve,
    session: Session,
    left: State | None,
) -> PriorModel:
    """Train the network of one stage in place, to the average of its weights.

    Parameters
    ----------
    model : PriorModel
        Holds the network.
    stages : sequence of Stage
        All stages of the training.
    number : int
        Index of the stage to run.
    curve : list of dict
        Extended.
    session : Session
        As for `train_prior`.
    left : State or None
        State in which this stage was left.

    Returns
    -------
    PriorModel
        With the scale of these cells.
    """
    index, settings = stages[number].index, stages[number].settings
    cells = stages[number].draw(np.random.default_rng(session.seed))
    inputs, targets, scale = network_data(cells, settings.L)
    model = replace(model, scales=(*model.scales[:index], scale, *model.scales[index + 1 :]))
    network, device = model.networks[index], model.device
    precision = product_format(settings.precision, device)
    optimiser = Optimiser(network, settings.steps, settings.learning_rate, settings.weight_decay, precision)
    averaged = optimiser.weights.clone()
    shuffle = torch.Generator().manual_seed(session.seed)
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
        session.checkpoint.follow(batches, state),
        total=settings.steps,
        initial=optimiser.done,
        unit="step",
        mininterval=2.0,
        desc="training",
    )
    with session.keeping_last_good(model):
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
