"""`isospine resample --thickness`: slices that were never acquired, in any plane or along the cord."""

import logging
from argparse import Namespace

import numpy as np
from numpy.typing import NDArray

from isospine.errors import InputError
from isospine.geometry.crops import slice_centres
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.planes import PLANE_NORMALS, thick_axis
from isospine.geometry.straighten import straightened
from isospine.physics.virtual_slices import BIAS, Slab, SlicePlanes, project_planes
from isospine.views.acquired import THICK

log = logging.getLogger(__name__)

#: Thinnest slices, in voxels of the model.
THINNEST = 0.1
#: Samples per voxel of a straightened volume, of which slabs are made.
FINER = 2


def slab_of(options: Namespace) -> Slab | None:
    """Read what slices are wanted; None where it is the volume itself.

    Raises
    ------
    InputError
        If options do not go together.
    """
    if options.thickness is None:
        for name in ("plane", "profile", "project"):
            if getattr(options, name) is not None:
                raise InputError(f"--{name}: goes with --thickness; give it, or leave --{name} out")
        return None
    if options.like is None and options.along is None:
        raise InputError(
            "--thickness: goes with --like, whose slices get that thickness, or with --along; add one, or leave it out"
        )
    project = options.project or "mean"
    if project != "mean" and options.profile is not None:
        raise InputError(f"--profile: has no effect with --project {project}; leave one of them out")
    return Slab(options.thickness, options.profile or "box", project)


def check_thickness(slab: Slab, spacing: float) -> None:
    """Refuse slices that are much thinner than the voxels of the model, of which they would show nothing new.

    Raises
    ------
    InputError
        Naming the option.
    """
    if slab.thickness < THINNEST * spacing:
        raise InputError(
            f"--thickness {slab.thickness:g}: is thin beside the voxels of {spacing:.3g} mm that the model was trained for; "
            f"expected at least {THINNEST * spacing:.3g}, or leave it out for values at the centres of voxels"
        )


def axis_of(options: Namespace, grid: Grid) -> int:
    """Array axis across the slices of the image that --like names.

    Raises
    ------
    InputError
        If neither the option nor the image says it.
    """
    if options.plane is not None:
        return thick_axis(grid.affine, options.plane)
    single = [axis for axis, count in enumerate(grid.shape) if count == 1]
    if len(single) == 1:
        return single[0]
    order = np.argsort(grid.spacing)
    if grid.spacing[order[2]] < THICK * grid.spacing[order[1]]:
        sizes = " x ".join(f"{size:.3g}" for size in grid.spacing)
        raise InputError(
            f"--like {options.like}: its voxels of {sizes} mm do not say which plane its slices are in; add --plane "
            f"({', '.join(PLANE_NORMALS)})"
        )
    return int(order[2])


def slices_along(
    options: Namespace, slab: Slab, image: Volume, grid: Grid, curve: FloatArray, width: float
) -> tuple[Volume, Grid, NDArray[np.bool_]]:
    """Touching slices of the straightened cord: their voxels, grid, and which of them are known.

    Parameters
    ----------
    options : Namespace
        Of the command.
    slab : Slab
        What voxels of the slices hold.
    image : (I, J, K) array
        On `grid`.
    grid : Grid
        Its voxels.
    curve : (N, 3) array
        Centreline, with `FINER` points per voxel.
    width : float
        Width of the straightened volume in mm.

    Raises
    ------
    InputError
        If no slice fits.
    """
    spacing = options.spacing / FINER
    fine, straight = straightened(image, grid, curve, spacing, width)
    inside, _ = straightened(np.ones_like(image), grid, curve, spacing, width)
    plane = options.plane or "axial"
    axis, factor = PLANE_NORMALS[plane], slab.thickness / spacing
    centres = slice_centres(fine.shape[axis], factor)
    if plane != "axial" and len(centres) % 2 == 0:
        # one slice follows the middle of the cord
        count = max(len(centres) - 1, 0)
        centres = (fine.shape[axis] - 1) / 2 + factor * (np.arange(count) - (count - 1) / 2)
    if len(centres) == 0:
        raise InputError(
            f"--thickness {slab.thickness:g}: no {plane} slice of it fits into {fine.shape[axis] * spacing:.4g} mm of the "
            "straightened cord; expected a smaller one"
        )
    data, known = project_planes(fine, inside > 0.5, SlicePlanes(straight, axis, centres), slab)
    # within the slices the voxels are those that were asked for, with one at the middle of the cord
    first = np.array([(fine.shape[0] // 2) % FINER, (fine.shape[1] // 2) % FINER, 0], np.float64)
    steps = np.full(3, float(FINER))
    first[axis], steps[axis] = centres[0], factor
    kept = tuple(slice(None) if a == axis else slice(int(first[a]), None, FINER) for a in range(3))
    affine = straight.affine.copy()
    affine[:3, 3] = straight.world(first)
    affine[:3, :3] *= steps
    i, j, k = data[kept].shape
    return np.ascontiguousarray(data[kept]), Grid((i, j, k), affine), known[kept]


def tell(slab: Slab, known: NDArray[np.bool_]) -> None:
    """Say what a user should know of slices: a biased projection, and voxels of which the model knows nothing."""
    if slab.project != "mean":
        log.warning("--project %s: the %simum is %s", slab.project, slab.project, BIAS[slab.project])
    if not known.all():
        share = 100 * (1 - float(known.mean()))
        log.info("%.3g %% of the voxels reach beyond the field of view of the model, and are 0", share)
