"""Bring intensities near 1 by powers of two, where their squares neither overflow nor vanish in single precision.

Multiplying by a power of two rounds nothing: results are, to the last bit, those of the intensities as they are, wherever
these can be computed with.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Concatenate, ParamSpec

import numpy as np

from isospine.geometry.grid import Grid, Volume
from isospine.physics.view import View

Settings = ParamSpec("Settings")


def magnitude(volumes: Iterable[Volume]) -> int:
    """Exponent of the power of two just above all absolute values; 0 where all are zero or one is not finite."""
    largest = max((max(float(data.max()), -float(data.min())) for data in volumes if data.size), default=0.0)
    return int(np.frexp(largest)[1]) if 0 < largest < np.inf else 0


def range_magnitude(offset: float, scale: float) -> int:
    """Return `magnitude` of the intensities from `offset` to `offset + scale`."""
    return magnitude([np.array([offset, offset + scale])])


def times_power(data: Volume, exponent: int) -> Volume:
    """Multiply by a power of two, in the same number format; what is beyond its range becomes infinite."""
    with np.errstate(over="ignore"):
        return np.asarray(np.ldexp(data, exponent), data.dtype)


def views_times(views: Sequence[View], exponent: int) -> tuple[View, ...]:
    """Multiply the intensities of views by a power of two."""
    return tuple(replace(view, data=times_power(view.data, exponent)) for view in views)


def near_one(views: Sequence[View]) -> tuple[tuple[View, ...], int]:
    """Bring the intensities of views into [-1, 1]; return them with the exponent that brings them back."""
    exponent = magnitude(view.data for view in views)
    return views_times(views, -exponent), exponent


def at_any_magnitude(
    solve: Callable[Concatenate[Sequence[View], Grid, Settings], Volume],
) -> Callable[Concatenate[Sequence[View], Grid, Settings], Volume]:
    """Let a reconstruction that is proportional to its views work with intensities near 1.

    Parameters
    ----------
    solve : callable
        From views, a grid and settings to a volume.
    """

    @wraps(solve)
    def scaled(
        views: Sequence[View], grid: Grid, /, *args: Settings.args, **kwargs: Settings.kwargs
    ) -> Volume:
        near, exponent = near_one(views)
        return times_power(solve(near, grid, *args, **kwargs), exponent)

    return scaled
