"""Cross-sectional area of the cord in each slice, perpendicular to its centreline, with the column names of SCT.

Source: De Leener et al., SCT: Spinal Cord Toolbox, NeuroImage 2017 (`sct_process_segmentation`).
"""

import logging
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.planes import thick_axis
from isospine.geometry.straighten import centreline

COLUMNS = (
    "Filename", "Slice (I->S)", "VertLevel", "MEAN(area)", "STD(area)", "MEAN(angle_AP)", "MEAN(angle_RL)", "SUM(length)",
)  # fmt: skip

log = logging.getLogger(__name__)

#: Distance in mm of the points of the centreline.
STEP = 0.5


def cross_sections(
    name: str, mask: NDArray[np.bool_], grid: Grid, levels: NDArray[np.float32] | None = None
) -> pd.DataFrame:
    """Measure the cord in every slice across it, and over each vertebral level.

    Parameters
    ----------
    name : str
        Of the segmentation's file.
    mask : (I, J, K) bool array
        The cord.
    grid : Grid
        Its voxels.
    levels : (I, J, K) array, optional
        Number of the vertebral level of each voxel on the same grid; 0 where there is none.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; slices from inferior to superior, counted from 0, then levels. Areas in mm^2, angles of the centreline
        to the slices' normal in degrees, lengths along it in mm. An area is missing where the mask reaches the side of the
        field of view, since a part of the cord may lie outside.

    Raises
    ------
    InputError
        If the mask is in too few slices for a centreline.
    """
    axis = thick_axis(grid.affine, "axial")
    slices = np.moveaxis(mask, axis, 0)
    numbers = np.flatnonzero(slices.any(axis=(1, 2)))
    curve = centreline(mask.astype(np.uint8), grid, STEP)
    tangents = np.gradient(curve, axis=0)
    height = grid.indices(curve)[:, axis]
    order = np.argsort(height)
    directions = np.stack(
        [np.interp(numbers, height[order], tangents[order] @ column) for column in grid.directions.T], -1
    )
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    pixel = float(np.prod(np.delete(grid.spacing, axis)))
    cosine = np.abs(directions[:, axis])
    cut = np.array([_is_cut(slices[number]) for number in numbers])
    area = np.where(cut, np.nan, slices[numbers].sum(axis=(1, 2)) * pixel * cosine)
    upwards = grid.affine[2, axis] > 0
    table = pd.DataFrame(
        {
            "Filename": name,
            "Slice (I->S)": numbers if upwards else len(slices) - 1 - numbers,
            "VertLevel": pd.array(_levels(mask, axis, numbers, levels), dtype="Int64"),
            "MEAN(area)": area,
            "STD(area)": np.nan,
            "MEAN(angle_AP)": _angle(directions, thick_axis(grid.affine, "sagittal"), axis),
            "MEAN(angle_RL)": _angle(directions, thick_axis(grid.affine, "coronal"), axis),
            "SUM(length)": float(grid.spacing[axis]) / cosine,
        }
    ).sort_values("Slice (I->S)", ignore_index=True)
    return _with_levels(table)[list(COLUMNS)]


def tell_cut_slices(name: object, table: pd.DataFrame) -> None:
    """Warn of slices whose areas are missing, by the name of the table."""
    if cut := cut_slices(table):
        log.warning(
            "%s: the mask reaches the side of the volume in %d slices, whose areas are left empty: a part of the cord may lie outside",
            name,
            len(cut),
        )


def cut_slices(table: pd.DataFrame) -> list[str]:
    """Slices whose area is missing, since the mask reaches the side of the field of view."""
    return table.loc[table["MEAN(area)"].isna(), "Slice (I->S)"].astype(str).tolist()


def _is_cut(mask: NDArray[np.bool_]) -> bool:
    """Check whether a mask reaches the side of its slice."""
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())


def _angle(directions: FloatArray, across: int, along: int) -> FloatArray:
    """Angle in degrees of the centreline to the slices' normal, in the plane of that normal and another axis."""
    return np.degrees(np.arctan2(np.abs(directions[:, across]), np.abs(directions[:, along])))


def _levels(
    mask: NDArray[np.bool_], axis: int, numbers: NDArray[np.intp], levels: NDArray[np.float32] | None
) -> list[int | None]:
    """Most frequent vertebral level of the cord's voxels in each slice; None where there is none."""
    if levels is None:
        return [None] * len(numbers)
    found: list[int | None] = []
    for number in numbers:
        own = np.rint(np.moveaxis(levels, axis, 0)[number][np.moveaxis(mask, axis, 0)[number]])
        values, counts = np.unique(own[own > 0], return_counts=True)
        found.append(int(values[counts.argmax()]) if len(values) else None)
    return found


def _with_levels(table: pd.DataFrame) -> pd.DataFrame:
    """Add a row for each vertebral level."""
    rows: list[dict[str, Any]] = []
    for level, own in table.dropna(subset=["VertLevel"]).groupby("VertLevel"):
        first, last = own["Slice (I->S)"].min(), own["Slice (I->S)"].max()
        means = own[["MEAN(area)", "MEAN(angle_AP)", "MEAN(angle_RL)"]].mean()
        rows.append(
            {
                "Filename": own["Filename"].iloc[0],
                "Slice (I->S)": f"{first}:{last}",
                "VertLevel": level,
                "STD(area)": own["MEAN(area)"].std(ddof=0),
                "SUM(length)": own["SUM(length)"].sum(),
                **means,
            }
        )
    table["Slice (I->S)"] = table["Slice (I->S)"].astype(str)
    return (
        pd.concat([table, pd.DataFrame(rows).astype({"VertLevel": "Int64"})], ignore_index=True)
        if rows
        else table
    )


def check_levels(name: str, levels: NDArray[np.float32]) -> None:
    """Refuse values that are no numbers of vertebral levels.

    Raises
    ------
    InputError
        Naming the file.
    """
    if levels.min() < 0 or (levels % 1).any():
        raise InputError(
            f"{name}: holds values from {levels.min():g} to {levels.max():g}; expected 0 and the numbers of vertebral levels"
        )
