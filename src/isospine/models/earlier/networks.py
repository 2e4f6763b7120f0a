"""Displacement fields as coordinate networks: of the displacement itself, or of a velocity, which cannot fold.

Sources: Wolterink, Zwienenberg & Brune, Implicit neural representations for deformable image registration, MIDL 2022; Han et al.,
Diffeomorphic image registration with neural velocity field, WACV 2023.
"""

import numpy as np
import torch
from torch import nn

from isospine.models.earlier.lattice import Lattice, interpolate
from isospine.models.encodings import gaussian_frequencies

#: Frequencies, and their standard deviation in cycles per mm.
FREQUENCIES, BANDWIDTH = 96, 0.015

#: Width of the two hidden layers.
WIDTH = 64

#: Displacement in mm of an output of 1.
REACH = 5.0

#: A velocity is followed in 2 to the power of so many steps.
SQUARINGS = 6


class NetworkField(nn.Module):
    """Displacement in mm on a lattice, zero at first.

    Parameters
    ----------
    lattice : Lattice
        Where the displacement is wanted.
    seed : int
        Of the frequencies and the first weights.
    """

    def __init__(self, lattice: Lattice, seed: int) -> None:
        super().__init__()
        self.lattice = lattice
        frequencies = gaussian_frequencies(FREQUENCIES, BANDWIDTH, np.random.default_rng(seed))
        phases = 2 * np.pi * (lattice.points @ torch.from_numpy(frequencies.astype(np.float32)).T)
        self.features = torch.cat([torch.cos(phases), torch.sin(phases)], dim=1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.network = nn.Sequential(
                nn.Linear(2 * FREQUENCIES, WIDTH),
                nn.SiLU(),
                nn.Linear(WIDTH, WIDTH),
                nn.SiLU(),
                nn.Linear(WIDTH, 3),
            )
        last = self.network[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self) -> torch.Tensor:
        """Compute the displacement (3, ...)."""
        values: torch.Tensor = self.network(self.features)
        return REACH * values.T.reshape(3, *self.lattice.grid.shape)


class VelocityField(NetworkField):
    """Displacement that follows a velocity which does not change in time, by scaling and squaring.

    Source: Arsigny et al., A log-Euclidean framework for statistics on diffeomorphisms, MICCAI 2006.
    """

    def forward(self) -> torch.Tensor:
        """Compute the displacement (3, ...)."""
        return follow(super().forward(), self.lattice)


def follow(velocity: torch.Tensor, lattice: Lattice) -> torch.Tensor:
    """Displacement (3, ...) in mm of points that follow a velocity (3, ...) for one unit of time."""
    ends = np.array(lattice.grid.shape) - 1
    scale = (np.diag(2 / ends) @ np.linalg.inv(lattice.grid.affine[:3, :3]))[::-1].T
    matrix = torch.from_numpy(np.ascontiguousarray(scale, np.float32))
    still = lattice.normalised(lattice.grid.voxel_centres().reshape(-1, 3))
    displacement = velocity / 2**SQUARINGS
    for _ in range(SQUARINGS):
        ahead = still + displacement.reshape(3, -1).T @ matrix
        displacement = displacement + interpolate(displacement, ahead).reshape(displacement.shape)
    return displacement
