"""Train the network of the pretrained prior."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from isospine.models.pretrained.examples import Examples
from isospine.models.pretrained.symmetry import MIRRORS, SYMMETRIES
from isospine.training.optimiser import Optimiser
from isospine.training.precision import mixed_precision, product_format

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
    network: nn.Sequential, examples: Examples, views: int, fitting: Fitting, seed: int
) -> list[float]:
    """Fit a network in place to examples of one or two views, in one image of the cells after another.

    The squared error of a cell counts by its contrast: between errors in intensity, which would leave faint structures
    to chance, and errors relative to what there is to see, which would count noise as much as edges. The network ends with
    the moving average of its weights.

    Returns
    -------
    list of float
        The loss of each step.
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
    importance = examples.weights / examples.weights.mean()
    symmetries = SYMMETRIES if views == 2 else MIRRORS
    for step in tqdm(range(fitting.steps), unit="step", mininterval=10.0, desc=f"{views} views"):
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
