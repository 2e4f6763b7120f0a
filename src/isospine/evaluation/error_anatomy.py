"""Locate the error of a reconstruction: by frequency, by distance from edges, and in the size of the cord."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isospine.evaluation.audit import guessed_share
from isospine.evaluation.cord_area import area_difference, clear_slices, cord_areas
from isospine.evaluation.edge_error import edge_distance, error_by_distance
from isospine.evaluation.spectrum import anatomical_axis, power_spectrum
from isospine.geometry.grid import Affine, Volume
from isospine.physics.aligned import AlignedOperator
from isospine.physics.tissue import tissue_mask

ERROR_ANATOMY_COLUMNS = ("image", "method", "quantity", "axis", "position", "value", "count")
#: Quantities of the table.
QUANTITIES = (
    "power", "error_power", "guessed_share", "edge_rmse", "cord_area", "cord_area_bias", "cord_area_sd",
)  # fmt: skip
#: Rows that are not methods: the truth, and the dataset's own segmentation.
REFERENCE, MASK = "reference", "mask"

Value = tuple[str, str, str | None, float | None, float, int | None]


def error_anatomy(
    name: str,
    reference: Volume,
    affine: Affine,
    cord: NDArray[np.uint8] | None,
    images: Iterable[tuple[str, Volume]],
    operator: AlignedOperator | None = None,
) -> pd.DataFrame:
    """Measure where the errors of reconstructions lie.

    Parameters
    ----------
    name : str
        Of the image.
    reference : (I, J, K) array
        The truth.
    affine : (4, 4) array
        Of every volume: voxel indices to world coordinates in mm, RAS+.
    cord : (I, J, K) uint8 array or None
        The dataset's cord segmentation, where it has one.
    images : iterable of (method, (I, J, K) array)
        Reconstructions on the reference's grid.
    operator : AlignedOperator, optional
        Acquisition of the views that they were made from, for `guessed_share`.

    Returns
    -------
    DataFrame
        One value per row, columns `ERROR_ANATOMY_COLUMNS`. `power` and `error_power` are in (% of the reference's range)^2 mm at
        `position` cycles per mm along `axis`; `guessed_share` is that of `audit.guessed_share`; `edge_rmse` in % of the range at `position` mm from the nearest edge;
        `cord_area` in mm^2 at `position` mm above the lowest slice, its bias and standard deviation in mm^2.
    """
    percent = 100 / float(reference.max() - reference.min())
    distance = edge_distance(reference, affine)
    tissue = tissue_mask(reference)
    width = float(np.linalg.norm(affine[:3, :3], axis=0).max())
    rows = _spectra(REFERENCE, "power", reference, affine, percent)
    if cord is not None:
        truth = cord_areas(reference, cord, affine)
        clear = clear_slices(truth, 100 / percent)
        truth = truth.part(clear)
        rows += _areas(MASK, truth.height, truth.mask_area) + _areas(REFERENCE, truth.height, truth.area)
    for method, image in images:
        error = image - reference
        rows += _spectra(method, "power", image, affine, percent)
        rows += _spectra(method, "error_power", error, affine, percent)
        if operator is not None:
            share = guessed_share(reference, image, operator)
            rows.append((method, "guessed_share", None, None, share, None))
        if distance is not None:
            steps = error_by_distance(error, distance, tissue, width)
            rows += [(method, "edge_rmse", None, d, rmse * percent, count) for d, rmse, count in steps]
        if cord is not None and clear.any():
            own = cord_areas(image, cord, affine).part(clear)
            rows += _areas(method, own.height, own.area)
            bias, deviation = area_difference(truth, own)
            count = len(own.area)
            rows.append((method, "cord_area_bias", None, None, bias, count))
            spread = deviation if count > 1 else float("nan")
            rows.append((method, "cord_area_sd", None, None, spread, count))
    table = pd.DataFrame(rows, columns=list(ERROR_ANATOMY_COLUMNS[1:]))
    table.insert(0, "image", name)
    return table


def _spectra(method: str, quantity: str, volume: Volume, affine: Affine, percent: float) -> list[Value]:
    """Spectrum along every axis, in the order of the array."""
    rows: list[Value] = []
    for axis, spacing in enumerate(np.linalg.norm(affine[:3, :3], axis=0)):
        name = anatomical_axis(affine, axis)
        frequencies, power = power_spectrum(volume, float(spacing), axis)
        for frequency, value in zip(frequencies, power * percent**2, strict=True):
            rows.append((method, quantity, name, float(frequency), float(value), None))
    return rows


def _areas(method: str, heights: NDArray[Any], areas: NDArray[Any]) -> list[Value]:
    return [
        (method, "cord_area", "I-S", float(height), float(area), None)
        for height, area in zip(heights, areas, strict=True)
    ]
