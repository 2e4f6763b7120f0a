"""Refine the network of the pretrained prior on the sharp planes of the views that it is applied to."""

from collections.abc import Sequence

import numpy as np
from torch import nn

from isospine.models.pretrained.cells import SpacedAxis, blocks_like, cells_of
from isospine.models.pretrained.examples import Examples, Parts, cells_of_planes
from isospine.models.pretrained.fit import Fitting, fit_network
from isospine.models.pretrained.frame import Frame
from isospine.models.pretrained.planes import SlicedPlanes
from isospine.models.prior.cells import Array

#: First learning rate: a seventh of that of the weights, which know more than one image can teach.
LEARNING_RATE = 1e-4

#: Cells of a stack of planes that are learned from, at most.
CELLS = 100_000


def refine(
    network: nn.Sequential,
    frames: Sequence[Frame],
    noise: float,
    steps: int,
    precision: str,
    seed: int,
) -> list[float]:
    """Train a network in place on slices of the views' own planes.

    Each view is sharp within its slices. These are cut again, along both of their axes, into slices like those of the
    views; what such slices do not show is known.

    Parameters
    ----------
    network : nn.Sequential
        Of as many views as a frame has.
    frames : sequence of Frame
        Of intensities in [0, 1].
    noise : float
        Standard deviation of their noise.
    steps : int
        Steps of the optimiser.
    precision : {'auto', 'float32', 'bfloat16'}
        Number format of the products.
    seed : int
        Of the cells and their order.

    Returns
    -------
    list of float
        The loss of each step.

    Raises
    ------
    DivergenceError
        If the loss stops being finite.
    """
    random = np.random.default_rng(seed)
    views = 1 if frames[0].second is None else 2
    parts = [_drawn(*stack, noise, views, random) for frame in frames for stack in _stacks(frame)]
    parts = [part for part in parts if part is not None]
    examples = Examples(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    return fit_network(
        network, examples, views, Fitting(steps, 256, LEARNING_RATE, precision=precision), seed
    )


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
    if min(len(first.centres), len(second.centres)) < 3:
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
