"""Divide the plane across two thick axes into cells of one slice by one slice.

Two views that are thick along different axes are sharp along the third. At each position on that third axis
they leave a plane in which one view knows slice means along one axis and the other along the other axis.
A cell is where a slice of each cross; the samples of both views in it and its neighbours are its context.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospine.geometry.grid import FloatArray
from isospine.physics.aligned import AlignedOperator
from isospine.physics.slice_profile import slice_matrix
from isospine.solvers.total_variation import minimise_variation, variation_weight

Array = NDArray[np.float32]

#: Cells along each axis of a context.
CONTEXT_CELLS = 3

#: Length of the window that a cell predicts, over its slice thickness; windows of neighbours overlap.
WINDOW_LENGTH = 1.4

#: Steps of the total variation solver; more change little of what the network makes of it.
VARIATION_STEPS = 30

#: Neighbouring windows are blended over this distance to either side of the border between their cells, in voxels.
BLEND = 1.0


def spline_matrix(length: int, positions: FloatArray) -> Array:
    """Evaluate a cubic spline, mirrored at the outer faces, at P positions: weights (P, length)."""
    reach = max(0.0, -float(positions.min()), float(positions.max()) - (length - 1))
    margin = int(np.ceil(reach)) + 4
    mirror = np.pad(np.eye(length), ((margin, margin), (0, 0)), mode="symmetric")
    return np.asarray(
        slice_matrix(length + 2 * margin, positions + margin, 1.0, "point") @ mirror, dtype=np.float32
    )


def spread(count: int, extent: float) -> FloatArray:
    """Return the centres of `count` equal parts of an interval of length `extent` around zero."""
    return np.asarray(((np.arange(count) + 0.5) / count - 0.5) * extent, np.float64)


@dataclass(frozen=True)
class ThickAxis:
    """One axis of the plane: sharp in the plane itself, divided into slices in one of the views.

    Attributes
    ----------
    length : int
        Voxels.
    centres : (C,) ndarray
        Slice centres in voxels, evenly spaced.
    factor : float
        Slice thickness in voxels.
    profile : str
        Slice profile.
    """

    length: int
    centres: FloatArray
    factor: float
    profile: str

    @cached_property
    def slices(self) -> Array:
        """From voxels to slices, (C, length)."""
        return slice_matrix(self.length, self.centres, self.factor, self.profile).astype(np.float32)

    @cached_property
    def interpolation(self) -> Array:
        """From slices to voxels by cubic splines, (length, C)."""
        step = self.centres[1] - self.centres[0] if len(self.centres) > 1 else self.factor
        return spline_matrix(len(self.centres), (np.arange(self.length) - self.centres[0]) / step)

    @cached_property
    def context_samples(self) -> Array:
        """From voxels to the context's positions around each slice, (C * n, length)."""
        positions = self.centres[:, None] + spread(self.context_count, CONTEXT_CELLS * self.factor)
        return spline_matrix(self.length, positions.ravel())

    @property
    def context_count(self) -> int:
        """Positions of a context along this axis."""
        return CONTEXT_CELLS * round(self.factor)

    def window_samples(self, count: int) -> Array:
        """From voxels to `count` positions in the window around each slice, (C * count, length)."""
        positions = self.centres[:, None] + spread(count, WINDOW_LENGTH * self.factor)
        return spline_matrix(self.length, positions.ravel())

    def blending(self, positions: FloatArray, count: int) -> Array:
        """Weights of each slice's `count` cosine amplitudes at `positions` (P,) in voxels, (P, C * count).

        The weights of neighbouring windows add up to one everywhere.
        """
        inside = np.clip(positions, self.centres[0], self.centres[-1])
        closeness = (self.factor / 2 + BLEND - np.abs(inside[:, None] - self.centres)) / (2 * BLEND)
        weight = np.clip(closeness, 0, 1)
        weight /= weight.sum(axis=1, keepdims=True)
        relative = (positions[:, None] - self.centres) / (WINDOW_LENGTH * self.factor) + 0.5
        waves = cosines(np.clip(relative, 0, 1).ravel(), count).reshape(*relative.shape, count)
        return (weight[..., None] * waves).reshape(len(positions), -1).astype(np.float32)


def cosines(positions: FloatArray, count: int) -> FloatArray:
    """Evaluate the first `count` cosines of the unit interval, orthonormal in mean: (P, count)."""
    waves = np.cos(np.pi * np.asarray(positions)[:, None] * np.arange(count))
    waves[:, 1:] *= np.sqrt(2)
    return waves


