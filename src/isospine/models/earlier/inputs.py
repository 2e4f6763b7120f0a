"""Refuse earlier scans that cannot be used, before anything is computed from them."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from isospine.errors import InputError
from isospine.geometry.fields import do_overlap
from isospine.geometry.grid import Grid, Volume
from isospine.physics.view import View
from isospine.views.copies import is_copy

#: Share of the volume to reconstruct that an earlier scan must cover.
LEAST_COVERED = 0.05


def check_earlier(name: str, earlier: View, views: Mapping[str, View], grid: Grid) -> None:
    """Check an earlier scan before it is placed.

    Parameters
    ----------
    name : str
        What to call it: its file.
    earlier : View
        The scan; each of its axes may be the thick one.
    views : mapping of str to View
        The later session's views, by their files.
    grid : Grid
        Where the later session is reconstructed.

    Raises
    ------
    InputError
        If it is not finite, constant, a copy of a view, or elsewhere.
    """
    check_intensities(name, earlier.data)
    check_not_a_view(name, earlier, views)
    if not do_overlap(earlier.grid, grid):
        raise InputError(
            f"{name}: does not overlap with the views, by its header; expected an earlier scan of the same part of the body: "
            "correct its affine, or leave it out"
        )


def check_intensities(name: str, data: Volume) -> None:
    """Check that an earlier scan shows something.

    Raises
    ------
    InputError
        If voxels are NaN or infinite, or all are equal.
    """
    wrong = data.size - int(np.count_nonzero(np.isfinite(data)))
    if wrong:
        raise InputError(
            f"{name}: {wrong} of {data.size} voxels are NaN or infinite; expected an earlier scan with finite intensities: "
            "export it again, or leave it out"
        )
    if data.size == 0 or data.min() == data.max():
        value = f"every voxel is {data.flat[0]:g}" if data.size else "it has no voxels"
        raise InputError(f"{name}: {value}; expected an earlier scan that shows the body: leave it out")


def check_not_a_view(name: str, earlier: View, views: Mapping[str, View]) -> None:
    """Check that the earlier scan is none of the later session's images, under whatever name.

    Raises
    ------
    InputError
        Naming the image that it is a copy of.
    """
    for path, view in views.items():
        if is_copy(earlier, view):
            raise InputError(
                f"{name}: holds the same voxels as {path}; expected a scan of an earlier session: from the later one nothing "
                "can be remembered, and with a reference nothing would be measured"
            )


def check_coverage(name: str, covered: NDArray[np.bool_]) -> None:
    """Check that a placed scan covers enough of the volume.

    Raises
    ------
    InputError
        Naming the share that it covers.
    """
    share = float(covered.mean())
    if share < LEAST_COVERED:
        raise InputError(
            f"{name}: covers {share:.1%} of the views' field of view where it was placed; expected at least {LEAST_COVERED:.0%}: "
            "give an earlier scan of the same part of the body, or leave it out"
        )


def check_order(name: str, earlier: datetime | None, others: Mapping[str, datetime | None]) -> None:
    """Check that the earlier scan is the earlier one, where dates of acquisition are known.

    Parameters
    ----------
    name : str
        What to call the earlier scan.
    earlier : datetime or None
        When it was acquired; None if unknown, as in most shared data.
    others : mapping of str to datetime or None
        When the views were acquired, by their files.

    Raises
    ------
    InputError
        Naming both files and dates: the sessions are swapped, and what is new would be called gone.
    """
    for path, later in others.items():
        if earlier is None or later is None:
            continue
        # a date with a time zone and one without cannot be compared otherwise
        if earlier.replace(tzinfo=None) > later.replace(tzinfo=None):
            raise InputError(
                f"{name}: was acquired on {earlier:%Y-%m-%d}, after {path} on {later:%Y-%m-%d}; expected the earlier session: "
                "swap the two, or what is new would be called gone"
            )
