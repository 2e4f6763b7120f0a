"""Estimate the motion of single slices, and which do not fit, together with the image.

Every slice is a view with its own pose. As in `joint`, the image is a smooth solution for given
poses, and a Gauss-Newton step knows how the image will follow; with a hundred poses the step itself is solved by
conjugate gradients. Poses are held near to those of the view by how much a body moves between slices.

Sources: Gholipour et al., Robust super-resolution volume reconstruction from slice acquisitions, IEEE TMI 2010; Kuklisova-
Murgasova et al., Reconstruction of fetal brain MRI with intensity matching and complete outlier removal, MedIA 2012.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, cg

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.rigid import rigid
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.slices import take_slices
from isospine.physics.view import View
from isospine.solvers.tikhonov import smooth_solution
from isospine.views.joint import POSE, world_gradient

#: Standard deviation of the motion of a slice against its view, in degrees and mm.
SPREAD = 1.0
#: Number of voxels of a slice whose errors are correlated, so that they count as one. With independent errors slices that show little
#: are moved by the errors of their neighbours.
CORRELATED = 100
ROUNDS = 8
#: Residual of a slice over that of the median slice, from which it counts less.
MISFIT = 2.0


@dataclass(frozen=True)
class SlicePoses:
    """The pose of each slice of some views, and the weight that it gets.

    Attributes
    ----------
    slices : tuple of View
        Single slices of all views, where the body was during the first view; in the order of the views.
    owners : tuple of int
        Index of the view that each belongs to.
    parameters : (M, 6) ndarray
        Rotation in degrees about its centre and shift in mm that move each slice back.
    motions : (M, 4, 4) ndarray
        The same as affines of world coordinates.
    weights : (M,) ndarray
        1 for a slice that fits, less for one that does not.
    """

    slices: tuple[View, ...]
    owners: tuple[int, ...]
    parameters: FloatArray
    motions: FloatArray
    weights: FloatArray


def estimate_slice_poses(
    views: Sequence[View], grid: Grid, weight: float, rounds: int = ROUNDS
) -> tuple[SlicePoses, Volume]:
    """Correct the pose of every slice.

    Parameters
    ----------
    views : sequence of View
        Where the body was during the first view, in its intensities, about [0, 1].
    grid : Grid
        Grid of the image.
    weight : float
        Weight of the smoothness penalty.
    rounds : int
        Gauss-Newton steps.

    Returns
    -------
    poses : SlicePoses
        Their mean motion is zero: a motion that all slices share belongs to the body.
    image : (I, J, K) ndarray
        The last smooth solution.
    """
    pairs = [
        (number, take_slices(view, index, 1))
        for number, view in enumerate(views)
        for index in range(view.grid.shape[view.axis])
    ]
    owners, slices = tuple(number for number, _ in pairs), [part for _, part in pairs]
    parameters = np.zeros((len(slices), POSE))
    weights = np.ones(len(slices))
    image = np.zeros(grid.shape, np.float32)
    for number in range(rounds):
        placed = _placed(slices, parameters)
        operator = ObliqueOperator.of_views(placed, grid)
        image, residuals = _fit(operator, placed, weights, weight, image, 60 if number == 0 else 25)
        weights = slice_belief(residuals)
        step = _step(operator, placed, weights, grid, image, residuals, weight, parameters)
        parameters = parameters + step
        parameters -= parameters.mean(axis=0)
    motions = np.array([rigid(own, part.grid.centre) for part, own in zip(slices, parameters, strict=True)])
    return SlicePoses(tuple(_placed(slices, parameters)), owners, parameters, motions, weights), image


def _placed(slices: Sequence[View], parameters: FloatArray) -> list[View]:
    """Rotate slices about their centres, and shift them."""
    return [part.moved(rigid(own, part.grid.centre)) for part, own in zip(slices, parameters, strict=True)]


def slice_belief(residuals: Sequence[Volume]) -> FloatArray:
    """Weight each slice by how well the image explains it; slices outside the grid count fully."""
    squared = np.array(
        [float(np.mean(np.square(part[part != 0]))) if part.any() else np.nan for part in residuals]
    )
    relative = squared / np.nanmedian(squared)
    return np.where(relative > MISFIT**2, MISFIT**2 / relative, 1.0)


def _fit(
    operator: ObliqueOperator,
    slices: Sequence[View],
    weights: FloatArray,
    weight: float,
    start: Volume,
    iterations: int,
) -> tuple[Volume, list[Volume]]:
    """Solve for a smooth image with weighted slices; return it and the residual of each slice."""
    trusted, data = _weighted(operator, [part.data for part in slices], weights)
    image = smooth_solution(trusted, data, weight, start, iterations)
    return image, operator.residuals(image, [part.data for part in slices])


def _weighted(
    operator: ObliqueOperator, views: Sequence[Volume], weights: FloatArray
) -> tuple[ObliqueOperator, list[Volume]]:
    roots = np.sqrt(weights).astype(np.float32)
    gains = [np.full(view.shape, root, np.float32) for view, root in zip(views, roots, strict=True)]
    return operator.scaled(gains), [view * root for view, root in zip(views, roots, strict=True)]


def _step(
    operator: ObliqueOperator,
    slices: Sequence[View],
    weights: FloatArray,
    grid: Grid,
    image: Volume,
    residuals: Sequence[Volume],
    weight: float,
    parameters: FloatArray,
) -> FloatArray:
    """Compute the Gauss-Newton step of all poses, (M, 6)."""
    gradient = world_gradient(image, grid)
    slopes = [operator.forward(np.ascontiguousarray(gradient[..., axis])) for axis in range(3)]
    roots = np.sqrt(weights).astype(np.float32)
    changes = [
        root * _pose_changes(part, [slope[index] for slope in slopes])
        for index, (part, root) in enumerate(zip(slices, roots, strict=True))
    ]
    trusted, left = _weighted(operator, residuals, weights)
    noise = float(np.sqrt(np.mean(np.concatenate([part.ravel() for part in left]) ** 2)))
    prior = CORRELATED * (noise / SPREAD) ** 2

    def back(views: Sequence[Volume]) -> FloatArray:
        return np.array([np.tensordot(change, view, 3) for change, view in zip(changes, views, strict=True)])

    def normal(flat: NDArray[np.float64]) -> NDArray[np.float64]:
        step = flat.reshape(-1, POSE)
        moves = [
            np.tensordot(own, change, 1).astype(np.float32) for own, change in zip(step, changes, strict=True)
        ]
        followed = trusted.forward(smooth_solution(trusted, moves, weight, np.zeros_like(image), 15))
        remaining = [move - seen for move, seen in zip(moves, followed, strict=True)]
        return (back(remaining) + prior * step).ravel()

    size = parameters.size
    system = LinearOperator((size, size), matvec=normal, dtype=np.float64)
    right = (back(left) - prior * parameters).ravel()
    scale = np.array([np.sqrt((change**2).sum(axis=(1, 2, 3)) + prior) for change in changes]).ravel()
    preconditioner = LinearOperator((size, size), matvec=lambda flat: flat / scale**2, dtype=np.float64)
    solution, _ = cg(system, right, rtol=1e-2, maxiter=20, M=preconditioner)
    return solution.reshape(-1, POSE)


def _pose_changes(part: View, slopes: Sequence[Volume]) -> Volume:
    """Derive the prediction of a slice by its pose, per degree about its centre and per mm: (6, I, J, K)."""
    centres = part.grid.voxel_centres()
    slope = np.stack(slopes, -1)
    turns = np.cross(centres - part.grid.centre, slope) * np.pi / 180
    return np.moveaxis(np.concatenate([turns, slope], -1).astype(np.float32), -1, 0)
