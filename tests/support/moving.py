"""A synthetic neck that moves between two views."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from isospine.dataset.demo.phantom import spine_phantom
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.rigid import pose_error, rigid
from isospine.physics.moving_body import scan
from isospine.physics.simulate import acquire
from isospine.physics.view import View

#: Degrees about and mm along the world axes.
MOTION = (2.0, -3.0, 1.0, 1.5, -2.0, 1.0)
SHAPE = (30, 40, 40)


@dataclass(frozen=True)
class Moving:
    """Two views of one body.

    Attributes
    ----------
    body : (I, J, K) array
        Intensities between 0 and about 1.
    grid : Grid
        Its voxels of 1 mm.
    views : list of View
        An axial one, and a sagittal one after the motion, of slices of 4 mm.
    motion : (4, 4) array
        Of the body between them.
    """

    body: Volume
    grid: Grid
    views: list[View]
    motion: FloatArray

    def error(self, estimate: FloatArray) -> tuple[float, float]:
        """Mean distance in mm in the body, and angle in degrees, of an estimated motion from the true one."""
        inside = np.argwhere(self.body > 0.1).astype(np.float64)
        return pose_error(estimate, self.motion, self.grid.world(inside))


@cache
def moving(noise: float = 0.0, seed: int = 1) -> Moving:
    """Scan a phantom twice."""
    phantom = spine_phantom(seed, SHAPE, 1.0)
    grid = Grid(SHAPE, phantom.affine)
    body = phantom.intensity / np.float32(1500)
    motion = rigid(np.array(MOTION), grid.centre)
    random = np.random.default_rng(seed)
    views = []
    for plane, moves in (("axial", np.eye(4)), ("sagittal", motion)):
        slices = acquire(body, grid, plane, 4, "box")
        view = scan(body, grid, slices.grid, slices.axis, slices.thickness, moves)
        data = view.data + random.normal(scale=noise, size=view.data.shape)
        views.append(replace(view, data=data.astype(np.float32)))
    return Moving(body, grid, views, motion)
