"""Slices that were never acquired: any plane of a continuous image, through the slice profile of an acquisition.

A voxel of a slice is the mean of the image over the slice profile, or its largest or smallest value over the thickness. The
image is evaluated on planes parallel to the slices, close enough that more of them change nothing, and
`slice_profile.slice_matrix` weights them as it does the voxels of a simulated view.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.planes import thick_axis
from isospine.physics.oblique import COVERED
from isospine.physics.slice_profile import apply_along, slice_matrix

#: Sampling planes per voxel of the image: with more, means and projections change by less than a thousandth of its range.
SAMPLES_PER_VOXEL = {"mean": 2, "max": 4, "min": 4}

#: Sampling planes within a slice, at least.
SAMPLES_PER_SLICE = 4

#: Half of the width of a Gaussian that is sampled, over its full width at half maximum: what is left out weighs 0.0004.
GAUSSIAN_REACH = 1.5

#: What a projection is, where it is biased.
BIAS = {
    "max": "lower than that of the body: bright structures thinner than the slices of the views are blurred in the volume",
    "min": "higher than that of the body: dark structures thinner than the slices of the views are blurred in the volume",
}


@dataclass(frozen=True)
class Slab:
    """What a voxel of a slice holds of the image across it.

    Attributes
    ----------
    thickness : float
        Slice thickness (box) or full width at half maximum (gaussian), in mm.
    profile : {'box', 'gaussian'}
        Slice profile, of `mean`.
    project : {'mean', 'max', 'min'}
        The mean over the profile, or the largest or smallest value over the thickness.
    """

    thickness: float
    profile: str = "box"
    project: str = "mean"

    @property
    def reach(self) -> float:
        """Distance in mm from the centre of a slice to which the image is sampled."""
        whole_profile = self.project == "mean" and self.profile == "gaussian"
        return self.thickness * (GAUSSIAN_REACH if whole_profile else 0.5)

    def sidecar(self, apart: float) -> dict[str, Any]:
        """Entries of a sidecar that say what slices `apart` mm from each other are."""
        entries: dict[str, Any] = {
            "Description": f"Virtual {self} of a reconstruction, never acquired",
            "SliceThickness": self.thickness,
            "SpacingBetweenSlices": round(apart, 6),
            "Projection": self.project,
        }
        if self.project == "mean":
            return entries | {"SliceProfile": self.profile}
        return entries | {"ProjectionBias": f"{self.project}imum {BIAS[self.project]}"}

    def __str__(self) -> str:
        if self.project != "mean":
            return f"{self.project}imum projection over {self.thickness:g} mm"
        return f"slices of {self.thickness:g} mm with a {self.profile} profile"


@dataclass(frozen=True)
class SlicePlanes:
    """Planes on which an image is evaluated for a stack of slices.

    Attributes
    ----------
    grid : Grid
        The planes.
    axis : int
        Array axis across them.
    centres : (M,) ndarray
        Centres of the slices, in planes.
    """

    grid: Grid
    axis: int
    centres: FloatArray

    @classmethod
    def of_slices(cls, slices: Grid, axis: int, slab: Slab, spacing: float) -> "SlicePlanes":
        """Planes for the slices of a grid.

        Parameters
        ----------
        slices : Grid
            Voxel centres of the slices.
        axis : int
            Array axis across them.
        slab : Slab
            What their voxels hold.
        spacing : float
            Voxel size of the image in mm.
        """
        count, apart = slices.shape[axis], float(slices.spacing[axis])
        widest = min(spacing / SAMPLES_PER_VOXEL[slab.project], slab.thickness / SAMPLES_PER_SLICE)
        # planes that divide a slice, or the distance between two, evenly
        whole = apart if count > 1 else 2 * slab.reach
        step = whole / np.ceil(whole / widest - 1e-6)
        length = (2 * slab.reach + (count - 1) * apart) / step
        # a mean takes the middles of its parts; what is largest may be at the very edge of a slab
        is_mean = slab.project == "mean"
        planes = int(np.ceil(length - 1e-6)) if is_mean else int(np.floor(length + 1e-6)) + 1
        start = slab.reach - (step / 2 if is_mean else 0)
        first = np.zeros(3)
        first[axis] = -start / apart
        affine = slices.affine.copy()
        affine[:3, 3] = slices.world(first)
        affine[:3, axis] *= step / apart
        i, j, k = (planes if a == axis else n for a, n in enumerate(slices.shape))
        centres = (np.arange(count) * apart + start) / step
        return cls(Grid((i, j, k), affine), axis, np.asarray(centres, np.float64))


def virtual_slices(
    evaluate: Callable[[Grid], Volume], field: Grid, planes: SlicePlanes, slab: Slab
) -> tuple[Volume, NDArray[np.bool_]]:
    """Slices of an image that can be evaluated anywhere.

    Parameters
    ----------
    evaluate : callable
        Gives the image on a grid: a trained model's `reconstruct`, or `geometry.resample.resample`.
    field : Grid
        Where the image is known.
    planes : SlicePlanes
        Of `SlicePlanes.of_slices`.
    slab : Slab
        What the voxels of the slices hold.

    Returns
    -------
    slices : (I, J, K) ndarray
        0 where nothing is known.
    known : (I, J, K) bool ndarray
        Voxels whose profile lies inside the field as far as the acquisition operator demands; of a projection, voxels
        of which any part does.

    Raises
    ------
    InputError
        If no voxel is known.
    """
    inside = inside_field(planes.grid, field)
    if not inside.any():
        raise InputError("slices: all of them lie outside the field of view of the image")
    return project_planes(evaluate(planes.grid), inside, planes, slab)


def project_planes(
    image: Volume, inside: NDArray[np.bool_], planes: SlicePlanes, slab: Slab
) -> tuple[Volume, NDArray[np.bool_]]:
    """Slices of an image on their planes; parameters, result and error as of `virtual_slices`, with where the image is known."""
    count, axis = image.shape[planes.axis], planes.axis
    thickness = slab.thickness / float(planes.grid.spacing[axis])
    if slab.project == "mean":
        weights = slice_matrix(count, planes.centres, thickness, slab.profile)
        known = apply_along(weights, inside.astype(np.float32), axis) >= COVERED
        return _where_known(known, apply_along(weights, image, axis), slab)
    extreme, worst = (np.max, -np.inf) if slab.project == "max" else (np.min, np.inf)
    masked = np.moveaxis(np.where(inside, image, np.float32(worst)), axis, 0)
    near = np.abs(np.arange(count) - planes.centres[:, None]) <= thickness / 2 + 1e-6
    projected = np.moveaxis(np.stack([extreme(masked[taken], axis=0) for taken in near]), 0, axis)
    known = np.isfinite(projected)
    return _where_known(known, projected, slab)


def _where_known(known: NDArray[np.bool_], slices: Volume, slab: Slab) -> tuple[Volume, NDArray[np.bool_]]:
    """Slices that are 0 where nothing is known.

    Raises
    ------
    InputError
        If nothing is known anywhere.
    """
    if not known.any():
        raise InputError(
            f"{slab}: none lies inside the field of view of the image; expected thinner ones, or others"
        )
    return np.where(known, slices, np.float32(0)), known


def inside_field(grid: Grid, field: Grid) -> NDArray[np.bool_]:
    """Voxels of a grid whose centres lie in a field of view."""
    inside = np.empty(grid.shape, np.bool_)
    rows = np.stack(np.meshgrid(*map(np.arange, grid.shape[1:]), indexing="ij"), -1)
    for i in range(grid.shape[0]):
        voxels = np.concatenate([np.full_like(rows[..., :1], i), rows], -1)
        at = field.indices(grid.world(voxels.astype(np.float64)))
        # affines are rounded in files
        inside[i] = ((at > -0.5 - 1e-3) & (at < np.array(field.shape) - 0.5 + 1e-3)).all(axis=-1)
    return inside


def stack_over(field: Grid, plane: str, angles: Sequence[float], thickness: float) -> tuple[Grid, int]:
    """Touching slices of a turned plane over a field of view.

    Parameters
    ----------
    field : Grid
        Field of view to cover.
    plane : {'axial', 'sagittal', 'coronal'}
        Plane before it is turned: that of the axes of `field`.
    angles : sequence of three floats
        Degrees about the axes to the right, to anterior and to superior, one after the other.
    thickness : float
        Slice thickness in mm.

    Returns
    -------
    grid : Grid
        Voxels as fine as those of `field` within the slices.
    axis : int
        Array axis across the slices.
    """
    axis = thick_axis(field.affine, plane)
    turn = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    directions = turn @ field.directions
    corners = np.array(np.meshgrid(*[(-0.5, n - 0.5) for n in field.shape], indexing="ij")).reshape(3, -1).T
    along = field.world(corners) @ directions
    extent = along.max(axis=0) - along.min(axis=0)
    sizes = np.full(3, float(field.spacing.min()))
    sizes[axis] = thickness
    # affines are rounded in files
    counts = np.ceil(extent / sizes - 1e-3)
    if not np.any(angles):
        counts = np.floor(extent / sizes + 1e-3)
    i, j, k = (int(n) for n in np.maximum(counts, 1))
    affine = np.eye(4)
    affine[:3, :3] = directions * sizes
    affine[:3, 3] = field.centre - affine[:3, :3] @ ((np.array([i, j, k]) - 1) / 2)
    return Grid((i, j, k), affine), axis
