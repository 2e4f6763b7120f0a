"""Recognise the same scan given twice."""

from collections.abc import Sequence

import numpy as np
from nibabel.orientations import apply_orientation, io_orientation

from isospine.errors import InputError
from isospine.physics.view import View
from isospine.views.acquired import AcquiredView

#: Correlation of two views above which one is a copy of the other: rounding to 256 values leaves more than this.
COPY = 0.9999


def is_copy(view: View, other: View) -> bool:
    """Check whether two views hold the same voxels, whatever the order of their axes, their brightness and rounding.

    Two scans never do: each has noise of its own.
    """
    if np.array_equal(view.data, other.data):
        return True
    one, two = (apply_orientation(each.data, io_orientation(each.grid.affine)) for each in (view, other))
    if one.shape != two.shape:
        return False
    pair = [each.ravel() / np.float64(np.abs(each).max() or 1) for each in (one, two)]
    deviations = [each - each.mean() for each in pair]
    product = float(deviations[0] @ deviations[1])
    return product > COPY * float(np.linalg.norm(deviations[0]) * np.linalg.norm(deviations[1]))


def check_copies(acquired: Sequence[AcquiredView]) -> None:
    """Refuse two files that hold the same voxels: a copy adds nothing, and counts as a second measurement.

    Raises
    ------
    InputError
        Naming both files.
    """
    for number, one in enumerate(acquired):
        for other in acquired[:number]:
            if is_copy(one.view, other.view):
                raise InputError(
                    f"views: {one.path} holds the same voxels as {other.path}; give each scan once"
                )
