"""The self-supervised prior: what the views' own sharp planes teach about the planes they are blind in.

Every view is sharp in its own planes. Seen through the slice profile along each of their two axes, these planes
give pairs of what two views would tell and what is true. A network learns to restore the truth from the context
of a cell, and is applied in the planes across both thick axes. It answers with the amplitudes of L cosines over a
window around the cell, so that the result is a function of the continuous coordinate given the views.

Sources: internal learning as in ZSSR (Shocher et al., CVPR 2018) and SMORE (Zhao et al., TMI 2021); local implicit
functions as in LIIF (Chen et al., CVPR 2021).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations, product

import numpy as np
from numpy.typing import NDArray

from isospine.acquisition import View
from isospine.cells import Array, Cells, ThickAxis, spline_matrix
from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class PlanePair:
    """Two views that are thick along different axes, and the axis along which both are sharp.

    Attributes
    ----------
    first, second : int
        Index of each view.
    axes : three ints
        Sharp axis, thick axis of the first, thick axis of the second.
    cells : Cells
        The plane across both thick axes.
    """

    first: int
    second: int
    axes: tuple[int, int, int]
    cells: Cells


def cosine_count(mapping_size: int) -> int:
    """Cosines per axis from which the L lowest products are taken."""
    return int(np.ceil(np.sqrt(mapping_size)))


def lowest_products(mapping_size: int) -> Mask:
    """Which L products of cosines a window has: those of lowest frequency, as a mask (K, K)."""
    count = cosine_count(mapping_size)
    order = np.add.outer(np.arange(count) ** 2, np.arange(count) ** 2)
    chosen = np.zeros(count * count, dtype=bool)
    chosen[np.argsort(order.ravel(), kind="stable")[:mapping_size]] = True
    return chosen.reshape(count, count)


def pick_products(amplitudes: Array, chosen: Mask) -> Array:
    """Amplitudes (N, L) of the `chosen` products among those of each window (N, K, K)."""
    # a mask as index would give columns in one piece instead of rows, and take several times as long
    return np.take(amplitudes.reshape(len(amplitudes), -1), np.flatnonzero(chosen), axis=1)


def plane_pairs(views: Sequence[View], grid: Grid, mapping_size: int) -> list[PlanePair]:
    """Every two views with the cells of their common planes.

    Raises
    ------
    InputError
        If there are not two views that are thick along different axes.
    """
    pairs = []
    for first, second in combinations(range(len(views)), 2):
        thick = (views[first].axis, views[second].axis)
        if thick[0] == thick[1]:
            continue
        axes = (3 - sum(thick), *thick)
        cells = Cells(
            thick_axis_of(views[first], grid), thick_axis_of(views[second], grid), cosine_count(mapping_size)
        )
        pairs.append(PlanePair(first, second, axes, cells))
    if not pairs:
        raise InputError(
            "views: the self-supervised prior needs at least two views that are thick along different axes; "
            "add a view of another plane, or use the recipe fourier"
        )
    return pairs


def thick_axis_of(view: View, grid: Grid) -> ThickAxis:
    """Slices of a view along its thick axis, in voxels of the fine grid."""
    index = np.zeros((view.grid.shape[view.axis], 3))
    index[:, view.axis] = np.arange(len(index))
    centres = grid.indices(view.grid.world(index))[:, view.axis]
    factor = view.thickness / float(grid.spacing[view.axis])
    return ThickAxis(grid.shape[view.axis], centres, factor, view.profile)


def training_cells(
    pair: PlanePair, volumes: Sequence[Array], noise: float, limit: int, random: np.random.Generator
) -> tuple[Array, ...]:
    """Pairs of context and truth from the sharp planes of both views of a pair.

    Parameters
    ----------
    pair : PlanePair
        The views and the geometry of the cells to be restored later.
    volumes : sequence of (I, J, K) arrays
        Scaled intensities of all views.
    noise : float
        Standard deviation of the views' noise; what slice averaging removed of it is added again.
    limit : int
        About how many cells to draw.
    random : numpy.random.Generator
        Chooses planes, and draws the noise.

    Returns
    -------
    own, other, estimate, smooth, truth : ndarrays
        Contexts (N, 3, n2) and (N, n1, 3), amplitudes (N, K, K) of the window in both estimates and in truth.
    """
    sharp, thick_first, thick_second = pair.axes
    stacks = []
    for index, thick, kept in (
        (pair.first, thick_first, thick_second),
        (pair.second, thick_second, thick_first),
    ):
        planes = volumes[index].transpose(thick, sharp, kept)
        stacks += [planes, planes.transpose(0, 2, 1)]
    lost = (noise * _lost_noise(pair.cells.first), noise * _lost_noise(pair.cells.second))
    return _draw_cells(pair.cells, stacks, noise, lost, limit, random)


def reference_cells(
    pair: PlanePair, reference: Array, noise: float, limit: int, random: np.random.Generator
) -> tuple[Array, ...]:
    """Pairs of context and truth from a volume that is sharp along every axis, as `training_cells`.

    Parameters
    ----------
    pair : PlanePair
        The geometry of the cells to be restored later.
    reference : (I, J, K) array
        Scaled intensities, of any shape.
    noise : float
        Standard deviation of the noise to be expected in the views.
    limit : int
        About how many cells to draw.
    random : numpy.random.Generator
        Chooses planes, and draws the noise.
    """
    # planes of every direction: other directions teach what edges look like, and there are few references
    stacks = [reference.transpose(order) for order in permutations(range(3))]
    return _draw_cells(pair.cells, stacks, noise, (noise, noise), limit, random)


def _draw_cells(
    cells: Cells,
    stacks: Sequence[Array],
    noise: float,
    added: tuple[float, float],
    limit: int,
    random: np.random.Generator,
) -> tuple[Array, ...]:
    """Cells of planes of the stacks at every shift; noise of `added` is put on each simulated view."""
    tasks = [task for stack in stacks for task in _shifted_cells(cells, stack)]
    total = sum(len(stack) * len(c.first.centres) * len(c.second.centres) for stack, c in tasks)
    if total == 0:
        raise InputError("views: their planes are smaller than a slice is thick; lower views.factor")
    parts = []
    for stack, shifted in tasks:
        count = min(len(stack), int(np.ceil(len(stack) * limit / total)))
        planes = np.ascontiguousarray(stack[np.sort(random.choice(len(stack), count, replace=False))])
        own, other = (
            view + random.normal(scale=sigma, size=view.shape).astype(np.float32) if sigma > 0 else view
            for view, sigma in zip(shifted.simulate(planes), added, strict=True)
        )
        estimate = shifted.estimate(own, other)
        smooth = shifted.smooth_estimate(own, other, estimate, noise)
        windows = [shifted.amplitudes(image) for image in (estimate, smooth, planes)]
        parts.append((*shifted.contexts(own, other), *windows))
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def _shifted_cells(cells: Cells, stack: Array) -> Iterator[tuple[Array, Cells]]:
    """The same cells at every shift of whole voxels, on planes of another size."""

    def shifted(axis: ThickAxis, length: int) -> list[ThickAxis]:
        half = (axis.factor - 1) / 2
        starts = np.arange(int(np.ceil(axis.factor))) + half
        centres = [np.arange(start, length - 1 - half + 1e-6, axis.factor) for start in starts]
        return [ThickAxis(length, c, axis.factor, axis.profile) for c in centres if len(c)]

    firsts, seconds = shifted(cells.first, stack.shape[1]), shifted(cells.second, stack.shape[2])
    for first, second in product(firsts, seconds):
        yield stack, Cells(first, second, cells.waves)


def _lost_noise(axis: ThickAxis) -> float:
    """Share of the noise's standard deviation that averaging over a slice takes away."""
    kept = float(np.mean(np.sum(axis.slices**2, axis=1)))
    return float(np.sqrt(max(0.0, 1 - kept)))


def flatten_contexts(own: Array, other: Array, estimate: Array, smooth: Array, chosen: Mask) -> Array:
    """Network inputs (N, F) without the mean intensity: contexts, and amplitudes of both estimates.

    Of the second estimate it is what differs from the first.
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
    """Intensities of the planes across a pair's thick axes, at the crossings of positions along each axis.

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
