"""Intensity profiles along lines across the cord, and along the vertebral column in front of it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from isospine.evaluation.spectrum import AXES
from isospine.geometry.display_slices import Frame, canonical, focus_voxel
from isospine.geometry.grid import Affine, FloatArray, Volume

LINE_PROFILE_COLUMNS = ("image", "method", "axis", "position", "x", "y", "z", "cord", "value")
#: Rows that are not of a method, but of the truth.
REFERENCE = "reference"
#: Lengths in mm of the lines across the cord and along the column, as far as the volume reaches.
ACROSS_MM, ALONG_MM = 40.0, 120.0
#: Distances in front of the cord's centre at which the line through the vertebral column is sought, mm. The bodies of the
#: vertebrae begin about 10 mm in front of it, and are about 15 mm deep.
SEARCH_MM = (12.0, 20.0)
#: Sign of each axis: positions count towards the second letter of its name, the world axes towards R, A and S.
SIGNS = (-1, -1, 1)

Voxels = NDArray[np.intp]


@dataclass(frozen=True)
class ProfileLine:
    """Voxels along which intensities are compared, one per step along an axis; nothing is interpolated.

    Attributes
    ----------
    axis : {'R-L', 'A-P', 'I-S'}
        The axis that the line follows.
    voxels : (N, 3) ndarray of intp
        Indices into the volume turned to its axes nearest to R, A and S (`slices.canonical`).
    offsets : (N, 3) ndarray
        Millimetres to the right, front and top of the focus, along the frame's directions.
    world : (N, 3) ndarray
        World coordinates in mm, RAS+.
    cord : (N,) bool ndarray or None
        Whether each voxel lies in the dataset's cord mask, where it has one.
    distance : float or None
        Millimetres in front of the cord's centre, of the line through the vertebral column.
    """

    axis: str
    voxels: Voxels
    offsets: FloatArray
    world: FloatArray
    cord: NDArray[np.bool_] | None
    distance: float | None = None

    @property
    def position(self) -> FloatArray:
        """Millimetres from the focus towards the second letter of the axis, shape (N,)."""
        number = AXES.index(self.axis)
        return SIGNS[number] * self.offsets[:, number]


def profile_lines(
    reference: Volume, affine: Affine, frame: Frame, cord: NDArray[np.uint8] | None = None
) -> tuple[ProfileLine, ProfileLine, ProfileLine]:
    """Choose the lines of an image: A-P and R-L across the cord, and I-S through the vertebral column.

    The first two go through the focus. The third lies in the sagittal plane through the focus and runs parallel to
    the cord, over the slices that the cord's mask reaches: a parabola through the centres of the cord in these
    slices, moved to the front by the distance within `SEARCH_MM` at which the reference varies most along the line
    (standard deviation), since discs and bodies differ. Without a mask, or without space in front of the cord, it
    is straight and goes through the focus too.

    Parameters
    ----------
    reference : (I, J, K) array
        The truth.
    affine : (4, 4) array
        Its voxel indices to world coordinates in mm, RAS+.
    frame : Frame
        Of the image.
    cord : (I, J, K) uint8 array, optional
        The dataset's mask of the cord.

    Returns
    -------
    tuple of ProfileLine
        A-P, R-L, I-S; each from its first letter to its second.
    """
    data, own = canonical(reference, affine)
    mask = None if cord is None or not cord.any() else canonical(cord.astype(bool), affine)[0]
    spacing = np.linalg.norm(own[:3, :3], axis=0)
    focus = focus_voxel(data.shape, own, frame)
    distance = None
    column = _straight(data.shape, spacing, focus, 2, ALONG_MM)
    if mask is not None:
        found = _in_front(data, mask, spacing, column)
        if found is not None:
            column, distance = found
    across = [_straight(data.shape, spacing, focus, axis, ACROSS_MM) for axis in (1, 0)]
    lines = [("A-P", across[0], None), ("R-L", across[1], None), ("I-S", column, distance)]
    front, side, up = (_line(name, voxels, own, frame, mask, far) for name, voxels, far in lines)
    return front, side, up


def _straight(shape: tuple[int, ...], spacing: FloatArray, focus: Voxels, axis: int, length: float) -> Voxels:
    """Voxels of a line of at most `length` mm along one axis through the focus, shape (N, 3)."""
    steps = np.arange(shape[axis])
    steps = steps[np.abs(steps - focus[axis]) * spacing[axis] <= length / 2 + 1e-6]
    voxels = np.tile(focus, (len(steps), 1))
    voxels[:, axis] = steps
    return voxels


def _in_front(
    data: Volume, mask: NDArray[np.bool_], spacing: FloatArray, upright: Voxels
) -> tuple[Voxels, float] | None:
    """Voxels of the line parallel to the cord, and its distance in mm; None where it does not fit."""
    counts = mask.sum(axis=0)
    upright = upright[counts.sum(axis=0)[upright[:, 2]] > 0]
    if not len(upright):
        return None
    heights = upright[:, 2]
    counts = counts[:, heights]
    centres = (np.arange(len(counts)) @ counts) / counts.sum(axis=0)
    curve = (
        Polynomial.fit(heights, centres, min(2, len(heights) - 1))(heights) if len(heights) > 1 else centres
    )
    low, high = (limit / spacing[1] for limit in SEARCH_MM)
    steps = np.arange(np.ceil(low - 1e-6), np.floor(high + 1e-6) + 1)
    rows = np.rint(curve + steps[:, None]).astype(np.intp)
    inside = ((rows >= 0) & (rows < data.shape[1])).all(axis=1)
    if not inside.any():
        return None
    steps, rows = steps[inside], rows[inside]
    best = int(np.argmax(data[upright[0, 0], rows, heights].std(axis=1, dtype=np.float64)))
    voxels = upright.copy()
    voxels[:, 1] = rows[best]
    return voxels, float(steps[best] * spacing[1])


def _line(
    axis: str,
    voxels: Voxels,
    affine: Affine,
    frame: Frame,
    mask: NDArray[np.bool_] | None,
    distance: float | None,
) -> ProfileLine:
    """Line of voxels in the order of its axis's name."""
    if SIGNS[AXES.index(axis)] < 0:
        voxels = voxels[::-1]
    world = voxels @ affine[:3, :3].T + affine[:3, 3]
    offsets = (world - frame.focus) @ np.linalg.inv(frame.directions).T
    cord = None if mask is None else mask[tuple(voxels.T)]
    return ProfileLine(axis, voxels, offsets, world, cord, distance)


