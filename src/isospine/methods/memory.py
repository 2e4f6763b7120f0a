"""Refuse a grid that takes more memory than the machine has, before anything is computed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.io.nifti_header import LARGEST_VOLUME
from isospine.jobs.memory import machine_memory_mb
from isospine.plan.cost import acquired_cost, baseline_cost, reconstruction_cost
from isospine.plan.too_large import largest_share

#: Memory per million voxels of a straightened volume, MB: positions in double precision, and what is computed of them.
STRAIGHTENED_MB = 150


def check_memory(option: str, grid: Grid, spacing: float | None, needed: Callable[[float], float]) -> None:
    """Refuse a grid for which the memory of this machine is too small.

    Parameters
    ----------
    option : str
        What sets the grid, as in errors.
    grid : Grid
        The grid.
    spacing : float or None
        Its voxel size in mm, where that can be chosen.
    needed : callable
        Memory in MB for a number of voxels.

    Raises
    ------
    InputError
        With the memory that it would take, and the voxel size that would fit.
    """
    voxels, limit = count(grid), machine_memory_mb()

    def asked(share: float) -> float:
        return needed(share * voxels) if share * voxels <= LARGEST_VOLUME else float("inf")

    if asked(1.0) <= limit:
        return
    share = largest_share(asked, limit)
    remedy = "take fewer voxels, or a larger machine"
    if spacing is not None and share * voxels >= 8:
        # rounded up to three digits, so that the number fits
        remedy = f"a spacing of {1.005 * spacing * share ** (-1 / 3):.3g} mm would fit"
    size = " x ".join(map(str, grid.shape))
    most = (
        f" (and no volume may have more than {LARGEST_VOLUME:.2g} voxels)" if voxels > LARGEST_VOLUME else ""
    )
    raise InputError(
        f"{option}: {size} voxels ({voxels:.2g}) take about {needed(voxels) / 1024:.3g} GB of memory, and this machine has "
        f"{limit / 1024:.3g} GB{most}; {remedy}"
    )


def count(grid: Grid) -> float:
    """Voxels of a grid."""
    i, j, k = grid.shape
    return float(i) * float(j) * float(k)


def reconstruct_mb(
    name: str, settings: Mapping[str, Any] | None, views: Sequence[float], compared: Sequence[str]
) -> Callable[[float], float]:
    """Memory in MB that `isospine reconstruct` takes, as a function of the voxels of its grid.

    Parameters
    ----------
    name : str
        Of the method.
    settings : mapping or None
        The recipe of a network.
    views : sequence of float
        Voxels of each view.
    compared : sequence of str
        Baselines that a report compares with.
    """

    def needed(voxels: float) -> float:
        steps = [("train", name), ("reconstruct", name)] if settings else [("baseline", name)]
        costs = [acquired_cost(step, label, settings, voxels, views, voxels) for step, label in steps]
        costs += [
            acquired_cost("baseline", label, None, voxels, views, voxels) + baseline_cost(label, voxels)
            for label in compared
        ]
        return max(cost.memory_mb for cost in costs)

    return needed


def resample_mb(settings: Mapping[str, Any], model_voxels: float) -> Callable[[float], float]:
    """Memory in MB that evaluating a model takes, as a function of the voxels of the grid."""
    return lambda voxels: reconstruction_cost(settings, model_voxels, voxels).memory_mb + 8 * voxels / 1e6
