"""A coarse lattice over the field of view, on which displacements are estimated and from which they are interpolated."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.ndimage import map_coordinates, spline_filter
from torch.nn.functional import grid_sample

from isospine.geometry.grid import FloatArray, Grid, Volume

#: Spacing in mm, at most; a displacement has no detail as fine.
SPACING = 2.0


@dataclass(frozen=True)
class Lattice:
    """Points of a displacement field.

    Attributes
    ----------
    image : Grid
        Grid that it spans, from the outer face of the first voxel to that of the last.
    grid : Grid
        The points.
    """

    image: Grid
    grid: Grid

    @classmethod
    def over(cls, image: Grid, spacing: float = SPACING) -> "Lattice":
        """Lattice over the field of view of a grid."""
        lengths = np.array(image.shape) * image.spacing
        counts = np.maximum(np.ceil(lengths / spacing - 1e-6).astype(int) + 1, 2)
        affine = np.eye(4)
        affine[:3, :3] = image.directions * (lengths / (counts - 1))
        affine[:3, 3] = image.world(np.full(3, -0.5))
        return cls(image, Grid((int(counts[0]), int(counts[1]), int(counts[2])), affine))

    @property
    def lengths(self) -> FloatArray:
        """Sides of the field of view in mm, shape (3,)."""
        return (np.array(self.grid.shape) - 1) * self.grid.spacing

    def axis(self, number: int) -> FloatArray:
        """Positions in mm along an axis, from the first point."""
        return np.arange(self.grid.shape[number]) * self.grid.spacing[number]

    @cached_property
    def points(self) -> torch.Tensor:
        """World coordinates of the points in mm from the middle, shape (N, 3), in the order of the array."""
        centred = self.grid.voxel_centres().reshape(-1, 3) - self.image.centre
        return torch.from_numpy(centred.astype(np.float32))

    def normalised(self, world: FloatArray) -> torch.Tensor:
        """Positions (..., 3) for `interpolate`, of world coordinates in mm."""
        return normalised(self.grid, world)

    def dense(self, displacement: Volume) -> Volume:
        """Interpolate a displacement (3, ...) of the lattice at the voxels of the image, shape (3, X, Y, Z)."""
        axes = [
            np.clip(self.grid.indices(self.image.world(line))[:, axis], 0, self.grid.shape[axis] - 1)
            for axis, line in enumerate(_lines(self.image.shape))
        ]
        dense = np.empty((3, *self.image.shape), np.float32)
        for part, result in zip(displacement, dense, strict=True):
            coefficients = spline_filter(part, order=3, mode="mirror", output=np.float32)
            for layer, position in enumerate(axes[0]):  # one at a time, which bounds the memory
                points = np.array(np.meshgrid([position], axes[1], axes[2], indexing="ij"))
                result[layer] = map_coordinates(
                    coefficients, points, order=3, mode="mirror", prefilter=False
                )[0]
        return dense


def normalised(grid: Grid, world: FloatArray) -> torch.Tensor:
    """Positions (..., 3) of world coordinates in mm, as `interpolate` takes them: -1 and 1 at the ends, last axis first."""
    ends = np.maximum(np.array(grid.shape) - 1, 1)
    return torch.from_numpy((2 * grid.indices(world) / ends - 1)[..., ::-1].astype(np.float32))


def interpolate(values: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Interpolate values (C, X, Y, Z) linearly at normalised positions (N, 3), shape (C, N); beyond the ends the last value."""
    sampled = grid_sample(
        values[None], positions[None, None, None], mode="bilinear", padding_mode="border", align_corners=True
    )
    return sampled[0, :, 0, 0]


def _lines(shape: tuple[int, int, int]) -> list[FloatArray]:
    """Voxel indices along each axis, through the first voxel."""
    lines = []
    for axis, length in enumerate(shape):
        line = np.zeros((length, 3))
        line[:, axis] = np.arange(length)
        lines.append(line)
    return lines
