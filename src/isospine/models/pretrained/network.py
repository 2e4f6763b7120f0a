"""The network of the pretrained prior, and its answers."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from isospine.models.mlp import CHUNK, multilayer_perceptron
from isospine.models.pretrained.cells import MAPPING_SIZE
from isospine.models.pretrained.planes import INPUT_SIZE
from isospine.models.pretrained.symmetry import Symmetry
from isospine.models.prior.cells import Array
from isospine.training.precision import mixed_precision


def cell_network(width: int, hidden_layers: int) -> nn.Sequential:
    """Initialise a network, from torch's global random state, that changes nothing yet."""
    network = multilayer_perceptron(INPUT_SIZE, width, hidden_layers, "relu", 1.0, outputs=MAPPING_SIZE)
    with torch.no_grad():
        for weights in network[-1].parameters():
            weights.zero_()
    return network


@torch.no_grad()
def answers(network: nn.Sequential, inputs: Array, symmetries: Sequence[Symmetry], precision: str) -> Array:
    """Mean of the network's answers (N, L) to the images of cells."""
    device = next(network.parameters()).device
    total = np.zeros((len(inputs), MAPPING_SIZE), np.float32)
    for start in range(0, len(inputs), CHUNK):
        part = inputs[start : start + CHUNK]
        for symmetry in symmetries:
            image = torch.from_numpy(symmetry.applied(part)).to(device)
            with mixed_precision(precision, device):
                answer = network(image).float().cpu().numpy()
            total[start : start + CHUNK] += symmetry.undone(answer)
    return total / np.float32(len(symmetries))
