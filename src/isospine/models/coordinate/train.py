"""Train a coordinate network on thick-slice views, and on nothing else.

Several contrasts of one body share a trunk, and each has its own output: detail that is sharp in one contrast helps the
other where its slices are thick.

Source: McGinnis et al., Single-subject multi-contrast MRI super-resolution via implicit neural representations, MICCAI 2023.
"""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import mse_loss
from tqdm import tqdm

from isospine.errors import InputError
from isospine.geometry.fields import check_length_scales, covering_grid
from isospine.geometry.grid import FloatArray, Grid
from isospine.models.coordinate.model import CoordinateModel, coordinate_network, field_extent
from isospine.models.coordinate.start import mean_weights
from isospine.models.encodings import GridEncoder, encoding_frequencies
from isospine.physics.slice_profile import slice_quantiles
from isospine.physics.view import View, intensity_range
from isospine.recipes.hyperparameters import MEAN, Hyperparameters
from isospine.training.checkpoint import Checkpoint, State
from isospine.training.optimiser import Optimiser
from isospine.training.precision import mixed_precision, product_format
from isospine.training.session import Session
from isospine.training.trainable import Curve
from isospine.views.view_set import ViewSet


def train_coordinate(
    view_sets: Sequence[ViewSet],
    settings: Hyperparameters,
    session: Session,
    references: Mapping[str, Any] | None = None,
    start: CoordinateModel | None = None,
) -> tuple[dict[str, CoordinateModel], Curve]:
    """Fit one network to the views of an image, of one contrast or of several.

    Parameters
    ----------
    view_sets : sequence of ViewSet
        Views of each contrast, the only supervision; their grids are where data consistency is wanted.
    settings : Hyperparameters
        The recipe.
    session : Session
        Seed of the frequencies, the initial weights and the order of the voxels; device and checkpoint.
    references : mapping of str to (tensors, description)
        With `initial: mean`, name and model file of each network of another person, which the weights start from the mean
        of; else not used. The names are added to the provenance as `population`.
    start : CoordinateModel, optional
        Of one contrast, on the same grid and with the same recipe of a network: its weights and scale of intensities are
        started from.

    Returns
    -------
    models : dict of str to CoordinateModel
        One for each contrast, complete with the trunk and its output.
    curve : list of dict
        Per epoch: `epoch`, `step`, `loss` (mean squared error on intensities scaled to [0, 1]), `seconds`.

    Raises
    ------
    InputError
        If views are constant or not finite, contrasts do not overlap or are of different length scales, networks of others
        have no mean that this one can start from, or the loss stops being finite (`DivergenceError`).
    """
    alone = len(view_sets) == 1
    own = session if alone else session.about(contrasts=[one.contrast for one in view_sets])
    averaged = settings.initial == MEAN
    if averaged:
        own = own.about(population=sorted(references or {}))
    ranges = [intensity_range(one.views) for one in view_sets]
    field = common_field(view_sets, session.provenance)
    joint = untrained_network(field, settings, own, outputs=len(view_sets))
    if alone:
        (low, scale), *_ = ranges
        joint = replace(joint, offset=low, scale=scale)
    known = mean_weights(joint, references or {}) if averaged else None
    if start is not None:
        assert alone, "a network to start from has one output"
        known = start.network.state_dict()
        joint = replace(joint, offset=start.offset, scale=start.scale)
        ranges = [(start.offset, start.scale)]
    first = None
    if known is not None:
        joint.network.load_state_dict(known)
        first = {name: (weights.cpu().numpy(),) for name, weights in known.items()}
    views, targets, heads = [], [], []
    for head, ((low, scale), one) in enumerate(zip(ranges, view_sets, strict=True)):
        for view in one.views:
            views.append(view)
            targets.append(torch.from_numpy((view.data - low) / scale).flatten().to(joint.device))
            heads.append(head)
    # no file holds several outputs, so that there is none to rescue a joint network to
    with session.keeping_last_good(joint) if alone else nullcontext():
        curve = optimise(joint, views, targets, heads, session.seed, session.checkpoint, first)
    joint.network.eval()
    models = {}
    for head, ((low, scale), one) in enumerate(zip(ranges, view_sets, strict=True)):
        model = joint
        if not alone:
            about = joint.provenance | {"contrast": one.contrast}
            model = replace(joint, network=with_one_output(joint, head), provenance=about)
        model = replace(model, offset=low, scale=scale, grid=one.grid)
        models[one.contrast] = model.with_residuals(one.views) if settings.data_consistency else model
    return models, curve


