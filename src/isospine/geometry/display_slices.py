"""Cut slices as a radiologist sees them: superior or anterior up, the patient's right on the left."""

from dataclasses import dataclass
from typing import TypeVar

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from isospine.geometry.grid import Affine, Volume

#: World axes (0 = R, 1 = A, 2 = S) of each plane: its normal, across the page and up the page.
PLANE_AXES = {"sagittal": (0, 1, 2), "coronal": (1, 0, 2), "axial": (2, 0, 1)}
#: Letters at the left, right, bottom and top of each plane. Across the page, the world axis runs to the left.
PLANE_LETTERS = {"sagittal": "APIS", "coronal": "RLIS", "axial": "RLPA"}

Limits = tuple[float, float, float, float]
Voxel = TypeVar("Voxel", bound=np.generic)


@dataclass(frozen=True)
class Frame:
    """Common coordinates in mm of all volumes of an image, along the reference's own axes.

    Attributes
    ----------
    directions : (3, 3) ndarray of float64
        Unit vectors nearest to R, A and S, one per column, in world coordinates.
    focus : (3,) ndarray of float64
        World coordinates in mm of the point through which the slices go.
    """

    directions: NDArray[np.float64]
    focus: NDArray[np.float64]


@dataclass(frozen=True)
class Slice:
    """One slice of a volume.

    Attributes
    ----------
    plane : {'sagittal', 'coronal', 'axial'}
        Its plane.
    pixels : (height, width) ndarray of float32
        The first row is the lowest.
    extent : tuple of float
        Left, right, bottom and top edge in mm from the focus.
    """

    plane: str
    pixels: Volume
    extent: Limits


def canonical(data: NDArray[Voxel], affine: Affine) -> tuple[NDArray[Voxel], Affine]:
    """Reorder the array axes to be nearest to R, A and S, without resampling."""
    turn = nib.io_orientation(affine)
    return nib.apply_orientation(data, turn), affine @ nib.orientations.inv_ornt_aff(turn, data.shape)


def image_frame(reference: Volume, affine: Affine, cord: NDArray[np.uint8] | None = None) -> Frame:
    """Frame of an image: slices go through the middle of the cord, or of the volume where no cord is known.

    The middle of the cord is the cord voxel nearest to the centre of its cross-section, halfway along it.
    """
    points = (np.array(reference.shape, np.float64)[None] - 1) / 2
    canonical_affine = canonical(reference, affine)[1]
    if cord is not None and cord.any():
        voxels = np.argwhere(cord).astype(np.float64)
        world = voxels @ affine[:3, :3].T + affine[:3, 3]
        height = world @ (canonical_affine[:3, 2] / np.linalg.norm(canonical_affine[:3, 2]))
        middle = np.abs(height - np.median(height)) <= np.linalg.norm(affine[:3, :3], axis=0).max() / 2
        distance = np.linalg.norm(world - world[middle].mean(axis=0), axis=1)
        points = voxels[np.argmin(distance)][None]
    focus = points[0] @ affine[:3, :3].T + affine[:3, 3]
    directions = canonical_affine[:3, :3] / np.linalg.norm(canonical_affine[:3, :3], axis=0)
    return Frame(np.asarray(directions, np.float64), np.asarray(focus, np.float64))


def focus_voxel(shape: tuple[int, ...], affine: Affine, frame: Frame) -> NDArray[np.intp]:
    """Indices of the voxel nearest to the focus, shape (3,), of a volume whose axes are those of `canonical`."""
    start, step = _in_frame(affine, frame)
    return np.clip(np.rint(-start / step), 0, np.array(shape) - 1).astype(np.intp)


def _in_frame(affine: Affine, frame: Frame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First voxel's place and the steps of the voxels along the frame's directions, in mm from the focus."""
    into_frame = np.linalg.inv(frame.directions)
    return into_frame @ (affine[:3, 3] - frame.focus), np.diag(into_frame @ affine[:3, :3])


def take_slice(data: Volume, affine: Affine, frame: Frame, plane: str) -> Slice:
    """Slice of a volume nearest to the focus.

    Parameters
    ----------
    data : (I, J, K) array
        The volume.
    affine : (4, 4) array
        Its voxel indices to world coordinates in mm, RAS+; its axes are parallel to the frame's.
    frame : Frame
        Frame of the image.
    plane : {'sagittal', 'coronal', 'axial'}
        Plane of the slice.
    """
    data, affine = canonical(data, affine)
    start, step = _in_frame(affine, frame)
    normal, across, up = PLANE_AXES[plane]
    index = focus_voxel(data.shape, affine, frame)[normal]
    pixels = np.take(data, index, axis=normal)  # remaining axes keep their order: across, up
    edges = [(start[a] - step[a] / 2, start[a] + step[a] * (data.shape[a] - 0.5)) for a in (across, up)]
    extent = (-edges[0][1], -edges[0][0], edges[1][0], edges[1][1])
    left, right, bottom, top = (float(edge) for edge in extent)
    return Slice(plane, np.ascontiguousarray(pixels.T[:, ::-1], np.float32), (left, right, bottom, top))


def field_around_focus(extent: Limits, size: float) -> Limits:
    """Part of a slice's extent that is at most `size` mm wide and high and lies around the focus."""
    left, right = _part(extent[0], extent[1], size)
    bottom, top = _part(extent[2], extent[3], size)
    return left, right, bottom, top


def _part(low: float, high: float, size: float) -> tuple[float, float]:
    if high - low <= size:
        return low, high
    start = min(max(-size / 2, low), high - size)
    return start, start + size


def display_window(reference: Volume) -> tuple[float, float]:
    """Intensities shown as black and white: percentiles 0.5 and 99.5 of the reference."""
    low, high = np.percentile(reference, [0.5, 99.5])
    return (float(low), float(high)) if high > low else (float(reference.min()), float(reference.max()))
