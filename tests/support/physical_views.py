"""Views whose voxels are averages of a finer body in all directions, with any slice profile."""

from functools import cache

import numpy as np
from support.volumes import make_affine, smooth_image

from isospine.geometry.crops import slice_centres
from isospine.geometry.grid import Grid, Volume
from isospine.geometry.planes import thick_axis
from isospine.physics.slice_profile import apply_along, slice_matrix
from isospine.physics.view import View

SPACING = 0.8
#: Twice as fine as the voxels of views, which are averages of the body in all directions.
BODY = Grid((100, 100, 100), make_affine((1, 2, 0), (-1, 1, 1), spacing=SPACING / 2))
#: Distance of slices in voxels.
FACTOR = 5


@cache
def anatomy(seed: int = 0) -> Volume:
    """Structures of several sizes, as the body has them."""
    parts = [smooth_image(BODY.shape, seed, sigma) for sigma in (2.4, 5, 10)]
    return np.sum(parts, axis=0, dtype=np.float32)


@cache
def physical_view(plane: str, profile: str = "box", fraction: float = 1.0, seed: int = 0) -> View:
    """A view whose slices are a fraction of their distance thick, and are said to touch."""
    axis = thick_axis(BODY.affine, plane)
    data, first, affine = anatomy(seed), np.zeros(3), BODY.affine.copy()
    for each in range(3):
        factor = 2 * FACTOR if each == axis else 2
        centres = slice_centres(BODY.shape[each], factor)
        thickness, shape = (factor * fraction, profile) if each == axis else (2, "box")
        data = apply_along(slice_matrix(BODY.shape[each], centres, thickness, shape), data, each)
        first[each] = centres[0]
        affine[:3, each] *= factor
    affine[:3, 3] = BODY.world(first)
    i, j, k = data.shape
    return View(data, Grid((i, j, k), affine), axis, FACTOR * SPACING, "box")
