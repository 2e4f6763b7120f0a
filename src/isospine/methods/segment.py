"""Make one segmentation of a body from labels drawn on its acquired views, where these were placed."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import Grid, Volume
from isospine.geometry.resample import resample
from isospine.io.nifti import load_grid, load_labels
from isospine.physics.slices import take_slices, without_slices
from isospine.physics.view import View
from isospine.segmentation.agreement import tell_doubts
from isospine.segmentation.area import check_levels
from isospine.segmentation.labels import label_view
from isospine.segmentation.methods import METHODS, default_method
from isospine.views.acquired import AcquiredView
from isospine.views.placed import PlacedViews
from isospine.words import listed

#: Difference in mm of two affines of one grid, from rounding.
ROUNDING = 1e-2

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DrawnLabels:
    """Labels that were drawn on the slices of an acquired view.

    Attributes
    ----------
    path : Path
        Their file.
    drawn_on : AcquiredView
        The view.
    view : View
        The labels on the slices of that view which were measured or are bridged.
    """

    path: Path
    drawn_on: AcquiredView
    view: View


@dataclass(frozen=True)
class Segmentation:
    """One segmentation of all labels.

    Attributes
    ----------
    occupancy : (I, J, K) ndarray of float32
        Part of each voxel that is inside, in [0, 1].
    method : str
        What made it, of `segmentation.methods`.
    dice : list of float
        Of the labels of each file with what their view would show of it.
    """

    occupancy: Volume
    method: str
    dice: list[float]


def read_labels(paths: Sequence[Path], acquired: Sequence[AcquiredView]) -> list[DrawnLabels]:
    """Read labels drawn on some of the views.

    Raises
    ------
    InputError
        If a file is drawn on no view, or two on one; it is not clear on which; or its values are no labels.
    """
    found = [_read(path, one) for path, one in zip(paths, _views_of(paths, acquired), strict=True)]
    for number, labels in enumerate(found):
        for other in found[:number]:
            if labels.drawn_on is other.drawn_on:
                raise InputError(
                    f"{labels.path}: drawn on {labels.drawn_on.path}, as {other.path}; expected one file for each view: leave one out"
                )
    return found


def read_labels_of(path: Path, one: AcquiredView) -> DrawnLabels:
    """Read labels drawn on one view.

    Raises
    ------
    InputError
        If the file has other voxels than the view, or its values are no labels.
    """
    _views_of([path], [one])
    return _read(path, one)


def check_within(labels: Iterable[DrawnLabels], grid: Grid) -> None:
    """Refuse labels of which nothing lies in the volume to make, by the headers.

    Raises
    ------
    InputError
        Naming the file.
    """
    for own in labels:
        if (most := float(own.view.data.max())) <= 0.5:
            raise InputError(
                f"{own.path}: its highest value is {most:.3g}; expected labels of more than one half, which the structure's inside has"
            )
        places = grid.indices(own.view.grid.world(np.argwhere(own.view.data > 0.5).astype(np.float64)))
        if not ((places > -0.5) & (places < np.array(grid.shape) - 0.5)).all(axis=1).any():
            raise InputError(
                f"{own.path}: no label of more than one half lies where the volume will be, which all views cover; draw it there, or "
                'cover what any view covers: --field union (in Python field="union"; of a run, acquired.field)'
            )


def segment(labels: Sequence[DrawnLabels], placed: Iterable[PlacedViews], grid: Grid) -> Segmentation:
    """Segment from labels where their views were placed, on a grid.

    Views of one plane, and labels that disagree with the segmentation of all, are warned of. Labels have the motion of their whole
    view, also where every slice was moved.
    """
    stacks = _stacks(labels, placed)
    parts = [
        part
        for own, stack in zip(labels, stacks, strict=True)
        for part in without_slices(stack, own.drawn_on.bridged)
    ]
    name = default_method(stacks)
    log.info("segmentation by %s from %s", name, listed([own.path.name for own in labels]))
    occupancy = METHODS[name](parts, grid)
    dice = tell_doubts([str(own.path) for own in labels], stacks, occupancy, grid)
    return Segmentation(occupancy, name, dice)


def read_levels(path: Path, acquired: Sequence[AcquiredView]) -> DrawnLabels:
    """Read the numbers of vertebral levels, on the voxels of a view.

    Raises
    ------
    InputError
        If the file is drawn on no view, or holds other numbers.
    """
    (one,) = _views_of([path], acquired)
    levels = load_labels(path)
    check_levels(path.name, levels)
    if not levels.any():
        raise InputError(
            f"{path}: every voxel is 0; expected the numbers of vertebral levels, or no --levels"
        )
    return DrawnLabels(path, one, _measured(one, levels))


def levels_on(levels: DrawnLabels, placed: Iterable[PlacedViews], grid: Grid) -> Volume:
    """Number of the vertebral level of each voxel of a grid; 0 beyond the view that they are drawn on."""
    (stack,) = _stacks([levels], placed)
    around = stack.grid.cropped((-1, -1, -1), tuple(n + 2 for n in stack.grid.shape))
    return resample(np.pad(stack.data, 1), around, grid, degree=0)


def _views_of(paths: Sequence[Path], acquired: Sequence[AcquiredView]) -> list[AcquiredView]:
    """View that each file is drawn on: the one with its voxels; of several with these, the one in the same place in the order."""
    own = [load_grid(one.path) for one in acquired]
    found = []
    for number, path in enumerate(paths):
        shape, affine = load_grid(path)
        numbers = [
            n
            for n, (other, place) in enumerate(own)
            if other == shape and np.allclose(place, affine, atol=ROUNDING)
        ]
        if not numbers:
            raise InputError(
                f"{path}: its grid {shape} is that of no view ({listed([one.path.name for one in acquired])}) in shape or affine; "
                "expected labels on the voxels of one of them: draw them on it, or copy its geometry if they were"
            )
        if len(numbers) > 1:
            if len(paths) != len(acquired) or number not in numbers:
                names = listed([acquired[n].path.name for n in numbers])
                raise InputError(
                    f"{path}: its grid is that of several views ({names}); expected to know which: give one file for every view, in "
                    "the order of the views"
                )
            numbers = [number]
        found.append(acquired[numbers[0]])
    return found


def _read(path: Path, one: AcquiredView) -> DrawnLabels:
    """Read labels that are drawn on a view."""
    shape, affine = load_grid(one.path)
    whole = replace(one.view, grid=Grid(shape, affine))
    labels = label_view(path, load_labels(path), whole)
    measured = _measured(one, labels.data)
    if not measured.data.any():
        raise InputError(
            f"{path}: labels slices alone that hold one value in {one.path.name}, which were not measured; expected labels on others"
        )
    return DrawnLabels(path, one, measured)


def _measured(one: AcquiredView, whole: Volume) -> View:
    """Values on the slices of a view that were measured, from all slices of its file."""
    shape, affine = load_grid(one.path)
    view = replace(one.view, data=whole, grid=Grid(shape, affine))
    return take_slices(view, one.first, one.view.grid.shape[one.view.axis])


def _stacks(labels: Iterable[DrawnLabels], placed: Iterable[PlacedViews]) -> list[View]:
    """Labels where the body was during the first view, with the slice profiles of the views."""
    stacks = {one.path: stack for own in placed for one, stack in zip(own.acquired, own.stacks, strict=True)}
    return [replace(stacks[own.drawn_on.path], data=own.view.data) for own in labels]
