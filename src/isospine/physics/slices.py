"""Take slices from a stack, and leave slices out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import Volume
from isospine.physics.view import View


def constant_slices(data: Volume, axis: int) -> list[int]:
    """Indices of the slices across an array axis that hold one value only: padding, which nobody measured."""
    slices = np.moveaxis(data, axis, 0).reshape(data.shape[axis], -1)
    return np.flatnonzero(slices.min(axis=1) == slices.max(axis=1)).tolist()


def padding(path: str | Path, data: Volume) -> list[str]:
    """Describe slices of a reference that hold one value only: they count as background, in its views and scores."""
    constant = [(axis, len(constant_slices(data, axis))) for axis in range(3)]
    return [
        f"{path}: {count} of its {data.shape[axis]} slices across array axis {axis} hold one value only; they count as "
        "background in its views and scores: crop the image if they are padding"
        for axis, count in constant
        if count
    ]


def every_kth(count: int, step: int) -> list[int]:
    """Indices of every `step`-th slice, without the first and the last; at least one of three slices.

    Raises
    ------
    InputError
        If fewer than two slices would be left between two of them.
    """
    if step < 3:
        raise InputError(f"held-out step {step}: expected at least 3, so that neighbours of a slice are left")
    return list(range(min(step, count) // 2, count - 1, step)) if count > 2 else []


def block(count: int, step: int) -> list[int]:
    """Indices of as many slices as `every_kth` takes, side by side in the middle of the stack."""
    taken = len(every_kth(count, step))
    first = (count - taken) // 2
    return list(range(first, first + taken))


def held_out_slices(
    parts: Sequence[View], owners: Sequence[int], choose: Callable[[int], list[int]]
) -> list[list[int]]:
    """Indices of the slices of each part to hold out, where a stack may be in parts of one slice each.

    Parameters
    ----------
    parts : sequence of View
        Stacks, or their single slices in order.
    owners : sequence of int
        Stack that each is of.
    choose : function
        Numbers of the slices to hold out of a given count, such as `every_kth` or `block` with a step.
    """
    numbers: list[list[int]] = []
    for owner in dict.fromkeys(owners):
        own = [part for part, of in zip(parts, owners, strict=True) if of == owner]
        ends = np.cumsum([part.grid.shape[part.axis] for part in own])
        chosen = set(choose(int(ends[-1])))
        for end, part in zip(ends.tolist(), own, strict=True):
            first = end - part.grid.shape[part.axis]
            numbers.append([number - first for number in range(first, end) if number in chosen])
    return numbers


def without_slices(view: View, numbers: Sequence[int]) -> list[View]:
    """Stacks that remain of a view without some of its slices."""
    kept = np.setdiff1d(np.arange(view.grid.shape[view.axis]), numbers)
    runs = np.split(kept, np.flatnonzero(np.diff(kept) > 1) + 1)
    return [take_slices(view, int(run[0]), len(run)) for run in runs if len(run)]


def take_slices(view: View, first: int, count: int) -> View:
    """Part of a view that begins at slice `first`."""
    start, shape = [0, 0, 0], list(view.grid.shape)
    start[view.axis], shape[view.axis] = first, count
    window = tuple(slice(low, low + length) for low, length in zip(start, shape, strict=True))
    return replace(view, data=view.data[window], grid=view.grid.cropped(tuple(start), tuple(shape)))