def intensity_profiles(
    name: str,
    reference: Volume,
    affine: Affine,
    lines: Iterable[ProfileLine],
    images: Iterable[tuple[str, Volume]],
) -> pd.DataFrame:
    """Measure intensities along lines.

    Parameters
    ----------
    name : str
        Of the image.
    reference : (I, J, K) array
        The truth.
    affine : (4, 4) array
        Of every volume: voxel indices to world coordinates in mm, RAS+.
    lines : iterable of ProfileLine
        Of `profile_lines`.
    images : iterable of (method, (I, J, K) array)
        Reconstructions on the reference's grid.

    Returns
    -------
    DataFrame
        One voxel of one volume per row, columns `LINE_PROFILE_COLUMNS`: `position` in mm from the focus, `x`, `y` and `z` in
        world coordinates (mm, RAS+), `cord` 1 inside the cord's mask and 0 outside (missing without a mask), and
        `value` in % of the reference's range, 0 at its minimum.
    """
    low = float(reference.min())
    percent = 100 / (float(reference.max()) - low)
    lines = list(lines)
    tables = []
    for method, image in ((REFERENCE, reference), *images):
        turned = canonical(image, affine)[0]
        for line in lines:
            values = (turned[tuple(line.voxels.T)].astype(np.float64) - low) * percent
            columns = {"position": line.position, **dict(zip("xyz", line.world.T, strict=True))}
            inside = np.nan if line.cord is None else line.cord.astype(float)
            tables.append(
                pd.DataFrame(
                    {"method": method, "axis": line.axis, **columns, "cord": inside, "value": values}
                )
            )
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, "image", name)
    return table


def profile_rmse(table: pd.DataFrame, axis: str, method: str) -> float:
    """Root mean square difference from the reference along one line, in % of the reference's range."""
    own = table[table["axis"] == axis]
    truth, values = (own.loc[own["method"] == one, "value"].to_numpy() for one in (REFERENCE, method))
    return float(np.sqrt(np.mean(np.square(values - truth))))
