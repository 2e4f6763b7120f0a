"""Segment by a coordinate network: an occupancy beside the intensity, both through the acquisition of their views.

Sources: Stolt-Ansó et al., NISF: neural implicit segmentation functions, MICCAI 2023, for the two outputs of one network; Khan &
Fang, Implicit neural representations for medical imaging segmentation, MICCAI 2022, for an occupancy at any point.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from isospine.geometry.grid import Grid, Volume
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.coordinate.train import epoch_draws, predict_slices, untrained_network
from isospine.physics.view import View, intensity_range
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.recipes.kinds import settings_of
from isospine.segmentation.distance_spline import CERTAINTY
from isospine.segmentation.labels import is_binary
from isospine.segmentation.region import labelled_region, within
from isospine.training.optimiser import Optimiser
from isospine.training.session import Session

#: Recipe of the network.
RECIPE = "fourier"

#: Outputs: the occupancy of every network, and the intensity of one that is shared.
OCCUPANCY, INTENSITY = 0, 1

#: Weight of the squared error of intensities scaled to [0, 1], and of the cross-entropy of binary labels, beside the squared
#: error of soft ones.
INTENSITIES, ENTROPY = 0.1, 0.1


class Occupied(nn.Module):
    """Turn the first of a network's outputs (..., N) into an occupancy in [0, 1]; `alone` drops the others."""

    def __init__(self, alone: bool) -> None:
        super().__init__()
        self.alone = alone

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Apply a sigmoid to the first output."""
        occupancy = torch.sigmoid(values[..., :1])
        return occupancy if self.alone else torch.cat([occupancy, values[..., 1:]], dim=-1)


@dataclass(frozen=True)
class Shown:
    """What a network is trained on: a view, the output that it shows, and how that is compared.

    Attributes
    ----------
    view : View
        Labels, or intensities scaled to [0, 1].
    output : int
        `OCCUPANCY` or `INTENSITY`.
    binary : bool
        Whether a voxel was drawn where more than half of it is inside.
    """

    view: View
    output: int
    binary: bool

    def loss(self, predicted: torch.Tensor, flat: torch.Tensor) -> torch.Tensor:
        """Sum over voxels, given by their flat indices, of what predictions for them differ by."""
        measured = torch.from_numpy(self.view.data).flatten()[flat]
        if self.binary:
            logits = CERTAINTY * (predicted - 0.5)
            return ENTROPY * binary_cross_entropy_with_logits(logits, measured, reduction="sum")
        weight = INTENSITIES if self.output == INTENSITY else 1.0
        return weight * mse_loss(predicted, measured, reduction="sum")


def occupancy_network(
    labels: Sequence[View],
    grid: Grid,
    intensities: Sequence[View] = (),
    seed: int = 0,
    settings: Hyperparameters | None = None,
) -> Volume:
    """Occupancy in [0, 1] of each voxel of a grid, from labels drawn on thick slices, and from intensities.

    Parameters
    ----------
    labels : sequence of View
        Fractions in [0, 1]. Binary labels are compared with a thresholded occupancy of the slice, as `distance_spline` does;
        soft ones with the occupancy itself.
    grid : Grid
        Where the segmentation is wanted.
    intensities : sequence of View, optional
        Views of an image of the same body, where the labels lie: a second output of the network is fitted to them.
    seed : int
        Of the frequencies, the first weights and the order of voxels.
    settings : Hyperparameters, optional
        Of the network and its training; else those of the recipe `fourier`.

    Returns
    -------
    (I, J, K) ndarray of float32

    Raises
    ------
    InputError
        If the intensities are constant or not finite, or the loss stops being finite (`DivergenceError`).
    """
    settings = settings or _recipe()
    # noise of soft labels is everywhere
    region = labelled_region([_without_faint(view) for view in labels], grid)
    shown = [Shown(view, OCCUPANCY, is_binary(view)) for view in _seen(labels, region.grid)]
    if intensities:
        low, scale = intensity_range(intensities)
        for view in _seen(intensities, region.grid):
            scaled = ((view.data - low) / scale).astype(np.float32)
            shown.append(Shown(replace(view, data=scaled), INTENSITY, binary=False))
    model = untrained_network(
        region.grid,
        replace(settings, precision="float32"),
        Session(seed),
        outputs=max(one.output for one in shown) + 1,
    )
    own = model.network
    _optimise(replace(model, network=nn.Sequential(own, Occupied(alone=False))), shown, seed)
    alone = replace(model, network=nn.Sequential(own, Occupied(alone=True)).eval())
    return region.restored(alone.evaluate(region.grid))


def _recipe() -> Hyperparameters:
    settings = settings_of(known_recipes()[RECIPE])
    assert isinstance(settings, Hyperparameters)
    return settings


def _optimise(model: CoordinateModel, shown: Sequence[Shown], seed: int) -> None:
    """Train the network of a model in place."""
    settings, views = model.hyperparameters, [one.view for one in shown]
    outputs, encoders = [one.output for one in shown], [model.encoder(view.grid) for view in views]
    steps_per_epoch = math.ceil(sum(view.data.size for view in views) / settings.batch)
    optimiser = Optimiser(model.network, settings.epochs * steps_per_epoch, settings.learning_rate)
    random = np.random.default_rng(seed)
    for _ in range(settings.epochs):
        for batch, offsets in epoch_draws(views, settings, random):
            voxels = [torch.from_numpy(part) for part in batch]
            sizes = [len(part) for part in voxels]
            predicted = predict_slices(model, encoders, views, voxels, offsets, outputs).split(sizes)
            losses = [one.loss(part, flat) for one, part, flat in zip(shown, predicted, voxels, strict=True)]
            optimiser.step(torch.stack(losses).sum() / sum(sizes))
    optimiser.look()
    optimiser.finish(optimiser.weights)


def _seen(views: Sequence[View], grid: Grid) -> list[View]:
    """What views show of the box of a grid, of those that see it."""
    return [part for part in (within(view, grid) for view in views) if part is not None]


def _without_faint(view: View) -> View:
    """Keep those fractions that are more than half of the highest."""
    return replace(view, data=np.where(view.data > view.data.max() / 2, view.data, np.float32(0)))
