"""Anatomical planes and the axes of an affine."""

import nibabel as nib
import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray

#: World axis (0 = R, 1 = A, 2 = S) of the normal of each plane, the thick axis of its views.
PLANE_NORMALS = {"sagittal": 0, "coronal": 1, "axial": 2}


def thick_axis(affine: FloatArray, plane: str) -> int:
    """Array axis that is the normal of `plane`.

    Parameters
    ----------
    affine : (4, 4) array
        Voxel indices to world coordinates in mm, RAS+.
    plane : {'axial', 'sagittal', 'coronal'}
        Plane of the sharp axes.

    Raises
    ------
    InputError
        If the plane is not one of the three.
    """
    if plane not in PLANE_NORMALS:
        raise InputError(f"plane {plane!r}: expected one of {', '.join(PLANE_NORMALS)}")
    world_axes = nib.io_orientation(affine)[:, 0]
    return int(np.flatnonzero(world_axes == PLANE_NORMALS[plane])[0])


def plane_across(affine: FloatArray, axis: int) -> str:
    """Plane whose normal is nearest to an array axis; inverse of `thick_axis`."""
    world_axis = int(nib.io_orientation(affine)[axis, 0])
    return next(plane for plane, normal in PLANE_NORMALS.items() if normal == world_axis)


def orientation(affine: FloatArray) -> str:
    """Anatomical directions to which the array axes point, for example ``'PSR'``."""
    return "".join(nib.aff2axcodes(affine))
