"""Segment from labels drawn on the acquired views of one contrast of a body, for the workflow: by every method, with scores."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from isospine.errors import InputError
from isospine.evaluation.label_agreement import label_agreement
from isospine.geometry.grid import Grid, Volume
from isospine.io.nifti import load_labels
from isospine.io.nifti_name import stem_of
from isospine.methods.segment import DrawnLabels, check_within, read_labels_of
from isospine.physics.interpolate import covers
from isospine.physics.slices import without_slices
from isospine.physics.view import View
from isospine.segmentation.agreement import agreements, tell_doubts
from isospine.segmentation.area import COLUMNS, cross_sections, tell_cut_slices
from isospine.segmentation.labels import is_binary
from isospine.segmentation.methods import METHODS, default_method
from isospine.views.acquired import without_gaps
from isospine.views.placed import PlacedViews

#: Methods that interpolate the slices of one view, which they need whole.
OF_WHOLE_VIEW = ("nearest", "shape-based")

log = logging.getLogger(__name__)


def check_kind(path: Path, labels: View, kind: str) -> None:
    """Refuse fractions where the configuration says that there are none.

    Raises
    ------
    InputError
        Naming the file and the key.
    """
    if kind == "binary" and not is_binary(labels):
        raise InputError(
            f"{path}: holds fractions between 0 and 1; expected 0 and one other number, since segmentations.SC.kind is binary: set "
            "that to soft, or threshold the labels"
        )


def place_labels(path: Path, placed: PlacedViews, number: int, kind: str) -> View:
    """Read labels drawn on a view, and move them as the view is placed.

    Parameters
    ----------
    path : Path
        Their file, on the voxels of the view's file.
    placed : PlacedViews
        The views.
    number : int
        Which of them.
    kind : {'binary', 'soft'}
        What the labels are.

    Raises
    ------
    InputError
        If the file has other voxels than the view, or its values are no labels of this kind.
    """
    drawn = read_labels_of(path, placed.acquired[number])
    check_kind(path, drawn.view, kind)
    return replace(placed.stacks[number], data=drawn.view.data)


def read_placed_labels(
    paths: Sequence[Path], placed: PlacedViews, numbers: Sequence[int], names: Sequence[str], grid: Grid
) -> list[DrawnLabels]:
    """Read labels that `place_labels` made, of some views, which lie where these were placed; they keep the names of their files.

    Raises
    ------
    InputError
        If nothing of one lies in the grid.
    """
    found = []
    for path, number, name in zip(paths, numbers, names, strict=True):
        stack = replace(placed.stacks[number], data=load_labels(path))
        found.append(DrawnLabels(Path(name), placed.acquired[number], stack))
    check_within(found, grid)
    return found


def segment_by(method: str, labels: Sequence[DrawnLabels], grid: Grid) -> Volume:
    """Part of each voxel of a grid that is inside, in [0, 1], by a method of `segmentation.methods`."""
    return METHODS[method]([part for own in labels for part in _inputs(method, own)], grid)


def _inputs(method: str, own: DrawnLabels) -> list[View]:
    """Labels of a view without the slices that were not measured, or with interpolated ones in their place."""
    if method not in OF_WHOLE_VIEW:
        return without_slices(own.view, own.drawn_on.bridged)
    measured = np.setdiff1d(np.arange(own.view.grid.shape[own.view.axis]), own.drawn_on.bridged)
    return [without_gaps(own.view, measured)]


def score(
    about: Mapping[str, str], method: str, labels: Sequence[DrawnLabels], occupancy: Volume, grid: Grid
) -> pd.DataFrame:
    """Compare a segmentation with the labels of each view, and these with what the others alone become.

    The default method for the labels warns where the views disagree, or are of one plane.

    Parameters
    ----------
    about : mapping
        `image`, `contrast`, `structure` and `kind`.
    method : str
        That made the segmentation.
    labels : sequence of DrawnLabels
        Those of which it did.
    occupancy : (I, J, K) array
        The segmentation.
    grid : Grid
        Its voxels.

    Returns
    -------
    DataFrame
        One row for each view that has labels, with the columns of `label_agreement`.
    """
    stacks, names = [own.view for own in labels], [str(own.path) for own in labels]
    if method == default_method(stacks):
        dice = tell_doubts(names, stacks, occupancy, grid)
    else:
        dice = agreements(stacks, occupancy, grid)
    others = [_with_others(method, labels, number, grid) for number in range(len(labels))]
    views = [stem_of(own.drawn_on.path) for own in labels]
    return label_agreement({**about, "method": method}, views, dice, others)


def _with_others(method: str, labels: Sequence[DrawnLabels], number: int, grid: Grid) -> float:
    """Dice of the labels of a view with the segmentation that those of the others become, where one of these was seen."""
    others = [own for place, own in enumerate(labels) if place != number]
    if not others:
        return float("nan")
    seen = np.any([covers(own.view, grid) for own in others], axis=0)
    occupancy = segment_by(method, others, grid)
    return agreements([own.view for own in labels], occupancy, grid, seen)[number]


def measured_areas(name: str, mask: np.ndarray, grid: Grid) -> pd.DataFrame:
    """Areas of a mask by `cross_sections`, with warnings; no row where it is in too few slices."""
    try:
        table = cross_sections(name, mask, grid)
    except InputError as error:
        log.warning("%s: no areas; %s", name, error)
        return pd.DataFrame(columns=list(COLUMNS))
    tell_cut_slices(name, table)
    return table
