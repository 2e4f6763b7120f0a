"""The view set: the views of one contrast and the grid to reconstruct on, the input of every method."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import Grid, Volume
from isospine.io.atomic import read_json
from isospine.io.nifti_name import stem_of
from isospine.physics.fine_grid import fine_grid
from isospine.physics.magnitude import views_times
from isospine.physics.view import View
from isospine.recipes.lookup import resolve
from isospine.recipes.modes import READERS


@dataclass(frozen=True)
class ViewSet:
    """Views of one contrast of one image, simulated or acquired.

    Attributes
    ----------
    contrast : str
        BIDS suffix of the image.
    views : tuple of View
        Input of methods: the stacks, or their slices one by one where each slice has its own motion.
    stacks : tuple of View
        Whole stacks, where the body was during the first one and in its intensities.
    owners : tuple of int
        Index of the stack that each view belongs to.
    grid : Grid
        Grid that a method reconstructs on.
    grid_name : str
        Name of that grid in sidecars.
    sources : tuple of str
        Names of the stacks' files, without extension.
    aligned : bool
        Whether the views share the voxels of one fine grid, and no two are thick along one axis.
    bridged : tuple of tuples of int
        Slices of each stack that were not measured, but interpolated: no method is given them, and no score counts
        them. Empty where there are none.
    left_out : tuple of tuples of int
        Slices of each stack that fit the others so badly that no method is given them. Empty where there are none.
    """

    contrast: str
    views: tuple[View, ...]
    stacks: tuple[View, ...]
    owners: tuple[int, ...]
    grid: Grid
    grid_name: str
    sources: tuple[str, ...]
    aligned: bool
    bridged: tuple[tuple[int, ...], ...] = ()
    left_out: tuple[tuple[int, ...], ...] = ()

    def times_power(self, exponent: int) -> Self:
        """Return this view set with its intensities multiplied by a power of two."""
        views, stacks = (views_times(own, exponent) for own in (self.views, self.stacks))
        return replace(self, views=views, stacks=stacks)


#: Makes an image on the grid of a view set: what every method is.
Reconstruct = Callable[[ViewSet], Volume]


def stack_set(
    contrast: str,
    stacks: Sequence[View],
    grid: Grid | None = None,
    grid_name: str = "isotropic",
    sources: Sequence[str] | None = None,
) -> ViewSet:
    """Make a view set of whole stacks, used as they are.

    Parameters
    ----------
    contrast, grid_name
        As in `ViewSet`.
    stacks : sequence of View
        Whole stacks, in their final position.
    grid : Grid, optional
        Grid to reconstruct on; else the fine grid of the views.
    sources : sequence of str, optional
        Names of the stacks; else their numbers.

    Raises
    ------
    InputError
        If there is no grid, and the views do not share one.
    """
    numbers = tuple(range(len(stacks)))
    return ViewSet(
        contrast,
        views=tuple(stacks),
        stacks=tuple(stacks),
        owners=numbers,
        grid=grid or fine_grid(stacks),
        grid_name=grid_name,
        sources=tuple(map(str, numbers) if sources is None else sources),
        aligned=are_aligned(stacks),
    )


def are_aligned(views: Sequence[View]) -> bool:
    """Check whether views share one fine grid, in slices that touch, and are thick along different axes."""
    if len({view.axis for view in views}) < len(views) or not all(map(_slices_touch, views)):
        return False
    try:
        fine_grid(views)
    except InputError:
        return False
    return True


def _slices_touch(view: View) -> bool:
    return bool(np.isclose(view.thickness, view.grid.spacing[view.axis], rtol=1e-3))


def source_name(path: str | Path) -> str:
    """Return the name of an image file without its extension."""
    return stem_of(path)


def is_simulated(records: Sequence[str | Path]) -> bool:
    """Check whether records describe simulated views, whose reference must not be read."""
    return any(own["mode"] == "simulated" for own in read_records(records).values())


def read_records(paths: Sequence[str | Path]) -> dict[str, Any]:
    """Read the records of an image's views, each of one contrast or of several, by contrast."""
    return {contrast: own for path in paths for contrast, own in read_json(path).items()}


def read_view_sets(
    files: Sequence[str | Path],
    records: Sequence[str | Path],
    contrasts: Sequence[str],
    layout: Mapping[str, Any] | None = None,
) -> dict[str, ViewSet]:
    """Read the views of some contrasts of an image, as the image's record describes them.

    Parameters
    ----------
    files : sequence of path-like
        Image files of the views, one contrast's after the other's.
    records : sequence of path-like
        JSON records of the image, which have all these contrasts: of `simulated.simulated_record` or `record.placement_record`.
    contrasts : sequence of str
        Which contrasts the files are of, in that order.
    layout : mapping, optional
        `spacing` (mm), `field` and `axes` of the volumes' grid, as `placed.body_grid` takes them; for acquired views,
        since simulated ones have the grid of their record. Without it, the grid is the one of the motion's estimate,
        for whatever does not reconstruct on it.

    Raises
    ------
    InputError
        If a file is missing or damaged.
    """
    return view_sets_of(read_records(records), files, contrasts, layout)


def view_sets_of(
    record: Mapping[str, Any],
    files: Sequence[str | Path],
    contrasts: Sequence[str],
    layout: Mapping[str, Any] | None = None,
) -> dict[str, ViewSet]:
    """Read the view sets of a parsed record; parameters are those of `read_view_sets`."""
    left, sets = iter(files), {}
    for contrast in contrasts:
        own = record[contrast]
        paths = [Path(next(left)) for _ in own["views"]]
        sets[contrast] = resolve(READERS[own["mode"]])(contrast, own, paths, layout)
    return sets
