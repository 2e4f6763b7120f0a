"""The cells of the pretrained prior, which fit slices of any thickness and spacing into one network."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isospine.geometry.grid import FloatArray
from isospine.models.prior.cells import CONTEXT_CELLS, Array, Cells, ThickAxis
from isospine.models.prior.waves import cosine_count
from isospine.physics.slice_profile import slice_matrix

#: Cosine products over the window of a cell.
MAPPING_SIZE = 49

#: Positions of a context along one cell, whatever the number of voxels in it.
POSITIONS = 5


@dataclass(frozen=True)
class SpacedAxis(ThickAxis):
    """A thick axis whose cells are a slice spacing long; its slices may be thinner, with gaps between them.

    Attributes
    ----------
    factor : float
        Slice spacing in voxels.
    thickness : float
        Slice thickness in voxels.
    """

    thickness: float

    @cached_property
    def slices(self) -> Array:
        """From voxels to slices, (C, length)."""
        return slice_matrix(self.length, self.centres, self.thickness, self.profile).astype(np.float32)

    @property
    def context_count(self) -> int:
        """Positions of a context along this axis."""
        return CONTEXT_CELLS * POSITIONS

    def describe(self) -> tuple[float, float, float]:
        """Describe slices to the network: their spacing, what of it they cover, and their profile."""
        return (
            float(np.log(self.factor / 4)),
            self.thickness / self.factor,
            float(self.profile == "gaussian"),
        )


def blocks_like(axis: SpacedAxis, length: int) -> SpacedAxis:
    """Divide a sharp axis of some voxels into blocks as long as the slices of a thick one, centred in it."""
    count = max(2, round(length / axis.factor))
    centres = np.asarray((length - 1) / 2 + (np.arange(count) - (count - 1) / 2) * axis.factor, np.float64)
    return SpacedAxis(length, centres, axis.factor, axis.profile, min(axis.thickness, axis.factor))


def cells_of(first: SpacedAxis, second: SpacedAxis) -> Cells:
    """Make the cells where the slices of two axes cross."""
    return Cells(first, second, cosine_count(MAPPING_SIZE))


def slice_axis(
    length: int, centres: FloatArray, thickness: float, profile: str, spacing: float | None = None
) -> SpacedAxis:
    """Make a thick axis from slice centres, evenly spaced, and a thickness, all in voxels."""
    if spacing is None:
        spacing = float(centres[1] - centres[0]) if len(centres) > 1 else thickness
    return SpacedAxis(length, centres, spacing, profile, thickness)
