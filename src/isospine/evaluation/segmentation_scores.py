"""Score segmentations of the spinal cord against the dataset's own: overlap, distance of surfaces, areas."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.planes import thick_axis
from isospine.segmentation.agreement import dice

#: Columns of `segmentation.tsv` and what they hold.
COLUMNS = {
    "image": "Name of the image",
    "contrast": "BIDS suffix of the image",
    "structure": "What is segmented: SC, the spinal cord",
    "kind": "Labels of the views: binary (a voxel is drawn where more than half of it is inside) or soft (the part that is inside)",
    "method": "Method that made one segmentation of the labels of all views",
    "dice": "Twice the voxels that it has in common with the dataset's segmentation, over the voxels of both",
    "surface_distance": "Mean distance in mm of the surface voxels of each to the surface of the other",
    "surface_distance_95": "95th percentile of these distances in mm",
    "area_error": "Mean over axial slices of the absolute error of the area, % of the dataset's own",
    "area_bias": "Mean over axial slices of the error of the area, % of the dataset's own; positive where it is too large",
}


def segmentation_scores(
    about: Mapping[str, str], masks: Mapping[str, NDArray[np.bool_]], truth: NDArray[np.bool_], grid: Grid
) -> pd.DataFrame:
    """Score masks against the truth.

    Parameters
    ----------
    about : mapping
        `image`, `contrast`, `structure` and `kind`.
    masks : mapping of str to (I, J, K) bool array
        Mask of each method; values are missing where it is empty.
    truth : (I, J, K) bool array
        The dataset's own segmentation on the same grid.
    grid : Grid
        Its voxels.

    Returns
    -------
    DataFrame
        One row for each method, with `COLUMNS`.

    Raises
    ------
    InputError
        If the truth is empty.
    """
    if not truth.any():
        raise InputError(
            f"{about['image']}: its segmentation is empty within the reference; expected voxels of the cord: correct it, or leave the "
            "image out (dataset.exclude)"
        )
    rows, true = [], slice_areas(truth, grid)
    for method, mask in masks.items():
        distances = surface_distances(mask, truth, grid.spacing)
        errors = 100 * (slice_areas(mask, grid)[true > 0] / true[true > 0] - 1)
        measured = {
            "dice": dice(mask, truth),
            "surface_distance": distances.mean() if distances.size else np.nan,
            "surface_distance_95": np.percentile(distances, 95) if distances.size else np.nan,
            "area_error": np.abs(errors).mean(),
            "area_bias": errors.mean(),
        }
        rows.append({**about, "method": method, **measured})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def surface_distances(first: NDArray[np.bool_], second: NDArray[np.bool_], spacing: FloatArray) -> FloatArray:
    """Distance in mm of each surface voxel of two masks to the surface of the other; empty where a mask is.

    A voxel is at the surface where a neighbour within the field of view is outside.
    """
    surfaces = [mask & ~binary_erosion(mask, border_value=1) for mask in (first, second)]
    if not all(surface.any() for surface in surfaces):
        return np.zeros(0)
    fields = [distance_transform_edt(~surface, sampling=spacing) for surface in surfaces]
    return np.concatenate([fields[1][surfaces[0]], fields[0][surfaces[1]]]).astype(np.float64)


def slice_areas(mask: NDArray[np.bool_], grid: Grid) -> FloatArray:
    """Area in mm^2 of a mask in each slice across the array axis that is nearest to I-S, in the order of the array."""
    axis = thick_axis(grid.affine, "axial")
    pixel = float(np.prod(np.delete(grid.spacing, axis)))
    return np.asarray(np.moveaxis(mask, axis, 0).sum(axis=(1, 2)) * pixel, np.float64)