def common_field(view_sets: Sequence[ViewSet], provenance: Mapping[str, Any]) -> Grid:
    """Make a grid over the fields of view of all contrasts, whose middle and size normalise coordinates.

    Raises
    ------
    InputError
        If contrasts do not overlap, or are of different length scales.
    """
    if len(view_sets) == 1:
        return view_sets[0].grid
    check_length_scales({one.contrast: one.grid for one in view_sets})
    try:
        return covering_grid([one.grid for one in view_sets])
    except InputError as error:
        names = ", ".join(one.contrast for one in view_sets)
        raise InputError(f"{provenance.get('image', 'views')}, {names}: {error}") from error


def untrained_network(
    grid: Grid, settings: Hyperparameters, session: Session, outputs: int = 1
) -> CoordinateModel:
    """Make a model with initial weights; parameters are those of `train_coordinate`."""
    bandwidth = settings.bandwidth * grid.radius
    frequencies = encoding_frequencies(settings.encoding, settings.L, bandwidth, session.seed)
    extent = field_extent(settings, grid)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(session.seed)
        network = coordinate_network(settings, frequencies, outputs, grid.radius, extent)
    return CoordinateModel(
        network=network.to(torch.device(session.device)),
        frequencies=frequencies,
        centre=grid.centre,
        radius=grid.radius,
        offset=0.0,
        scale=1.0,
        grid=grid,
        residuals=(),
        hyperparameters=settings,
        provenance=session.origin,
    )


def with_one_output(joint: CoordinateModel, head: int) -> nn.Sequential:
    """Keep one output of the network of a joint model."""
    alone = coordinate_network(
        joint.hyperparameters, joint.frequencies, radius=joint.radius, extent=joint.extent
    ).to(joint.device)
    weights = joint.network.state_dict()
    for name in list(weights)[-2:]:  # weight and bias of the last layer
        weights[name] = weights[name][head : head + 1]
    alone.load_state_dict(weights)
    return alone.eval()


def optimise(
    model: CoordinateModel,
    views: Sequence[View],
    targets: Sequence[torch.Tensor],
    heads: Sequence[int],
    seed: int,
    checkpoint: Checkpoint,
    first: Mapping[str, tuple[Any, ...]] | None = None,
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
    heads : sequence of int
        Output of the network that each view shows.
    seed : int
        Seed of the order of the voxels.
    checkpoint : Checkpoint
        Where to continue from, and to keep the state.
    first : mapping of str to tuple of arrays, optional
        Weights to start from, where they are not drawn.
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
    # first weights that are not drawn belong to the identity of a training
    if left := checkpoint.open(model, views, total, first):
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
    """Yield the voxels of each view for each step of an epoch, and positions across their slices."""
    for batch in epoch_batches([view.data.size for view in views], settings.batch, random):
        yield batch, [slice_offsets(view, settings, random) for view in views]


def epoch_batches(
    sizes: Sequence[int], batch: int, random: np.random.Generator
) -> Iterator[list[NDArray[np.intp]]]:
    """Yield every voxel of every view once, in random batches over all views.

    Parameters
    ----------
    sizes : sequence of int
        Voxels of each view.
    batch : int
        Voxels per batch; the last batch has the rest.
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
    """Draw positions across the slice (mm from its centre) whose mean stands for the slice profile.

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
    heads: Sequence[int],
) -> torch.Tensor:
    """Predict scaled intensities (B,) of view voxels by the network's `heads`, as means over `offsets`."""
    sizes = [len(flat) for flat in voxels]
    shape = (sum(sizes), len(offsets[0]), encoders[0].features)
    features = torch.empty(shape, device=voxels[0].device)
    parts = zip(encoders, views, voxels, offsets, features.split(sizes), strict=True)
    for encoder, view, flat, shifts, part in parts:
        _, columns, planes = view.grid.shape
        indices = (flat // (columns * planes), flat // planes % columns, flat % planes)
        encoder.voxels(indices, view.axis, shifts, out=part)
    predicted: torch.Tensor = model.network(features.flatten(0, 1)).unflatten(0, shape[:2]).mean(dim=1)
    if len(set(heads)) == 1:
        return predicted[:, heads[0]]
    return torch.cat([part[:, head] for part, head in zip(predicted.split(sizes), heads, strict=True)])