@dataclass(frozen=True)
class Cells:
    """The cells of a plane, for stacks of planes (P, N1, N2).

    Attributes
    ----------
    first, second : ThickAxis
        The thick axis of the first and of the second view.
    waves : int
        Cosines along each axis of a window.
    """

    first: ThickAxis
    second: ThickAxis
    waves: int

    def simulate(self, planes: Array) -> tuple[Array, Array]:
        """Average planes over slices of the first axis (P, C1, N2), and of the second (P, N1, C2)."""
        return np.matmul(self.first.slices, planes), np.matmul(planes, self.second.slices.T)

    def estimate(self, first: Array, second: Array, iterations: int = 10) -> Array:
        """Estimate planes (P, N1, N2) that explain the slice means, by iterative back-projection."""
        planes = self._interpolate(first, second)
        for _ in range(iterations):
            seen_first, seen_second = self.simulate(planes)
            planes = planes + self._interpolate(first - seen_first, second - seen_second)
        return planes

    def smooth_estimate(self, first: Array, second: Array, start: Array, noise: float) -> Array:
        """Estimate planes (P, N1, N2) of small total variation that explain the slice means, from `start`."""
        slices = (self.first.slices.astype(np.float64), self.second.slices.astype(np.float64))
        operator = AlignedOperator((1, 2), slices)
        weight = variation_weight(noise)
        return minimise_variation(operator, (first, second), start, weight, VARIATION_STEPS, axes=(1, 2))

    def _interpolate(self, first: Array, second: Array) -> Array:
        along_first = np.matmul(self.first.interpolation, first)
        return (along_first + np.matmul(second, self.second.interpolation.T)) / np.float32(2)

    def contexts(self, first: Array, second: Array) -> tuple[Array, Array]:
        """Gather the samples of each view in each cell and its neighbours.

        Parameters
        ----------
        first : (P, C1, N2) array
            Slice means along the first axis.
        second : (P, N1, C2) array
            Slice means along the second axis.

        Returns
        -------
        (P * C1 * C2, 3, n2), (P * C1 * C2, n1, 3) ndarrays
        """
        samples = np.matmul(first, self.second.context_samples.T)
        samples = samples.reshape(*first.shape[:2], -1, self.second.context_count)
        own = _neighbours(samples, axis=1)
        samples = np.matmul(self.first.context_samples, second)
        samples = samples.reshape(len(second), -1, self.first.context_count, second.shape[2])
        other = _neighbours(samples.transpose(0, 1, 3, 2), axis=2)
        shape = (-1, CONTEXT_CELLS, self.second.context_count)
        return own.reshape(shape), other.swapaxes(-1, -2).reshape(-1, self.first.context_count, CONTEXT_CELLS)

    def amplitudes(self, planes: Array) -> Array:
        """Project the window around each cell of planes (P, N1, N2) on cosines: (P * C1 * C2, waves, waves)."""
        axes = (self.first, self.second)
        counts = [max(self.waves, round(WINDOW_LENGTH * axis.factor)) for axis in axes]
        projections = [(cosines(spread(n, 1) + 0.5, self.waves) / n).astype(np.float32) for n in counts]
        # window sampling and projection are both linear: one small matrix per axis
        first, second = (
            np.einsum("cmn,mk->ckn", axis.window_samples(n).reshape(-1, n, axis.length), projection)
            for axis, n, projection in zip(axes, counts, projections, strict=True)
        )
        flat_first, flat_second = first.reshape(-1, self.first.length), second.reshape(-1, self.second.length)
        result = np.matmul(np.matmul(flat_first, planes), flat_second.T)
        result = result.reshape(len(planes), len(first), self.waves, len(second), self.waves)
        return result.swapaxes(2, 3).reshape(-1, self.waves, self.waves)

    def synthesise(self, amplitudes: Array, at_first: FloatArray, at_second: FloatArray) -> Array:
        """Sum the blended windows at the crossings of positions on both axes: (P, len 1, len 2)."""
        count_first, count_second = len(self.first.centres), len(self.second.centres)
        grid = amplitudes.reshape(-1, count_first, count_second, self.waves, self.waves)
        matrix = grid.swapaxes(2, 3).reshape(-1, count_first * self.waves, count_second * self.waves)
        left = self.first.blending(at_first, self.waves)
        return np.matmul(np.matmul(left, matrix), self.second.blending(at_second, self.waves).T)


def _neighbours(samples: NDArray[Any], axis: int) -> NDArray[Any]:
    """Join each cell's samples with those of the cells before and after it (mirrored ends): (..., 3, n)."""
    padding = [(1, 1) if a == axis else (0, 0) for a in range(samples.ndim)]
    padded = np.pad(samples, padding, mode="symmetric")
    count = samples.shape[axis]
    return np.stack([padded.take(range(i, i + count), axis=axis) for i in range(CONTEXT_CELLS)], axis=-2)
