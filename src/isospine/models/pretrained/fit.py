"""Train the network of the pretrained prior."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from isospine.models.pretrained.examples import Examples
from isospine.models.pretrained.symmetry import MIRRORS, SYMMETRIES
from isospine.training.checkpoint import State
from isospine.training.optimiser import Optimiser
from isospine.training.precision import mixed_precision, product_format

#: Yields steps, and keeps the state between two of them when that is due.
Follow = Callable[[Iterable[int], Callable[[], State]], Iterator[int]]

#: Decay of the exponential moving average of the weights.
AVERAGING = 0.998


@dataclass(frozen=True)
class Fitting:
    """Settings of AdamW.

    Attributes
    ----------
    steps, batch : int
        Steps, and cells in each.
    learning_rate, weight_decay : float
        The first learning rate falls to zero along a cosine. At 2e-3, three times the default, large networks die.
    precision : {'auto', 'float32', 'bfloat16'}
        Number format of the products.
    """

    steps: int
    batch: int = 256
    learning_rate: float = 7e-4
    weight_decay: float = 0.1
    precision: str = "auto"


def fit_network(
    network: nn.Sequential,
    examples: Examples,
    views: int,
    fitting: Fitting,
    seed: int,
    follow: Follow | None = None,
    left: State | None = None,
) -> list[float]:
    """Fit a network in place to examples of one or two views, in one image of the cells after another.

    The squared error of a cell counts by its contrast: between errors in intensity, which would leave faint structures
    to chance, and errors relative to what there is to see, which would count noise as much as edges. The network ends with
    the moving average of its weights.

    Parameters
    ----------
    network : nn.Sequential
        Of `cell_network`.
    examples : Examples
        To learn from.
    views : {1, 2}
        Views that show a plane.
    fitting : Fitting
        Settings.
    seed : int
        Of the order of the cells.
    follow : callable
        Keeps the state between steps, as `Checkpoint.follow` does.
    left : State
        A state of the same fit, to continue from.

    Returns
    -------
    list of float
        The loss of each step, also of those before `left`.
    """
    device = next(network.parameters()).device
    optimiser = Optimiser(
        network,
        fitting.steps,
        fitting.learning_rate,
        fitting.weight_decay,
        product_format(fitting.precision, device),
    )
    averaged = optimiser.weights.clone()
    random = np.random.default_rng(seed)
    if left:
        optimiser.restore(left.tensors)
        averaged.copy_(left.tensors["averaged"])
        random.bit_generator.state = left.numbers["random"]

    def state() -> State:
        tensors = optimiser.state() | {"averaged": averaged}
        return State(optimiser.done, tensors, {"random": random.bit_generator.state})

    importance = examples.weights / examples.weights.mean()
    symmetries = SYMMETRIES if views == 2 else MIRRORS
    steps: Iterable[int] = range(optimiser.done, fitting.steps)
    progress = tqdm(
        follow(steps, state) if follow else steps,
        initial=optimiser.done,
        total=fitting.steps,
        unit="step",
        mininterval=10.0,
        desc=f"{views} views",
    )
    for step in progress:
        symmetry = symmetries[step % len(symmetries)]
        cells = random.integers(len(examples.inputs), size=fitting.batch)
        inputs = torch.from_numpy(symmetry.applied(np.take(examples.inputs, cells, axis=0))).to(device)
        answers = torch.from_numpy(symmetry.answers(np.take(examples.targets, cells, axis=0))).to(device)
        weights = torch.from_numpy(np.take(importance, cells, axis=0)).to(device)
        with mixed_precision(fitting.precision, device):
            predicted = network(inputs)
        optimiser.step((weights * (predicted.float() - answers) ** 2).mean())
        averaged.lerp_(optimiser.weights, 1 - AVERAGING if step else 1)
    optimiser.look()
    optimiser.finish(averaged)
    network.eval()
    return optimiser.losses
