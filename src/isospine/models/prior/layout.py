"""Lay out contexts and amplitudes as flat inputs and outputs of the prior's network."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from isospine.models.prior.cells import Array, Cells
from isospine.models.prior.waves import Mask


@dataclass(frozen=True)
class ContextLayout:
    """The order and signs of the network's flat inputs and outputs under mirror symmetry.

    Attributes
    ----------
    inputs : (4, F) ndarray of int
        Order of the inputs in each of the four mirror images.
    input_signs, output_signs : (4, F) and (4, L) ndarrays
        Signs of the inputs and outputs in each mirror image; odd cosines change theirs.
    """

    inputs: NDArray[np.intp]
    input_signs: Array
    output_signs: Array

    @classmethod
    def of_cells(cls, cells: Cells, chosen: Mask) -> "ContextLayout":
        """Make the layout of one kind of cell with the `chosen` (K, K) products of cosines."""
        own_shape = (3, cells.second.context_count)
        other_shape = (cells.first.context_count, 3)
        size = own_shape[0] * own_shape[1]
        own = np.arange(size).reshape(own_shape)
        other = size + np.arange(other_shape[0] * other_shape[1]).reshape(other_shape)
        count = int(chosen.sum())
        waves = size + other.size + np.arange(2 * count)  # of both estimates
        parity = (-1.0) ** np.arange(len(chosen))
        orders, signs = [], []
        for flip_first, flip_second in product((1, -1), repeat=2):
            step = np.s_[::flip_first, ::flip_second]
            orders.append(np.concatenate([own[step].ravel(), other[step].ravel(), waves]))
            rows = parity if flip_first < 0 else np.ones(len(parity))
            columns = parity if flip_second < 0 else np.ones(len(parity))
            signs.append(np.outer(rows, columns)[chosen])
        output_signs = np.array(signs, np.float32)
        ones = np.ones((4, size + other.size), np.float32)
        return cls(np.array(orders), np.concatenate([ones, output_signs, output_signs], axis=1), output_signs)

    def mirrored(self, inputs: Array, image: int) -> Array:
        """Permute inputs (N, F) into one of the four mirror images.

        numpy permutes the columns of a contiguous array several times faster than torch does.
        """
        return np.take(inputs, self.inputs[image], axis=1) * self.input_signs[image]
