"""Score slices that were never acquired against the same slices of the reference."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from isospine.evaluation.identity import identity
from isospine.evaluation.metrics import check_scorable, psnr
from isospine.geometry.grid import Grid, Volume
from isospine.geometry.resample import resample
from isospine.physics.virtual_slices import Slab, SlicePlanes, virtual_slices


def slices_row(record: dict[str, Any], name: str, plane: Mapping[str, Any]) -> dict[str, Any]:
    """Columns that identify slices: those of the image and method of a record, and their settings."""
    columns = ("image", "subject", "session", "contrast", "method", "recipe", "seed")
    own = identity(record)
    angles = " ".join(f"{angle:g}" for angle in plane["angles"])
    about = {key: plane[key] for key in ("plane", "thickness", "project", "profile")}
    return {key: own[key] for key in columns} | {"slices": name} | about | {"angles": angles}


def slices_score(
    reference: Volume, grid: Grid, image: Volume, slices: Grid, axis: int, slab: Slab
) -> dict[str, float]:
    """Scores of slices against the same slices of the reference, where these are known.

    Parameters
    ----------
    reference : (I, J, K) array
        On `grid`.
    grid : Grid
        Its voxels.
    image : (L, M, N) array
        The slices.
    slices : Grid
        Their voxels.
    axis : int
        Array axis across the slices.
    slab : Slab
        What the voxels of the slices hold.

    Returns
    -------
    dict
        `psnr` in dB for the range of the reference, `bias`, the mean error over that range, and the share of voxels `known`.

    Raises
    ------
    InputError
        If the reference is constant or a volume not finite, or all slices lie outside it.
    """
    data_range = float(np.ptp(reference))
    check_scorable((reference, image), data_range)
    planes = SlicePlanes.of_slices(slices, axis, slab, float(grid.spacing.min()))
    truth, known = virtual_slices(partial(resample, reference, grid), grid, planes, slab)
    error = image[known].astype(np.float64) - truth[known]
    return {
        "psnr": psnr(truth[known].astype(np.float64), image[known].astype(np.float64), data_range),
        "bias": float(error.mean()) / data_range,
        "known": float(known.mean()),
    }
