"""Draw examples for the prior: cells of the views' own planes, and of references."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations, product

import numpy as np

from isospine.errors import InputError
from isospine.models.prior.cells import Array, Cells, ThickAxis
from isospine.models.prior.pairs import PlanePair

#: Planes, and the cells by which they are divided.
Task = tuple[Array, Cells]

#: Of the cells against the planes, for each stack of planes.
FEWEST_SHIFTS = 2


def training_cells(
    pair: PlanePair, volumes: Sequence[Array], noise: float, limit: int, random: np.random.Generator
) -> tuple[Array, ...]:
    """Draw contexts and truths from the sharp planes of both views of a pair.

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
    """Draw contexts and truths from a volume that is sharp along every axis, as `training_cells` does.

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
    """Draw cells of the stacks' planes at several shifts; noise of `added` is put on each simulated view."""
    possible = [[(stack, own) for own in _shifted_cells(cells, stack)] for stack in stacks]
    share = limit / max(1, _count(task for tasks in possible for task in tasks))
    tasks = [task for own in possible for task in _few(own, share, random)]
    total = _count(tasks)
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


def _count(tasks: Iterable[Task]) -> int:
    """Count the cells of whole stacks."""
    return sum(len(stack) * len(own.first.centres) * len(own.second.centres) for stack, own in tasks)


def _few(tasks: Sequence[Task], share: float, random: np.random.Generator) -> Sequence[Task]:
    """Choose as many shifts of a stack as give the wanted share of its cells; more take time and teach no more.

    Many planes of few shifts show the same anatomy as few planes of every shift, and each shift has a set-up of its own.
    """
    count = max(FEWEST_SHIFTS, int(np.ceil(share * len(tasks))))
    if count >= len(tasks):
        return tasks
    return [tasks[index] for index in np.sort(random.choice(len(tasks), count, replace=False))]


def _shifted_cells(cells: Cells, stack: Array) -> Iterator[Cells]:
    """Move cells by every shift of whole voxels, on planes of another size."""

    def shifted(axis: ThickAxis, length: int) -> list[ThickAxis]:
        half = (axis.factor - 1) / 2
        starts = np.arange(int(np.ceil(axis.factor))) + half
        centres = [np.arange(start, length - 1 - half + 1e-6, axis.factor) for start in starts]
        return [ThickAxis(length, c, axis.factor, axis.profile) for c in centres if len(c)]

    firsts, seconds = shifted(cells.first, stack.shape[1]), shifted(cells.second, stack.shape[2])
    for first, second in product(firsts, seconds):
        yield Cells(first, second, cells.waves)


def _lost_noise(axis: ThickAxis) -> float:
    """Return the share of the noise's standard deviation that averaging over a slice removes."""
    kept = float(np.mean(np.sum(axis.slices**2, axis=1)))
    return float(np.sqrt(max(0.0, 1 - kept)))
