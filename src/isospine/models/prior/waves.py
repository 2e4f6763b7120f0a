"""Choose cosines over the window around a cell."""

import numpy as np
from numpy.typing import NDArray

from isospine.models.prior.cells import Array

Mask = NDArray[np.bool_]


def cosine_count(mapping_size: int) -> int:
    """Return the number of cosines per axis from which the L lowest products are taken."""
    return int(np.ceil(np.sqrt(mapping_size)))


def lowest_products(mapping_size: int) -> Mask:
    """Choose the L products of cosines of lowest frequency, as a mask (K, K)."""
    count = cosine_count(mapping_size)
    order = np.add.outer(np.arange(count) ** 2, np.arange(count) ** 2)
    chosen = np.zeros(count * count, dtype=bool)
    chosen[np.argsort(order.ravel(), kind="stable")[:mapping_size]] = True
    return chosen.reshape(count, count)


def pick_products(amplitudes: Array, chosen: Mask) -> Array:
    """Pick the amplitudes (N, L) of the `chosen` products from those of each window (N, K, K)."""
    # a mask as index would give columns in one piece instead of rows, and take several times as long
    return np.take(amplitudes.reshape(len(amplitudes), -1), np.flatnonzero(chosen), axis=1)
