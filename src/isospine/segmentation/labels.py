"""Check labels drawn on thick slices, and bring them to fractions of a voxel in [0, 1]."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import Volume
from isospine.physics.view import View
from isospine.words import count, listed

#: How far a fraction may leave [0, 1], from rounding.
ROUNDING = 1e-3

#: Values that an error lists, at most.
LISTED = 5

log = logging.getLogger(__name__)


def fractions_of(path: str | Path, data: Volume) -> Volume:
    """Fraction of each voxel that belongs to the label, in [0, 1].

    Parameters
    ----------
    path : path-like
        File, as in errors.
    data : (I, J, K) array
        0 and one other whole number, whichever stands for the label, or fractions between 0 and 1.

    Raises
    ------
    InputError
        If nothing or everything is labelled, there are several labels, or values that are no fractions.
    """
    if not np.isfinite(data).all():
        raise InputError(f"{path}: some voxels are NaN or infinite; expected labels: export them again")
    low, high = float(data.min()), float(data.max())
    values = np.unique(data)
    if low == high:
        raise InputError(
            f"{path}: every voxel is {low:g}; expected voxels with the label and voxels without: draw it, or leave the file out"
        )
    if low >= -ROUNDING and high <= 1 + ROUNDING:
        return np.clip(data, 0, 1)
    if len(values) == 2 and low == 0:
        return np.asarray(data / high, np.float32)
    if low < 0 or (values % 1).any():
        raise InputError(
            f"{path}: holds values from {low:g} to {high:g}; expected 0 and 1, or fractions between them: divide them by their "
            "highest value if they are probabilities in another unit"
        )
    names = [f"{value:g}" for value in values[values > 0]]
    shown = listed(names) if len(names) <= LISTED else f"{', '.join(names[:LISTED])} and others"
    raise InputError(
        f"{path}: holds {count(len(names), 'label')} ({shown}); expected one: write each label to a file of its own"
    )


def label_view(path: str | Path, data: Volume, view: View) -> View:
    """Give labels drawn on the slices of a view as a view of what was drawn.

    Slices without a label between slices that have it are named in a warning.

    Raises
    ------
    InputError
        As `fractions_of`.
    """
    labels = replace(view, data=fractions_of(path, data))
    empty = empty_between(labels)
    if empty:
        log.warning(
            "%s: %s no label between slices that do; taken as drawn, so that the label ends there: draw it where it was forgotten",
            path,
            f"slice {empty[0]} holds" if len(empty) == 1 else f"slices {listed(list(map(str, empty)))} hold",
        )
    return labels


def empty_between(labels: View) -> list[int]:
    """Slices of drawn labels that hold none, between slices that do; counted from 0, as viewers do."""
    filled = np.flatnonzero(np.moveaxis(labels.data, labels.axis, 0).max(axis=(1, 2)))
    return [int(number) for number in range(filled[0], filled[-1]) if number not in filled]


def is_binary(labels: View) -> bool:
    """Check whether every voxel is drawn or not, without fractions."""
    return bool(np.isin(labels.data, (0, 1)).all())
