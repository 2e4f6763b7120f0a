"""Estimate the displacement to an earlier scan through the slices of views, never on interpolated views."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import nn
from torch.nn.functional import huber_loss

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.models.earlier.intensity import ROBUST, fit_matching
from isospine.models.earlier.lattice import Lattice, interpolate
from isospine.models.earlier.samples import Samples, draw_samples, stride
from isospine.physics.slice_profile import apply_along, slice_matrix
from isospine.physics.view import View

#: Voxels of an earlier scan, above which it is interpolated with its own spacing, to save memory.
LARGEST = 2**24

#: Share of a voxel's points that must lie within the earlier scan.
WITHIN = 0.98


@dataclass(frozen=True)
class Pair:
    """An earlier scan and views, with intensities about [0, 1].

    Attributes
    ----------
    earlier : (I, J, K) array
        The earlier scan.
    earlier_grid : Grid
        Its grid.
    views : tuple of View
        Views of the later session.
    lattice : Lattice
        Of the displacement.
    rigid : (4, 4) array
        World coordinates of the later session, after the displacement, to those of the earlier one.
    """

    earlier: Volume
    earlier_grid: Grid
    views: tuple[View, ...]
    lattice: Lattice
    rigid: FloatArray

    def blurred(self, sigma: float) -> torch.Tensor:
        """Earlier scan (1, ...), blurred by a Gaussian of so many mm.

        Where that is little it has half its spacing, so that linear interpolation blurs less.
        """
        spacing = self.earlier_grid.spacing
        image = gaussian_filter(self.earlier, sigma / spacing, mode="nearest")
        if sigma < spacing.max() and image.size <= LARGEST:
            for axis, length in enumerate(image.shape):
                halves = np.arange(2 * length - 1) / 2
                image = apply_along(slice_matrix(length, halves, 1.0, "point"), image, axis)
        return torch.from_numpy(image.astype(np.float32))[None]

    def blurred_views(self, sigma: float) -> list[Volume]:
        """Intensities of the views, blurred in their planes as far as the earlier scan is."""
        return [
            gaussian_filter(
                view.data,
                [0 if axis == view.axis else sigma / view.grid.spacing[axis] for axis in range(3)],
                mode="nearest",
            )
            for view in self.views
        ]

    def earlier_positions(self, world: torch.Tensor, displacement: torch.Tensor) -> torch.Tensor:
        """Normalised positions (N, 3) in the earlier scan of points in mm from the middle, displaced by (N, 3)."""
        ends = np.maximum(np.array(self.earlier_grid.shape) - 1, 1)
        scale = np.diag(2 / ends) @ np.linalg.inv(self.earlier_grid.affine[:3, :3])
        middle = self.rigid[:3, :3] @ self.lattice.image.centre + self.rigid[:3, 3]
        offset = scale @ (middle - self.earlier_grid.affine[:3, 3]) - 1
        matrix = (scale @ self.rigid[:3, :3])[::-1].T  # the last axis comes first
        return (world + displacement) @ _tensor(matrix) + _tensor(offset[::-1])


@dataclass(frozen=True)
class Stage:
    """One stage of an estimate.

    Attributes
    ----------
    steps : int
        Steps of Adam.
    rate : float
        Its highest learning rate.
    blur : float
        Standard deviation in mm by which both scans are blurred.
    every : int
        Step between the planes of views that are compared; more where there would be more than `points` points.
    points : int
        Points of a step, about.
    draws : int
        Sets of planes that are compared in turn, at most.
    matching : int
        Steps after which the intensities are matched anew.
    """

    steps: int
    rate: float
    blur: float
    every: int = 2
    points: int = 120_000
    draws: int = 3
    matching: int = 20


def seen(
    pair: Pair, image: torch.Tensor, samples: Samples, displacement: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Look the earlier scan up at the points of samples: intensities (N,), and whether (N,) they lie within it."""
    shift = interpolate(displacement, samples.positions).T
    positions = pair.earlier_positions(samples.world, shift)
    return interpolate(image, positions)[0], positions.detach().abs().amax(dim=1) <= 1


def fit_field(
    pair: Pair,
    displacement: Callable[[], torch.Tensor],
    penalty: Callable[[torch.Tensor], torch.Tensor | float],
    parameters: Sequence[nn.Parameter],
    stage: Stage,
) -> None:
    """Optimise a field by Adam, in place.

    Parameters
    ----------
    pair : Pair
        What is compared.
    displacement : callable
        Gives the displacement (3, ...) on the lattice in mm.
    penalty : callable
        Of a displacement; added to the mean of the robust squared residuals, in units of `ROBUST` squared.
    parameters : sequence of nn.Parameter
        What is optimised.
    stage : Stage
        How.
    """
    image, data = pair.blurred(stage.blur), pair.blurred_views(stage.blur)
    every = stride(pair.views, pair.lattice.image, stage.every, stage.points)
    firsts = np.unique(np.linspace(0, every - 1, min(every, stage.draws)).round().astype(int))
    draws = [draw_samples(pair.views, data, pair.lattice, every, int(first)) for first in firsts]
    optimiser = torch.optim.Adam(parameters, lr=stage.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, stage.rate, total_steps=stage.steps + 1, pct_start=0.1
    )
    for step in range(stage.steps):
        if step % stage.matching == 0:
            with torch.no_grad():
                matchings = matched(pair, image, draws, displacement())
        samples, (offset, slope, square, use) = draws[step % len(draws)], matchings[step % len(draws)]
        optimiser.zero_grad()
        shift = displacement()
        intensities, _ = seen(pair, image, samples, shift)
        once, squared = samples.means(torch.stack([intensities, intensities**2]))
        predicted = offset + slope * once + square * squared
        residual = huber_loss(predicted[use], samples.values[use], delta=ROBUST) / ROBUST**2
        (residual + penalty(shift)).backward()
        optimiser.step()
        schedule.step()


def matched(
    pair: Pair, image: torch.Tensor, draws: Sequence[Samples], displacement: torch.Tensor
) -> list[tuple[torch.Tensor, ...]]:
    """Coefficients c0 (M,), c1 (M,), c2, and the voxels that count, for each draw; fitted to the first."""
    found, matching = [], None
    for samples in draws:
        intensities, inside = seen(pair, image, samples, displacement)
        within = samples.means(inside.float()[None])[0] >= WITHIN
        if matching is None:
            once, squared = samples.means(torch.stack([intensities, intensities**2])).numpy()
            matching = fit_matching(
                pair.lattice.image, samples.centres, once, squared, samples.values.numpy(), within.numpy()
            )
        parts = [_tensor(part) for part in matching.at(samples.centres)]
        found.append((*parts, torch.tensor(matching.square, dtype=torch.float32), within))
    return found


def _tensor(array: FloatArray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, np.float32))
