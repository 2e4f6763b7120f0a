"""Place an earlier scan where the views of a later session are, in their intensities."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates, spline_filter

from isospine.errors import InputError
from isospine.geometry.grid import Affine, FloatArray, Grid, Volume
from isospine.models.earlier import deformation
from isospine.models.earlier.fields import FIELDS, refine_rigid
from isospine.models.earlier.fit import WITHIN, Pair
from isospine.models.earlier.inputs import check_coverage, check_earlier
from isospine.models.earlier.intensity import fit_matching
from isospine.models.earlier.lattice import Lattice
from isospine.models.earlier.rigid import rigid_motion
from isospine.physics.operator import operator_of
from isospine.physics.view import View, intensity_range
from isospine.views.view_set import ViewSet


@dataclass(frozen=True)
class PlacedScan:
    """An earlier scan on the grid of a later session.

    Attributes
    ----------
    volume : (X, Y, Z) ndarray of float32
        Its intensities, matched to those of the views; meaningless where it does not cover the grid.
    covered : (X, Y, Z) bool ndarray
        Where it does.
    displacement : (3, X, Y, Z) ndarray of float32
        mm in world axes from points of the later session to the same anatomy in the earlier one.
    rigid : (4, 4) ndarray
        The rigid part of it: world coordinates of the later session to those of the earlier one.
    field : str
        Kind of the displacement field.
    grid : Grid
        Grid of the later session.
    """

    volume: Volume
    covered: NDArray[np.bool_]
    displacement: Volume
    rigid: FloatArray
    field: str
    grid: Grid

    @cached_property
    def jacobian(self) -> Volume:
        """Factor (X, Y, Z) by which volumes grow from the later session to the earlier one."""
        return deformation.jacobian(self.displacement, self.grid)

    @property
    def folds(self) -> int:
        """Voxels of the covered part in which the field folds."""
        return deformation.folds(self.jacobian[self.covered])

    def inverse(self, target: Grid) -> Volume:
        """Displacement (3, I, J, K) in mm from points of a grid in the earlier session to the later one."""
        return deformation.inverse(self.displacement, self.grid, self.rigid, target)


def place_earlier(
    earlier: Volume,
    affine: Affine,
    view_set: ViewSet,
    field: str = "bspline",
    seed: int = 0,
    name: str = "earlier scan",
) -> PlacedScan:
    """Place an earlier scan of the same person on the grid of a view set.

    Parameters
    ----------
    earlier : (I, J, K) array
        The earlier scan, on any grid.
    affine : (4, 4) array
        Its voxel indices to world coordinates in mm.
    view_set : ViewSet
        Views of the later session.
    field : {'bspline', 'network', 'velocity', 'rigid'}
        Kind of the displacement.
    seed : int
        Of the networks' first weights.
    name : str
        What errors call the earlier scan.

    Raises
    ------
    InputError
        If the field is unknown, or the earlier scan is constant, not finite, one of the views, or shows nothing of what the
        views show.
    """
    if field not in FIELDS:
        raise InputError(f"earlier: field {field!r}; expected one of {', '.join(FIELDS)}")
    own = Grid((earlier.shape[0], earlier.shape[1], earlier.shape[2]), np.asarray(affine, np.float64))
    named = dict(zip(view_set.sources, view_set.stacks, strict=True))
    check_earlier(name, as_view(earlier, own), named, view_set.grid)
    low, scale = intensity_range(view_set.views)
    bottom, top = float(earlier.min()), float(earlier.max())
    scan = ((earlier.astype(np.float64) - bottom) / (top - bottom)).astype(np.float32)
    views, stacks = (_scaled(part, low, scale) for part in (view_set.views, view_set.stacks))
    start = rigid_motion(scan, own, stacks, view_set.grid)
    pair = Pair(scan, own, views, Lattice.over(view_set.grid), start)
    check_coverage(name, covered_by(pair))
    pair = refine_rigid(pair)
    check_coverage(name, covered_by(pair))
    bent = FIELDS[field](pair, seed)
    points = moved_points(pair, bent)
    image, covered = looked_up(scan, own, points, view_set.grid)
    matched = matched_intensities(image, covered, views, view_set.grid)
    return PlacedScan(
        volume=(matched * np.float64(scale) + low).astype(np.float32),
        covered=covered,
        displacement=np.moveaxis(points - view_set.grid.voxel_centres(), -1, 0).astype(np.float32),
        rigid=pair.rigid,
        field=field,
        grid=view_set.grid,
    )


def as_view(earlier: Volume, own: Grid) -> View:
    """Return an earlier scan as a view, of slices as thick as they are apart."""
    return View(earlier, own, axis=2, thickness=float(own.spacing[2]), profile="box")


def covered_by(pair: Pair) -> NDArray[np.bool_]:
    """Mark the voxels of the grid that the earlier scan covers, with its rigid motion alone."""
    _, covered = looked_up(None, pair.earlier_grid, moved_points(pair, None), pair.lattice.image)
    return covered


def moved_points(pair: Pair, bent: Volume | None) -> FloatArray:
    """World points (X, Y, Z, 3) of the earlier session that the voxels of the later one show."""
    points = pair.lattice.image.voxel_centres()
    if bent is not None:
        points += np.moveaxis(bent, 0, -1)
    return points @ pair.rigid[:3, :3].T + pair.rigid[:3, 3]


def looked_up(
    scan: Volume | None, own: Grid, points: FloatArray, grid: Grid
) -> tuple[Volume, NDArray[np.bool_]]:
    """Intensities (cubic splines) and coverage at world points (X, Y, Z, 3) of voxels of a grid."""
    indices = np.moveaxis(own.indices(points), -1, 0)
    last = np.array(own.shape)[:, None, None, None] - 0.5
    covered = np.all((indices > -0.5) & (indices < last), axis=0)
    if scan is None:
        return np.zeros(grid.shape, np.float32), covered
    # finer voxels are averaged, about
    coarser = np.sqrt(np.maximum(float(grid.spacing.min()) ** 2 - own.spacing**2, 0))
    sigma = np.where(coarser > 0.5 * own.spacing, 0.4 * coarser / own.spacing, 0)
    smooth = gaussian_filter(scan, sigma, mode="nearest") if sigma.any() else scan
    coefficients = spline_filter(smooth, order=3, mode="nearest", output=np.float32)
    image = map_coordinates(
        coefficients, indices, order=3, mode="nearest", prefilter=False, output=np.float32
    )
    return image, covered


def matched_intensities(
    image: Volume, covered: NDArray[np.bool_], views: Sequence[View], grid: Grid
) -> Volume:
    """Match intensities through the views' operator; all about [0, 1]."""
    operator = operator_of(views, grid)
    known = np.where(covered, image, np.float32(0))
    once, squared, within = (
        np.concatenate([view.ravel() for view in operator.forward(part)])
        for part in (known, known**2, covered.astype(np.float32))
    )
    centres = np.concatenate([view.grid.voxel_centres().reshape(-1, 3) for view in views])
    measured = np.concatenate([view.data.ravel() for view in views])
    use = within >= WITHIN
    if not use.any():
        raise InputError(
            "earlier scan: no slice of the views lies wholly within it; expected one that covers the same part of the body: "
            "give another, or leave it out"
        )
    return fit_matching(grid, centres, once, squared, measured, use).apply(image)


def _scaled(views: Sequence[View], low: float, scale: float) -> tuple[View, ...]:
    return tuple(
        replace(view, data=((view.data.astype(np.float64) - low) / scale).astype(np.float32))
        for view in views
    )
