"""Penalties that keep a displacement smooth."""

from collections.abc import Callable

import torch

from isospine.models.earlier.lattice import Lattice


def bending(lattice: Lattice, weight: float) -> Callable[[torch.Tensor], torch.Tensor]:
    """Mean of the squared second derivatives (1/mm), times a weight in mm^2."""
    spacing = [float(step) for step in lattice.grid.spacing]

    def penalty(displacement: torch.Tensor) -> torch.Tensor:
        total = torch.zeros(())
        for axis in range(3):
            if displacement.shape[axis + 1] > 2:
                own = displacement.diff(n=2, dim=axis + 1) / spacing[axis] ** 2
                total = total + own.square().mean()
            for other in range(axis):
                mixed = displacement.diff(dim=axis + 1).diff(dim=other + 1)
                total = total + 2 * (mixed / (spacing[axis] * spacing[other])).square().mean()
        return weight * total

    return penalty


def folding(lattice: Lattice, weight: float) -> Callable[[torch.Tensor], torch.Tensor]:
    """Mean of the squared deviation of the local volume from 1, times a weight.

    Source: Wolterink, Zwienenberg & Brune, Implicit neural representations for deformable image registration, MIDL 2022.
    """
    directions = torch.from_numpy(lattice.grid.affine[:3, :3].astype("float32"))
    to_index = torch.linalg.inv(directions)

    def penalty(displacement: torch.Tensor) -> torch.Tensor:
        rows, columns, layers = (max(1, n - 1) for n in displacement.shape[1:])
        steps = torch.stack(
            [displacement.diff(dim=axis + 1)[:, :rows, :columns, :layers] for axis in range(3)], -1
        )  # (3, ..., 3): per lattice step
        slopes = steps.movedim(0, -2) @ to_index + torch.eye(3)
        return weight * (torch.linalg.det(slopes) - 1).square().mean()

    return penalty
