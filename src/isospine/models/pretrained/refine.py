"""Refine the network of the pretrained prior on the sharp planes of the views that it is applied to."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from isospine.errors import InputError
from isospine.models.pretrained.cells import SpacedAxis, blocks_like, cells_of
from isospine.models.pretrained.examples import LEAST_SLICES, Examples, Parts, cells_of_planes
from isospine.models.pretrained.fit import Fitting, fit_network
from isospine.models.pretrained.frame import Frame
from isospine.models.pretrained.model import PretrainedModel
from isospine.models.pretrained.planes import SlicedPlanes
from isospine.models.prior.cells import Array
from isospine.training.checkpoint import State
from isospine.training.session import Session
from isospine.training.trainable import Curve

#: First learning rate: a seventh of that of the weights, which know more than one image can teach.
LEARNING_RATE = 1e-4

#: Cells of a stack of planes that are learned from, at most.
CELLS = 100_000


def refine(model: PretrainedModel, session: Session, before: Curve) -> Curve:
    """Train the network of a model in place on slices of its views' own planes, or on from where that was left.

    Each view is sharp within its slices. These are cut again, along both of their axes, into slices like those of the
    views; what such slices do not show is known.

    Parameters
    ----------
    model : PretrainedModel
        Its recipe has the number of steps.
    session : Session
        Seed of the cells and their order, checkpoint and rescue file.
    before : list of dict
        Rows of the curve before the first step.

    Returns
    -------
    list of dict
        These rows, and about fifty with mean losses.

    Raises
    ------
    InputError
        If no plane is large enough, or the loss stops being finite (`DivergenceError`).
    """
    settings = model.hyperparameters
    fitting = Fitting(settings.refine, 256, LEARNING_RATE, precision=settings.precision)
    left = session.checkpoint.open(model, [*model.stacks, *model.slices], fitting.steps)
    if left:
        before = left.numbers["curve"]
    start = time.perf_counter() - (left.numbers["seconds"] if left else before[-1]["seconds"])
    ends = _ends(fitting.steps)
    times: list[float] = left.numbers["times"] if left else []
    examples = own_examples(model.frames, model.noise, session.seed)

    def follow(steps: Iterable[int], state: Callable[[], State]) -> Iterator[int]:
        def whole() -> State:
            seconds = time.perf_counter() - start
            own = state()
            return replace(own, numbers=own.numbers | {"curve": before, "times": times, "seconds": seconds})

        for step in session.checkpoint.follow(steps, whole):
            yield step
            if step + 1 == ends[len(times)]:
                times.append(time.perf_counter() - start)

    with session.keeping_last_good(model):
        losses = fit_network(model.network, examples, model.views, fitting, session.seed, follow, left)
    means = [float(np.mean(losses[begin:end])) for begin, end in pairwise([0, *ends])]
    epochs = [end * fitting.batch / len(examples.inputs) for end in ends]
    rows = zip(epochs, ends, means, times, strict=True)
    return before + [
        {"epoch": epoch, "step": step, "loss": loss, "seconds": seconds}
        for epoch, step, loss, seconds in rows
    ]


def _ends(steps: int) -> list[int]:
    """Last steps of about fifty parts."""
    every = max(1, steps // 50)
    return [*range(every, steps, every), steps]


def own_examples(frames: Sequence[Frame], noise: float, seed: int) -> Examples:
    """Draw cells of the sharp planes of views.

    Parameters
    ----------
    frames : sequence of Frame
        Of intensities in [0, 1].
    noise : float
        Standard deviation of their noise.
    seed : int
        Of the cells.

    Raises
    ------
    InputError
        If no plane is large enough.
    """
    random = np.random.default_rng(seed)
    views = 1 if frames[0].second is None else 2
    parts = [_drawn(*stack, noise, views, random) for frame in frames for stack in _stacks(frame)]
    parts = [part for part in parts if part is not None]
    if not parts:
        raise InputError(
            f"views: too small to refine on: no {LEAST_SLICES} slices fit along two axes of their planes; set refine: 0"
        )
    return Examples(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _stacks(frame: Frame) -> list[tuple[Array, SpacedAxis, SpacedAxis]]:
    """Sharp planes, one after another along the first axis, with slices to cut along their second and third."""
    first, second = frame.axes
    stacks = [(np.moveaxis(frame.first, 1, 0), first, second)]
    if frame.second is not None:
        stacks.append((np.moveaxis(frame.second, 2, 0), second, first))
    return stacks


def _drawn(
    planes: Array, own: SpacedAxis, other: SpacedAxis, noise: float, views: int, random: np.random.Generator
) -> Parts | None:
    """Cells of sharp planes cut like the views; none if they are too small."""
    first, second = (_like(axis, n) for axis, n in zip((own, other), planes.shape[1:], strict=True))
    if views == 1:
        second = blocks_like(first, planes.shape[2])
    if min(len(first.centres), len(second.centres)) < LEAST_SLICES:
        return None
    cells = cells_of(first, second)
    one, two = cells.simulate(np.ascontiguousarray(planes))
    sliced = SlicedPlanes(cells, one, two if views == 2 else None, noise)
    return cells_of_planes(planes, sliced, CELLS, random)


def _like(axis: SpacedAxis, length: int) -> SpacedAxis:
    """Slices like those of an axis along one of another length."""
    count = int((length - 1) // axis.factor)
    centres = np.asarray((length - 1) / 2 + (np.arange(count) - (count - 1) / 2) * axis.factor, np.float64)
    return SpacedAxis(length, centres, axis.factor, axis.profile, axis.thickness)
