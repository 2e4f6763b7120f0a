"""Simulate acquisitions of a moving body in slices of any position: ground truth for motion estimation."""

import numpy as np
from scipy.ndimage import map_coordinates, spline_filter

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.physics.slice_profile import slice_quantiles
from isospine.physics.view import View

#: Points across a slice; more than a reconstruction takes, so that it does not invert its own operator.
SAMPLES = 15


def scan(
    body: Volume,
    grid: Grid,
    slices: Grid,
    axis: int,
    thickness: float,
    motion: FloatArray | None = None,
    profile: str = "box",
) -> View:
    """Acquire one stack of slices.

    Parameters
    ----------
    body : (I, J, K) array
        What is scanned, isotropic and sharper than the slices are thick.
    grid : Grid
        Where it lies before it moves.
    slices : Grid
        Voxel centres of the view in the scanner.
    axis : int
        Array axis of `slices` across them.
    thickness : float
        Slice thickness in mm.
    motion : (4, 4) or (M, 4, 4) array, optional
        World coordinates before the motion to those during the acquisition, of all or of each of the M slices.
    profile : {'box', 'gaussian'}
        Slice profile.

    Returns
    -------
    View
        It holds the affine of the scanner, which does not know of the motion.
    """
    count = slices.shape[axis]
    still = np.eye(4) if motion is None else motion
    back = np.linalg.inv(np.broadcast_to(still, (count, 4, 4)))
    coefficients = spline_filter(body, order=3, mode="nearest", output=np.float32)
    offsets = slice_quantiles((np.arange(SAMPLES) + 0.5) / SAMPLES, thickness, profile)
    planes = []
    for number in range(count):
        ranges = [np.arange(n) if a != axis else np.array([number]) for a, n in enumerate(slices.shape)]
        centres = slices.world(np.stack(np.meshgrid(*ranges, indexing="ij"), -1).astype(np.float64))
        total = np.zeros(centres.shape[:3])
        for offset in offsets:
            moved = centres + offset * slices.directions[:, axis]
            inside = moved @ back[number][:3, :3].T + back[number][:3, 3]
            points = np.moveaxis(grid.indices(inside.reshape(-1, 3)), -1, 0)
            total += map_coordinates(coefficients, points, order=3, mode="nearest", prefilter=False).reshape(
                total.shape
            )
        planes.append(total / len(offsets))
    return View(np.concatenate(planes, axis).astype(np.float32), slices, axis, thickness, profile)
