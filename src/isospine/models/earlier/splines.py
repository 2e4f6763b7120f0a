"""Displacement fields of cubic B-splines, from coarse knots to fine ones.

Source: Rueckert et al., Nonrigid registration using free-form deformations, IEEE TMI 1999.
"""

import numpy as np
import torch
from torch import nn

from isospine.geometry.grid import FloatArray
from isospine.models.earlier.lattice import Lattice


class SplineField(nn.Module):
    """Sum of the splines of several distances between knots, in mm on a lattice.

    Coarse splines stay free when finer ones are added: what is smooth is then found in few steps.

    Parameters
    ----------
    lattice : Lattice
        Where the displacement is wanted.
    """

    def __init__(self, lattice: Lattice) -> None:
        super().__init__()
        self.lattice = lattice
        self.levels = nn.ParameterList()
        self.bases: list[list[torch.Tensor]] = []

    def refine(self, knots: float) -> None:
        """Add a spline with knots so many mm apart, which is zero."""
        bases = [spline_basis(self.lattice.axis(axis), knots) for axis in range(3)]
        self.bases.append([torch.from_numpy(basis.astype(np.float32)) for basis in bases])
        self.levels.append(nn.Parameter(torch.zeros(3, *(basis.shape[1] for basis in bases))))

    def forward(self) -> torch.Tensor:
        """Displacement (3, ...) on the lattice; expanded axis by axis, which is many times quicker than at once."""
        total = torch.zeros(3, *self.lattice.grid.shape)
        for coefficients, (first, second, third) in zip(self.levels, self.bases, strict=True):
            part = coefficients @ third.T
            part = torch.matmul(second, part)
            total = total + torch.einsum("xa,cayz->cxyz", first, part)
        return total


def spline_basis(positions: FloatArray, knots: float) -> FloatArray:
    """Cubic B-splines (N, K) at positions (N,) in mm, with knots from the first of them on; a field shorter than a knot has four."""
    cells = max(1, int(np.ceil((positions[-1] - positions[0]) / knots - 1e-6)))
    start = (positions[-1] + positions[0] - cells * knots) / 2  # knots are centred
    distance = np.abs((positions[:, None] - start) / knots - np.arange(-1, cells + 2))
    near = 2 / 3 - distance**2 + distance**3 / 2
    return np.where(distance < 1, near, np.clip(2 - distance, 0, None) ** 3 / 6)
