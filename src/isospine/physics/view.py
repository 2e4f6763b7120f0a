"""A view: a thick-slice stack and how it was acquired."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid, Volume

#: Overshoot at edges over the range of the views that a sharp reconstruction may have.
OVERSHOOT = 0.5


@dataclass(frozen=True)
class View:
    """One thick-slice image.

    Attributes
    ----------
    data : (I, J, K) ndarray of float32
        Intensities.
    grid : Grid
        Its voxel centres.
    axis : int
        The thick array axis.
    thickness : float
        Slice thickness in mm.
    profile : {'box', 'gaussian', 'point'}
        Slice profile; `point` is spline resampling without any (as in karthik2023).
    """

    data: Volume
    grid: Grid
    axis: int
    thickness: float
    profile: str

    def moved(self, motion: FloatArray) -> "View":
        """View moved by `motion`, a (4, 4) affine in world coordinates."""
        return replace(self, grid=Grid(self.grid.shape, motion @ self.grid.affine))


def intensity_range(views: Sequence[View]) -> tuple[float, float]:
    """Lowest intensity of the views, and the difference to their highest.

    Raises
    ------
    InputError
        If there is no difference or one beyond single precision, or an intensity is not finite.
    """
    # not min and max, which pass over what is not a number
    low = float(np.min([view.data.min() for view in views]))
    scale = float(np.max([view.data.max() for view in views])) - low
    if not np.isfinite(scale):
        raise InputError(
            "views: some voxels are NaN or infinite; expected finite intensities: export them again"
        )
    if scale > float(np.finfo(np.float32).max):
        raise InputError(
            f"views: their intensities span {scale:.3g}, beyond single precision; divide them by a number, such as 1e10"
        )
    if scale == 0:
        raise InputError(
            f"views: every voxel is {low:g}; expected an image: leave it out (in a dataset: dataset.exclude)"
        )
    return low, scale


def range_excess(image: Volume, views: Sequence[View]) -> str | None:
    """Describe how far a volume leaves the range of its views, in words; None where it does so by overshoot at most."""
    low, span = intensity_range(views)
    lowest, highest = float(image.min()), float(image.max())
    if lowest >= low - OVERSHOOT * span and highest <= low + (1 + OVERSHOOT) * span:
        return None
    return (
        f"holds values from {lowest:.4g} to {highest:.4g}, far beyond those of its views ({low:.4g} to {low + span:.4g}): "
        "the views contradict each other in place, brightness or contrast, or their slices are too few"
    )


def nearest_axis(view: View, grid: Grid) -> int:
    """Array axis of a grid that is nearest to the normal of a view's slices."""
    return int(np.abs(grid.directions.T @ view.grid.directions[:, view.axis]).argmax())
