"""Training a coordinate network on thick-slice views, and on nothing else."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import mse_loss
from tqdm import tqdm

from isospine.geometry.grid import FloatArray, Grid
from isospine.jobs.provenance import software_versions
from isospine.models.coordinate.model import CoordinateModel, build_network
from isospine.models.encodings import GridEncoder, encoding_frequencies
from isospine.physics.fine_grid import fine_grid
from isospine.physics.slice_profile import slice_quantiles
from isospine.physics.view import View, intensity_range
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.training.checkpoint import Checkpoint, State
from isospine.training.optimiser import Optimiser
from isospine.training.precision import mixed_precision, product_format
from isospine.training.session import last_good_kept

Curve = list[dict[str, float]]


def train(
    views: Sequence[View],
    hyperparameters: Hyperparameters,
    seed: int,
    provenance: dict[str, Any],
    device: str | torch.device = "cpu",
    rescue: Path | None = None,
    checkpoint: Checkpoint | None = None,
    grid: Grid | None = None,
) -> tuple[CoordinateModel, Curve]:
    """Fit a network to the views of one image.

    Parameters
    ----------
    views : sequence of View
        The only supervision.
    hyperparameters : Hyperparameters
        The recipe.
    seed : int
        Seed of the frequencies, the initial weights and the order of the voxels.
    provenance : dict
        Stored in the model, with the software versions.
    device : torch.device
        Where to train.
    rescue : Path, optional
        Where to write the last good model if the training diverges.
    checkpoint : Checkpoint, optional
        Where to go on from, and to keep what is done.
    grid : Grid, optional
        Where data consistency is wanted, for views that do not share their axes; else the fine grid of the views.

    Returns
    -------
    model : CoordinateModel
        Ready to be evaluated on any grid.
    curve : list of dict
        Per epoch: `epoch`, `step`, `loss` (mean squared error on intensities scaled to [0, 1]), `seconds`.

    Raises
    ------
    InputError
        If the views are constant or not finite, or the loss stops being finite (`DivergenceError`).
    """
    device = torch.device(device)
    grid = grid or fine_grid(list(views))
    low, scale = intensity_range(views)
    model = untrained_model(grid, hyperparameters, seed, provenance, device)
    model = replace(model, offset=low, scale=scale)
    targets = [torch.from_numpy((view.data - low) / scale).flatten().to(device) for view in views]
    with last_good_kept(model, rescue):
        curve = fit(model, views, targets, seed, checkpoint or Checkpoint())
    model.network.eval()
    return (model.with_residuals(views) if hyperparameters.data_consistency else model), curve


def untrained_model(
    grid: Grid,
    hyperparameters: Hyperparameters,
    seed: int,
    provenance: dict[str, Any],
    device: torch.device,
    outputs: int = 1,
) -> CoordinateModel:
    """CoordinateModel with initial weights and intensities in [0, 1]; parameters as those of `train`."""
    bandwidth = hyperparameters.bandwidth * grid.radius
    frequencies = encoding_frequencies(hyperparameters.encoding, hyperparameters.L, bandwidth, seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build_network(hyperparameters, frequencies, outputs).to(device)
    return CoordinateModel(
        network=network,
        frequencies=frequencies,
        centre=grid.centre,
        radius=grid.radius,
        offset=0.0,
        scale=1.0,
        grid=grid,
        residuals=(),
        hyperparameters=hyperparameters,
        provenance=provenance | {"seed": seed, "software": software_versions()},
    )


def fit(
    model: CoordinateModel,
    views: Sequence[View],
    targets: Sequence[torch.Tensor],
    seed: int,
    checkpoint: Checkpoint,
    heads: Sequence[int] | None = None,
) -> Curve:
    """Run the optimiser in place and return the training curve.

    Parameters
    ----------
    model : CoordinateModel
        Whose network is trained.
    views : sequence of View
        The supervision.
    targets : sequence of tensors
        Scaled intensities of all voxels of each view, flat.
    seed : int
        Seed of the order of the voxels.
    checkpoint : Checkpoint
        Where to go on from, and to keep what is done.
    heads : sequence of int, optional
        Output of the network that each view shows; the first without it.
    """
    settings, device = model.hyperparameters, model.device
    encoders = [model.encoder(view.grid) for view in views]
    steps_per_epoch = math.ceil(sum(map(len, targets)) / settings.batch)
    total = steps_per_epoch * settings.epochs
    precision = product_format(settings.precision, device)
    optimiser = Optimiser(model.network, total, settings.learning_rate, product_format=precision)
    random = np.random.default_rng(seed)
    curve: Curve = []
    elapsed = 0.0
    if left := checkpoint.open(model, views, total):
        optimiser.restore(left.tensors)
        random.bit_generator.state = left.numbers["random"]
        curve, elapsed = left.numbers["curve"], left.numbers["seconds"]
    start = time.perf_counter() - elapsed

    def state() -> State:
        numbers = {"random": before, "curve": curve, "seconds": time.perf_counter() - start}
        return State(optimiser.done, optimiser.state(), numbers)

    with tqdm(total=total, initial=optimiser.done, unit="step", mininterval=2.0, desc="training") as progress:
        for epoch in range(len(curve) + 1, settings.epochs + 1):
            before = random.bit_generator.state  # the order of an epoch's voxels is drawn again, not kept
            draws = epoch_draws(views, settings, random)
            draws = islice(draws, optimiser.done - (epoch - 1) * steps_per_epoch, None)
            for batch, offsets in checkpoint.follow(draws, state):
                voxels = [torch.from_numpy(part).to(device) for part in batch]
                measured = torch.cat([target[part] for target, part in zip(targets, voxels, strict=True)])
                with mixed_precision(settings.precision, device):
                    predicted = predict_slices(model, encoders, views, voxels, offsets, heads)
                optimiser.step(mse_loss(predicted.float(), measured))
                progress.update()
            optimiser.look()
            mean = sum(optimiser.losses[-steps_per_epoch:]) / steps_per_epoch
            seconds = time.perf_counter() - start
            curve.append({"epoch": epoch, "step": optimiser.done, "loss": mean, "seconds": seconds})
            progress.set_postfix(loss=f"{mean:.2e}", refresh=False)
    optimiser.finish(optimiser.weights)
    return curve


def epoch_draws(
    views: Sequence[View], settings: Hyperparameters, random: np.random.Generator
) -> Iterator[tuple[list[NDArray[np.intp]], list[FloatArray]]]:
    """Voxels of each view for each step of an epoch, and positions across their slices."""
    for batch in epoch_batches([view.data.size for view in views], settings.batch, random):
        yield batch, [slice_offsets(view, settings, random) for view in views]


def epoch_batches(
    sizes: Sequence[int], batch: int, random: np.random.Generator
) -> Iterator[list[NDArray[np.intp]]]:
    """Every voxel of every view once, in random batches over all views.

    Parameters
    ----------
    sizes : sequence of int
        Voxels of each view.
    batch : int
        Voxels per batch; the last has what is left.
    random : numpy.random.Generator
        Source of the order.

    Yields
    ------
    list of arrays
        Flat voxel indices in each view, in order.
    """
    ends = np.cumsum(sizes)
    order = random.permutation(ends[-1])
    for start in range(0, len(order), batch):
        chosen = np.sort(order[start : start + batch])
        parts = np.split(chosen, np.searchsorted(chosen, ends[:-1]))
        yield [part - end + size for part, end, size in zip(parts, ends, sizes, strict=True)]


def slice_offsets(view: View, settings: Hyperparameters, random: np.random.Generator) -> FloatArray:
    """Positions across the slice (mm from its centre) whose mean stands for the slice profile.

    One random shift of evenly spaced quantiles, shared by the view's voxels of a batch: unbiased, and the phases
    of all voxels are shifted by the same few numbers.
    """
    if settings.supervision == "point":
        return np.zeros(1)
    count = settings.samples_per_slice
    return slice_quantiles((np.arange(count) + random.random()) / count, view.thickness, view.profile)


def predict_slices(
    model: CoordinateModel,
    encoders: Sequence[GridEncoder],
    views: Sequence[View],
    voxels: Sequence[torch.Tensor],
    offsets: Sequence[FloatArray],
    heads: Sequence[int] | None = None,
) -> torch.Tensor:
    """Scaled intensities (B,) that the network predicts for voxels of the views, as means over `offsets`."""
    sizes = [len(flat) for flat in voxels]
    shape = (sum(sizes), len(offsets[0]), encoders[0].features)
    features = torch.empty(shape, device=voxels[0].device)
    parts = zip(encoders, views, voxels, offsets, features.split(sizes), strict=True)
    for encoder, view, flat, shifts, part in parts:
        _, columns, planes = view.grid.shape
        indices = (flat // (columns * planes), flat // planes % columns, flat % planes)
        encoder.voxels(indices, view.axis, shifts, out=part)
    predicted: torch.Tensor = model.network(features.flatten(0, 1)).unflatten(0, shape[:2]).mean(dim=1)
    if heads is None:
        return predicted[:, 0]
    return torch.cat([part[:, head] for part, head in zip(predicted.split(sizes), heads, strict=True)])
