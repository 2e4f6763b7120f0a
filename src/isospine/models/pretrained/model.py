"""The pretrained prior applied to the views of one image, on any grid."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.resample import resample
from isospine.models.mlp import with_weights
from isospine.models.pretrained.bodies import Fingerprints, pack_bodies, unpack_bodies
from isospine.models.pretrained.frame import Frame, frames_of, views_of_planes
from isospine.models.pretrained.network import answers, cell_network
from isospine.models.pretrained.planes import (
    CHOSEN,
    SlicedPlanes,
    cell_inputs,
    complete_inputs,
    contexts_spread,
    contrast_of,
    estimate,
)
from isospine.models.pretrained.symmetry import MIRRORS, SYMMETRIES
from isospine.models.prior.cells import Array, spline_matrix
from isospine.models.reconstruct import reconstruct
from isospine.physics.magnitude import views_times
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.operator import Operator, operator_of
from isospine.physics.slices import without_slices
from isospine.physics.view import View, intensity_range
from isospine.recipes.hyperparameters import PretrainedHyperparameters
from isospine.recipes.kinds import read_hyperparameters
from isospine.solvers.consistency import consistency_correction, consistency_ridge
from isospine.solvers.tikhonov import smooth_correction
from isospine.training.session import Session
from isospine.training.stored_views import (
    named,
    pack_views,
    round_views,
    unpack_grid,
    unpack_number,
    unpack_views,
)
from isospine.views.view_set import ViewSet

#: Cells that are restored at once; bounds the memory.
CELLS_AT_ONCE = 2**17


@dataclass(frozen=True)
class PretrainedModel:
    """A network that was trained on other bodies, with the views that it is applied to.

    Attributes
    ----------
    network : nn.Sequential
        From what is known of a cell to the cosine amplitudes that its back-projected estimate lacks.
    stacks : tuple of View
        Stacks of measured slices, which the network sees.
    slices : tuple of View
        The slices one by one, where each has its own motion.
    offset, scale : float
        Lowest intensity of the views, and the difference to the highest.
    noise : float
        Standard deviation of the noise of views so scaled.
    grid : Grid
        Grid to reconstruct on.
    bodies : dict of str to (N,) uint64 array
        Fingerprints of the bodies that the network learned from.
    hyperparameters : PretrainedHyperparameters
        The settings.
    provenance : dict
        Image, method, seed, weights and software versions, JSON-serialisable.
    """

    network: nn.Sequential
    stacks: tuple[View, ...]
    slices: tuple[View, ...]
    offset: float
    scale: float
    noise: float
    grid: Grid
    bodies: dict[str, Fingerprints]
    hyperparameters: PretrainedHyperparameters
    provenance: dict[str, Any]

    @property
    def device(self) -> torch.device:
        """Device of the network's weights."""
        return next(self.network.parameters()).device

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(weights.numel() for weights in self.network.parameters())

    @property
    def views(self) -> int:
        """Number of views that show each plane, 1 or 2."""
        return views_of_planes(self.stacks)

    @property
    def explained(self) -> tuple[View, ...]:
        """Views that the image must agree with; none without data consistency."""
        return (self.slices or self.stacks) if self.hyperparameters.data_consistency else ()

    @cached_property
    def frames(self) -> list[Frame]:
        """Frames of the stacks, of intensities in [0, 1]."""
        scaled = [
            replace(stack, data=((stack.data - self.offset) / self.scale).astype(np.float32))
            for stack in self.stacks
        ]
        return frames_of(scaled, self.grid)

    def evaluate(self, grid: Grid) -> Volume:
        """Evaluate the prior alone at the voxel centres of any grid."""
        total = np.zeros(grid.shape, np.float32)
        for frame in self.frames:
            total += self._restored(frame, grid)
        return total / np.float32(len(self.frames)) * np.float32(self.scale) + np.float32(self.offset)

    def times_power(self, exponent: int) -> Self:
        """Return the same model with all intensities multiplied by a power of two."""
        offset, scale = (math.ldexp(value, exponent) for value in (self.offset, self.scale))
        stacks, slices = (views_times(own, exponent) for own in (self.stacks, self.slices))
        return replace(self, offset=offset, scale=scale, stacks=stacks, slices=slices)

    def reconstruct(self, grid: Grid) -> Volume:
        """Reconstruct on any grid: see `models.reconstruct`."""
        return reconstruct(self, grid)

    def correction(self, image: Volume, operator: Operator) -> Volume:
        """Compute the correction of the prior's image on the model's grid by data consistency, weighted by noise."""
        measured = [view.data for view in self.explained]
        if isinstance(operator, ObliqueOperator):
            return smooth_correction(image, operator, measured, self.noise)
        return consistency_correction(image, operator, measured, consistency_ridge(image, operator, measured))

    def _restored(self, frame: Frame, grid: Grid) -> Volume:
        """Restore the planes of a frame, of intensities in [0, 1], on a grid."""
        turn = np.linalg.solve(
            frame.grid.affine[:3, :3], grid.affine[:3, :3]
        )  # voxels of the frame per voxel
        along = np.abs(turn).argmax(axis=1)
        rest = turn.copy()
        rest[range(3), along] = 0
        if len(set(along)) < 3 or np.abs(rest).max() > 1e-4:
            dense = frame.grid.resampled(float(self.grid.spacing.min()) / 2)
            return resample(self._restored(frame, dense), dense, grid)
        corner = frame.grid.indices(grid.affine[:3, 3])
        positions = [corner[a] + turn[a, g] * np.arange(grid.shape[g]) for a, g in enumerate(along)]
        return np.transpose(self._at(frame, positions), np.argsort(along))

    def _at(self, frame: Frame, positions: Sequence[FloatArray]) -> Array:
        """Restore a frame at the crossings of positions along its axes, in its voxels."""
        cells = frame.cells
        known = estimate(SlicedPlanes(cells, frame.first, frame.second, self.noise, frame.measured))
        spread = contexts_spread(cells, known)
        along, *across = positions
        sampling = [spline_matrix(n, at) for n, at in zip(frame.grid.shape[1:], across, strict=True)]
        weights = spline_matrix(frame.grid.shape[0], along)
        symmetries = SYMMETRIES if frame.second is not None else MIRRORS
        result = np.empty(tuple(len(at) for at in positions), np.float32)
        step = max(1, CELLS_AT_ONCE // (len(cells.first.centres) * len(cells.second.centres)))
        for start in range(0, len(along), step):
            here = known.between(weights[start : start + step])
            inputs, _ = cell_inputs(cells, here)
            contrast = contrast_of(inputs, spread)
            inputs = complete_inputs(inputs, contrast, cells, self.noise, spread)
            lacking = np.zeros((len(inputs), *CHOSEN.shape), np.float32)
            answer = answers(self.network, inputs, symmetries, self.hyperparameters.precision)
            lacking[:, CHOSEN] = answer * contrast
            projected = np.matmul(np.matmul(sampling[0], here.projected), sampling[1].T)
            result[start : start + step] = projected + cells.synthesise(lacking, across[0], across[1])
        return result

    def contents(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Return the tensors and the JSON-serialisable description that `from_contents` reads."""
        tensors, views = pack_views([*self.stacks, *self.slices], self.offset, self.scale)
        tensors |= {f"network.{name}": weights.cpu() for name, weights in self.network.state_dict().items()}
        tensors |= pack_bodies(self.bodies)
        tensors["affine"] = torch.from_numpy(self.grid.affine)
        description = {
            "offset": self.offset,
            "scale": self.scale,
            "noise": self.noise,
            "shape": list(self.grid.shape),
            "views": views,
            "stacks": len(self.stacks),
            "hyperparameters": self.hyperparameters.as_dict(),
            "provenance": self.provenance,
        }
        return tensors, description

    @classmethod
    def from_contents(
        cls, tensors: dict[str, torch.Tensor], description: dict[str, Any], device: torch.device
    ) -> "PretrainedModel":
        """Restore a model from its `contents`."""
        hyperparameters = read_hyperparameters(description["hyperparameters"])
        assert isinstance(hyperparameters, PretrainedHyperparameters)
        offset = unpack_number(description["offset"])
        scale = unpack_number(description["scale"], above=0)
        views = unpack_views(tensors, description["views"], offset, scale)
        count = description["stacks"]
        if type(count) is not int or not 0 < count <= len(views):
            raise ValueError(f"{count!r} stacks of {len(views)} views")
        weights = named(tensors, "network.")
        layers = len(weights) // 2 - 1
        width = len(weights["0.bias"])
        network = with_weights(partial(cell_network, width, layers), weights, layers)
        return cls(
            network=network.to(device).eval(),
            stacks=views[:count],
            slices=views[count:],
            offset=offset,
            scale=scale,
            noise=unpack_number(description["noise"]),
            grid=unpack_grid(description["shape"], tensors["affine"]),
            bodies=unpack_bodies(tensors),
            hyperparameters=hyperparameters,
            provenance=description["provenance"],
        )


def measured_stacks(view_set: ViewSet) -> list[View]:
    """Stacks of a view set without the slices that bridge what was not measured, or that fit no others."""
    none = ((),) * len(view_set.stacks)
    parts = zip(view_set.stacks, view_set.bridged or none, view_set.left_out or none, strict=True)
    return [part for stack, *skipped in parts for part in without_slices(stack, sum(skipped, ()))]


def _same_places(views: Sequence[View], others: Sequence[View]) -> bool:
    pairs = zip(views, others, strict=False)
    return len(views) == len(others) and all(
        np.array_equal(one.grid.affine, other.grid.affine) for one, other in pairs
    )


def model_of_views(
    view_set: ViewSet,
    settings: PretrainedHyperparameters,
    session: Session,
    network: Callable[[int], nn.Sequential],
    bodies: Mapping[str, Fingerprints],
) -> PretrainedModel:
    """Make a model of views in any position.

    Parameters
    ----------
    view_set : ViewSet
        The views.
    settings : PretrainedHyperparameters
        The recipe.
    session : Session
        Provenance and device.
    network : callable
        Gives the network for a number of views that show a plane; trained in place later.
    bodies : mapping of str to (N,) uint64 array
        Fingerprints of what it learned from.

    Raises
    ------
    InputError
        If the views are constant or not finite.
    """
    measured = measured_stacks(view_set)
    low, scale = intensity_range(measured)
    stacks = round_views(measured, low, scale)
    operator = operator_of(measured, view_set.grid)
    return PretrainedModel(
        network=network(views_of_planes(stacks)).to(torch.device(session.device)),
        stacks=stacks,
        slices=() if _same_places(view_set.views, measured) else round_views(view_set.views, low, scale),
        offset=low,
        scale=scale,
        noise=operator.noise([view.data for view in measured]) / scale,
        grid=view_set.grid,
        bodies=dict(bodies),
        hyperparameters=settings,
        provenance=session.origin,
    )
