"""Draw the batches on which the network of the self-supervised prior is trained."""

from collections.abc import Iterator

import numpy as np
import torch

from isospine.models.prior.cells import Array, Cells
from isospine.models.prior.layout import ContextLayout
from isospine.models.prior.restore import flatten_contexts
from isospine.models.prior.waves import lowest_products, pick_products
from isospine.recipes.hyperparameters import PriorHyperparameters


def network_data(cells: tuple[Array, ...], mapping_size: int) -> tuple[Array, Array, float]:
    """Make the inputs and targets of the network for each cell, and the scale that divides both."""
    own, other, estimate, smooth, truth = cells
    chosen = lowest_products(mapping_size)
    inputs = flatten_contexts(own, other, estimate, smooth, chosen)
    targets = pick_products(truth - estimate, chosen)
    scale = np.float32(inputs[:, : own[0].size + other[0].size].std() or 1)
    inputs /= scale
    targets /= scale
    return inputs, targets, float(scale)


def mirrored_batches(
    inputs: Array,
    targets: Array,
    geometry: Cells,
    settings: PriorHyperparameters,
    shuffle: torch.Generator,
    done: int = 0,
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield random cells for each step, in one mirror image after another.

    Parameters
    ----------
    inputs, targets : (N, F) and (N, L) arrays
        Inputs of the network for each cell, and the outputs that it learns.
    geometry : Cells
        The kind of cells, which defines their mirror images.
    settings : PriorHyperparameters
        Gives the number of steps and of cells in each.
    shuffle : torch.Generator
        Chooses the cells.
    done : int
        Steps that were done before.

    Yields
    ------
    inputs, targets : (batch, F) and (batch, L) tensors
        For one step, in memory of the processor.
    """
    layout = ContextLayout.of_cells(geometry, lowest_products(settings.L))
    for step in range(done + 1, settings.steps + 1):
        image = step % len(layout.inputs)
        cells = torch.randint(len(inputs), (settings.batch,), generator=shuffle).numpy()
        features = layout.mirrored(np.take(inputs, cells, axis=0), image)
        answers = np.take(targets, cells, axis=0) * layout.output_signs[image]
        yield torch.from_numpy(features), torch.from_numpy(answers)
