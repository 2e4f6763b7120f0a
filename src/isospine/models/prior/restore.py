"""Restore the planes across the thick axes of two views with the prior's network."""

from collections.abc import Callable, Sequence

import numpy as np

from isospine.geometry.grid import FloatArray
from isospine.models.prior.cells import Array, spline_matrix
from isospine.models.prior.pairs import PlanePair
from isospine.models.prior.waves import Mask, pick_products


def flatten_contexts(own: Array, other: Array, estimate: Array, smooth: Array, chosen: Mask) -> Array:
    """Flatten contexts and the amplitudes of both estimates to inputs (N, F) without the mean intensity.

    The second estimate enters as its difference from the first.
    """
    mean = (own.mean(axis=(1, 2)) + other.mean(axis=(1, 2))) / 2
    waves = pick_products(estimate, chosen)
    difference = pick_products(smooth, chosen) - waves
    waves[:, 0] -= mean  # the first product is the window's mean
    flat = [(context - mean[:, None, None]).reshape(len(own), -1) for context in (own, other)]
    return np.concatenate([*flat, waves, difference], axis=1)


def restore(
    pair: PlanePair,
    volumes: Sequence[Array],
    noise: float,
    chosen: Mask,
    predict_amplitudes: Callable[[Array], Array],
    positions: tuple[FloatArray, FloatArray, FloatArray],
) -> Array:
    """Restore the planes across a pair's thick axes at the crossings of positions along each axis.

    Parameters
    ----------
    pair : PlanePair
        Geometry.
    volumes : sequence of (I, J, K) arrays
        Scaled intensities of all views.
    noise : float
        Standard deviation of the views' noise.
    chosen : (K, K) bool array
        Products of cosines that the network answers with.
    predict_amplitudes : callable
        From network inputs (N, F) to amplitudes (N, L) that the estimate lacks.
    positions : three arrays
        In voxels of the fine grid, along the sharp axis, the first and the second thick axis.

    Returns
    -------
    (P, Q, R) ndarray
        In the order of `positions`.
    """
    cells = pair.cells
    along_sharp, along_first, along_second = positions
    sampling = [
        spline_matrix(axis.length, at)
        for axis, at in ((cells.first, along_first), (cells.second, along_second))
    ]
    stacks = [volumes[index].transpose(pair.axes) for index in (pair.first, pair.second)]
    between = spline_matrix(stacks[0].shape[0], along_sharp)
    result = np.empty(tuple(len(at) for at in positions), np.float32)
    step = max(1, 2**17 // (len(cells.first.centres) * len(cells.second.centres)))
    for start in range(0, len(along_sharp), step):
        rows = between[start : start + step]
        own, other = (np.tensordot(rows, stack, axes=1) for stack in stacks)
        planes = cells.estimate(own, other)
        smooth = cells.smooth_estimate(own, other, planes, noise)
        contexts = cells.contexts(own, other)
        inputs = flatten_contexts(*contexts, cells.amplitudes(planes), cells.amplitudes(smooth), chosen)
        amplitudes = np.zeros((len(inputs), *chosen.shape), np.float32)
        amplitudes[:, chosen] = predict_amplitudes(inputs)
        sampled = np.matmul(np.matmul(sampling[0], planes), sampling[1].T)
        result[start : start + step] = sampled + cells.synthesise(amplitudes, along_first, along_second)
    return result
