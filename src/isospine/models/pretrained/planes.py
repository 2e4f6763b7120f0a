"""What the network of the pretrained prior is told of each cell, and what it answers with.

The network adds to the back-projected estimate what that lacks. It sees both views around the cell, that estimate, a
volume of small total variation, and what kind of slices they are. Everything is in units of how much the views vary
around the cell, so that faint structures, such as those within the cord, are restored as strong ones are.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isospine.models.pretrained.cells import MAPPING_SIZE, POSITIONS, SpacedAxis
from isospine.models.prior.cells import CONTEXT_CELLS, Array, Cells
from isospine.models.prior.waves import lowest_products, pick_products
from isospine.physics.aligned import AlignedOperator
from isospine.solvers.total_variation import minimise_variation, variation_weight

#: Products of cosines over a window, as a mask.
CHOSEN = lowest_products(MAPPING_SIZE)

#: Numbers in the contexts of a cell.
CONTEXT_SIZE = 2 * CONTEXT_CELLS * CONTEXT_CELLS * POSITIONS

#: Numbers that describe the slices, the noise and the contrast.
KIND_SIZE = 8

#: Inputs of the network.
INPUT_SIZE = CONTEXT_SIZE + 2 * MAPPING_SIZE + KIND_SIZE

#: Steps of the total variation solver.
VARIATION_STEPS = 60

#: About how many cells the spread of the contexts is measured on.
SAMPLED_CELLS = 2**16

#: Share of the image's spread that counts as contrast where there is none.
SMALLEST_CONTRAST = 0.15


@dataclass(frozen=True)
class SlicedPlanes:
    """Stacks of planes across two axes, as slices along the first and, if there is one, a second view show them.

    Attributes
    ----------
    cells : Cells
        The cells of a plane.
    first : (P, C1, N2) array
        Slices along the first axis, of intensities about [0, 1].
    second : (P, N1, C2) array or None
        Slices of the second view along the second axis.
    noise : float
        Standard deviation of their noise.
    measured : tuple of bool arrays
        Slices of each view that were measured, where others only fill gaps; empty where all were.
    """

    cells: Cells
    first: Array
    second: Array | None
    noise: float
    measured: tuple[NDArray[np.bool_], ...] = ()

    @property
    def views(self) -> tuple[Array, ...]:
        """Slices of each view."""
        return (self.first,) if self.second is None else (self.first, self.second)


@dataclass(frozen=True)
class Estimates:
    """What is known of stacks of planes before the network: (P, N1, N2) each, or slices as in `SlicedPlanes`.

    Attributes
    ----------
    smooth : array
        Small total variation along all three axes.
    projected : array
        By iterative back-projection.
    first, second : array
        Slices; those of a second view that is not there are those of `smooth`.
    """

    smooth: Array
    projected: Array
    first: Array
    second: Array

    def some(self, planes: slice | NDArray[np.intp]) -> "Estimates":
        """Choose planes."""
        return Estimates(self.smooth[planes], self.projected[planes], self.first[planes], self.second[planes])

    def between(self, weights: Array) -> "Estimates":
        """Interpolate Q planes by `weights` (Q, P)."""
        parts = (self.smooth, self.projected, self.first, self.second)
        return Estimates(*(np.tensordot(weights, part, axes=1) for part in parts))


def estimate(planes: SlicedPlanes) -> Estimates:
    """Estimate planes from their slices; those that fill gaps are replaced by what the measured ones say of them."""
    axes = range(1, 1 + len(planes.views))
    matrices = [own.slices for own in (planes.cells.first, planes.cells.second)][: len(planes.views)]
    whole = all(own.all() for own in planes.measured)
    known = [own.nonzero()[0] for own in planes.measured] or [np.arange(len(own)) for own in matrices]
    operator = AlignedOperator(
        tuple(axes), tuple(own[rows].astype(np.float64) for own, rows in zip(matrices, known, strict=True))
    )
    data = tuple(np.take(own, rows, axis) for own, rows, axis in zip(planes.views, known, axes, strict=True))
    projected = _projected(planes)
    weight = variation_weight(planes.noise)
    smooth = minimise_variation(operator, data, projected, weight, VARIATION_STEPS).astype(np.float32)
    if not whole:
        planes = _with_gaps_of(smooth, planes)
        projected = _projected(planes)
    second = np.matmul(smooth, planes.cells.second.slices.T) if planes.second is None else planes.second
    return Estimates(smooth, projected, planes.first, second)


def _projected(planes: SlicedPlanes) -> Array:
    """Estimate by iterative back-projection."""
    cells = planes.cells
    if planes.second is not None:
        return cells.estimate(planes.first, planes.second)
    projected = np.matmul(cells.first.interpolation, planes.first)
    for _ in range(10):
        left = planes.first - np.matmul(cells.first.slices, projected)
        projected = projected + np.matmul(cells.first.interpolation, left)
    return projected


def _with_gaps_of(volume: Array, planes: SlicedPlanes) -> SlicedPlanes:
    """Take the slices that were not measured from an estimate of the volume."""
    shown = (
        np.matmul(planes.cells.first.slices, volume),
        np.matmul(volume, planes.cells.second.slices.T),
    )
    shapes = ((1, -1, 1), (1, 1, -1))
    parts = [
        np.where(known.reshape(shape), own, guess)
        for own, guess, known, shape in zip(planes.views, shown, planes.measured, shapes, strict=False)
    ]
    return replace(planes, first=parts[0], second=parts[1] if len(parts) > 1 else None)


def cell_inputs(cells: Cells, known: Estimates) -> tuple[Array, Array]:
    """Inputs of the network for each cell, without the kind of slices, and the amplitudes of the back-projected estimate.

    Parameters
    ----------
    cells : Cells
        The cells of a plane.
    known : Estimates
        Of planes across both axes.

    Returns
    -------
    inputs : (N, CONTEXT_SIZE + 2 L) array
        Contexts and amplitudes without their mean intensity.
    amplitudes : (N, L) array
        Of the windows of the back-projected estimate.
    """
    contexts, mean = _centred_contexts(cells, known)
    amplitudes = pick_products(cells.amplitudes(known.projected), CHOSEN)
    smoother = pick_products(cells.amplitudes(known.smooth), CHOSEN) - amplitudes
    centred = amplitudes.copy()
    centred[:, 0] -= mean  # the first product is the window's mean
    return np.concatenate([contexts, centred, smoother], axis=1), amplitudes


def _centred_contexts(cells: Cells, known: Estimates) -> tuple[Array, Array]:
    own, other = cells.contexts(known.first, known.second)
    mean = (own.mean(axis=(1, 2)) + other.mean(axis=(1, 2))) / 2
    flat = [(context - mean[:, None, None]).reshape(len(own), -1) for context in (own, other)]
    return np.concatenate(flat, axis=1), mean


def contexts_spread(cells: Cells, known: Estimates) -> float:
    """Standard deviation of the contexts of some of the cells: the unit of the network's inputs and outputs."""
    total = len(known.first) * len(cells.first.centres) * len(cells.second.centres)
    contexts, _ = _centred_contexts(cells, known.some(slice(None, None, max(1, total // SAMPLED_CELLS))))
    return float(contexts.std()) or 1.0


def kind_of_slices(cells: Cells) -> Array:
    """Describe the slices of both axes to the network."""
    axes = [axis.describe() for axis in (cells.first, cells.second) if isinstance(axis, SpacedAxis)]
    return np.transpose(axes).ravel().astype(np.float32)


def contrast_of(inputs: Array, spread: float) -> Array:
    """How much the views vary around each cell: the unit of its inputs and outputs, (N, 1)."""
    variance = inputs[:, :CONTEXT_SIZE].var(axis=1, keepdims=True)
    return np.sqrt(variance + (SMALLEST_CONTRAST * spread) ** 2).astype(np.float32)


def complete_inputs(inputs: Array, contrast: Array, cells: Cells, noise: float, spread: float) -> Array:
    """Scale inputs of cells and add the kind of their slices, their noise and their contrast: (N, INPUT_SIZE)."""
    kind = np.broadcast_to(kind_of_slices(cells), (len(inputs), KIND_SIZE - 2))
    return np.concatenate(
        [inputs / contrast, kind, noise / contrast, np.log(contrast / np.float32(spread))], axis=1
    ).astype(np.float32)
