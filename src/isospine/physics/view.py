"""A view: a thick-slice stack and how it was acquired."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid, Volume


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
        raise InputError(f"views: every voxel is {low:g}; expected an image: exclude it (dataset.exclude)")
    return low, scale


def nearest_axis(view: View, grid: Grid) -> int:
    """Array axis of a grid that is nearest to the normal of a view's slices."""
    return int(np.abs(grid.directions.T @ view.grid.directions[:, view.axis]).argmax())
