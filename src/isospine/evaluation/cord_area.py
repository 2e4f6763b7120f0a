"""Measure the area of the spinal cord along its length, by one simple segmentation for every volume."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from isospine.geometry.grid import Affine, FloatArray, Volume
from isospine.geometry.planes import thick_axis

#: Distance around the dataset's cord mask within which fluid is sought, mm. Farther out are dura and bone,
#: as dark as the cord.
RING_MM = 2.0
#: Slices where cord and ring differ by less than this fraction of the reference's range are left out.
MINIMUM_CONTRAST = 0.05


@dataclass(frozen=True)
class CordAreas:
    """Area of the cord in the slices perpendicular to the array axis that is nearest to I-S.

    Attributes
    ----------
    height : (N,) ndarray
        Millimetres of each slice above the lowest slice of the volume.
    area : (N,) ndarray
        Square millimetres.
    contrast : (N,) ndarray
        Median intensity of the ring less that of the cord.
    mask_area : (N,) ndarray
        Area of the dataset's own mask, square millimetres.
    """

    height: FloatArray
    area: FloatArray
    contrast: FloatArray
    mask_area: FloatArray

    def part(self, chosen: NDArray[np.bool_]) -> "CordAreas":
        """Some of the slices."""
        return CordAreas(
            self.height[chosen], self.area[chosen], self.contrast[chosen], self.mask_area[chosen]
        )


def cord_areas(volume: Volume, cord: NDArray[np.uint8], affine: Affine) -> CordAreas:
    """Segment the cord by one threshold per slice, and measure its area.

    The threshold lies halfway between the volume's median inside the dataset's cord mask and its median in the
    ring of `RING_MM` around the mask. What is on the cord's side of it, inside mask and ring, is the cord. The
    mask says where to look, and the volume alone what is found. Nothing is corrected, the cord's
    inclination to the axis neither.

    Parameters
    ----------
    volume : (I, J, K) array
        Intensities.
    cord : (I, J, K) uint8 array
        The dataset's mask of the cord.
    affine : (4, 4) array
        Of both: voxel indices to world coordinates in mm, RAS+.
    """
    axis = thick_axis(affine, "axial")
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    in_plane = np.delete(spacing, axis)
    pixel = float(np.prod(in_plane))
    upwards = affine[2, axis] > 0
    slices = np.moveaxis(volume, axis, 0)
    masks = np.moveaxis(cord, axis, 0) > 0
    rows = []
    for number in np.flatnonzero(masks.any(axis=(1, 2))):
        box = _box(masks[number], np.ceil(RING_MM / in_plane).astype(int) + 1)
        mask, shown = masks[number][box], slices[number][box].astype(np.float64)
        near = np.asarray(distance_transform_edt(~mask, sampling=in_plane)) <= RING_MM
        ring = near & ~mask
        if not ring.any():  # the mask fills the slice
            continue
        inside, around = np.median(shown[mask]), np.median(shown[ring])
        threshold = (inside + around) / 2
        found = near & ((shown < threshold) if around > inside else (shown > threshold))
        place = number if upwards else len(slices) - 1 - number
        rows.append((place * spacing[axis], found.sum() * pixel, around - inside, mask.sum() * pixel))
    rows.sort()
    columns = np.array(rows, np.float64).reshape(-1, 4).T
    return CordAreas(*columns)


def _box(mask: NDArray[np.bool_], margin: NDArray[np.intp]) -> tuple[slice, ...]:
    """Smallest part of a slice that holds a mask and a margin around it."""
    places = np.argwhere(mask)
    low, high = places.min(axis=0) - margin, places.max(axis=0) + margin + 1
    return tuple(slice(max(int(a), 0), int(b)) for a, b in zip(low, high, strict=True))


def clear_slices(reference: CordAreas, data_range: float) -> NDArray[np.bool_]:
    """Slices in which the reference's cord stands out from the ring around it, shape (N,)."""
    return np.abs(reference.contrast) >= MINIMUM_CONTRAST * data_range


def area_difference(reference: CordAreas, other: CordAreas) -> tuple[float, float]:
    """Bias and standard deviation over slices of a reconstruction's areas, less those of the reference.

    Returns
    -------
    bias, deviation : float
        Square millimetres; a positive bias is too large a cord. The deviation is 0 for a single slice.
    """
    difference = other.area - reference.area
    return float(difference.mean()), float(difference.std(ddof=1)) if len(difference) > 1 else 0.0
