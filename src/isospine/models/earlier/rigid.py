"""Find the rigid motion to an earlier scan, by mutual information."""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import nn

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.models.earlier.lattice import Lattice
from isospine.physics.interpolate import average
from isospine.physics.view import View
from isospine.views.registration import register

#: Spacing in mm, at least, of the images that are registered.
SPACING = 1.5

#: Share of the slices' thickness that the earlier scan is blurred by, as standard deviation.
BLUR = 0.4


def rigid_motion(earlier: Volume, earlier_grid: Grid, stacks: Sequence[View], grid: Grid) -> FloatArray:
    """Estimate the rigid motion from views to an earlier scan.

    Parameters
    ----------
    earlier : (I, J, K) array
        The earlier scan.
    earlier_grid : Grid
        Its grid.
    stacks : sequence of View
        Whole stacks of the later session.
    grid : Grid
        Grid of the later session.

    Returns
    -------
    (4, 4) ndarray
        World coordinates of the later session to those of the earlier one.

    Raises
    ------
    InputError
        If they show too little in common.
    """
    coarse = grid.resampled(max(SPACING, float(grid.spacing.min())))
    if min(coarse.shape) < 4:
        coarse = grid
    fixed = average(stacks, [stack.data for stack in stacks], coarse, degree=1)
    thickness = max(stack.thickness for stack in stacks)
    moving = gaussian_filter(earlier, BLUR * thickness / earlier_grid.spacing, mode="nearest")
    try:
        return register(_thin(moving, earlier_grid), _thin(fixed, coarse))
    except InputError as error:
        raise InputError(
            "earlier scan: no registration to the views was found; expected a scan of the same part of the same person's body: "
            "check its header, or leave it out"
        ) from error


def _thin(data: Volume, grid: Grid) -> View:
    """Image as a view whose slices are thin."""
    axis = int(grid.spacing.argmax())
    return View(data.astype(np.float32), grid, axis, 1e-3 * float(grid.spacing[axis]), "point")


class RigidField(nn.Module):
    """Rotation about the middle and shift, as a displacement (3, ...) on a lattice in mm.

    Parameters
    ----------
    lattice : Lattice
        Where the displacement is wanted.
    """

    def __init__(self, lattice: Lattice) -> None:
        super().__init__()
        self.lattice = lattice
        self.shift = nn.Parameter(torch.zeros(3))
        #: mm at the end of the longest side, so that steps of both are alike.
        self.turn = nn.Parameter(torch.zeros(3))

    def rotation(self) -> torch.Tensor:
        """Matrix (3, 3)."""
        x, y, z = self.turn / self.lattice.image.radius
        zero = torch.zeros(())
        return torch.matrix_exp(torch.stack([zero, -z, y, z, zero, -x, -y, x, zero]).reshape(3, 3))

    def forward(self) -> torch.Tensor:
        """Compute the displacement."""
        moved = self.lattice.points @ (self.rotation() - torch.eye(3)).T + self.shift
        return moved.T.reshape(3, *self.lattice.grid.shape)

    def motion(self) -> FloatArray:
        """Return the same as an affine (4, 4) in world coordinates."""
        with torch.no_grad():
            rotation, shift = self.rotation().double().numpy(), self.shift.double().numpy()
        left, _, right = np.linalg.svd(rotation)  # to double precision
        affine, centre = np.eye(4), self.lattice.image.centre
        affine[:3, :3] = left @ right
        affine[:3, 3] = centre + shift - affine[:3, :3] @ centre
        return affine
