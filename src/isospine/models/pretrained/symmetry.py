"""The eight symmetries of a cell: mirrored along either axis, and the axes swapped.

What holds for a cell holds for its mirror image with mirrored views. The network learns from all eight, and its answers
to all eight are averaged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from isospine.models.pretrained.cells import MAPPING_SIZE, POSITIONS
from isospine.models.pretrained.planes import CHOSEN, CONTEXT_SIZE, KIND_SIZE
from isospine.models.prior.cells import CONTEXT_CELLS, Array


@dataclass(frozen=True)
class Symmetry:
    """Order and signs of the network's inputs (F,) and outputs (L,) in one of the images of a cell."""

    inputs: NDArray[np.intp]
    input_signs: Array
    outputs: NDArray[np.intp]
    output_signs: Array

    def applied(self, inputs: Array) -> Array:
        """Inputs (N, F) of the image."""
        return np.take(inputs, self.inputs, axis=1) * self.input_signs

    def answers(self, outputs: Array) -> Array:
        """Outputs (N, L) for the image, from those for the cell itself."""
        return np.take(outputs, self.outputs, axis=1) * self.output_signs

    def undone(self, outputs: Array) -> Array:
        """Invert `answers`."""
        result = np.empty_like(outputs)
        result[:, self.outputs] = outputs * self.output_signs
        return result


def _symmetry(swapped: bool, flips: Sequence[int]) -> Symmetry:
    count = CONTEXT_CELLS * CONTEXT_CELLS * POSITIONS
    own = np.arange(count).reshape(CONTEXT_CELLS, -1)
    other = count + np.arange(count).reshape(-1, CONTEXT_CELLS)
    step = np.s_[:: flips[0], :: flips[1]]
    own, other = own[step], other[step]
    parity = (-1.0) ** np.arange(len(CHOSEN))
    signs = np.outer(*(parity if flip < 0 else np.ones(len(CHOSEN)) for flip in flips))
    order = np.zeros(CHOSEN.shape, np.intp)
    order[CHOSEN] = np.arange(MAPPING_SIZE)
    kind = np.arange(KIND_SIZE)
    if swapped:
        own, other, signs, order = other.T, own.T, signs.T, order.T
        kind = np.array([1, 0, 3, 2, 5, 4, 6, 7])
    waves = order[CHOSEN]
    wave_signs = signs[CHOSEN].astype(np.float32)
    after = CONTEXT_SIZE + 2 * MAPPING_SIZE
    parts = [
        own.ravel(),
        other.ravel(),
        CONTEXT_SIZE + waves,
        CONTEXT_SIZE + MAPPING_SIZE + waves,
        after + kind,
    ]
    ones = np.ones(CONTEXT_SIZE, np.float32)
    input_signs = np.concatenate([ones, wave_signs, wave_signs, np.ones(KIND_SIZE, np.float32)])
    return Symmetry(np.concatenate(parts), input_signs, waves, wave_signs)


#: All eight; the first is the cell itself.
SYMMETRIES = tuple(
    _symmetry(swapped, flips) for swapped in (False, True) for flips in product((1, -1), repeat=2)
)

#: Those that keep the axes: a second view that is not there cannot be swapped with the first.
MIRRORS = SYMMETRIES[:4]
