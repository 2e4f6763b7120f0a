"""Estimate jointly an image, the motion of the body during each view, and each view's intensity scale.

The image is a regularised least squares solution for given poses and scales. These are improved by Gauss-Newton steps
on what that solution leaves unexplained, with the image eliminated (variable projection): a step knows how the image
will follow.

Sources: Golub & Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems whose variables
separate, SIAM J. Numer. Anal. 1973, in the approximation of Kaufman, BIT 1975; for slices of a moving body Gholipour et
al., IEEE TMI 2010.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.rigid import rigid
from isospine.physics.magnitude import times_power
from isospine.physics.oblique import NORMAL_MEDIAN, ObliqueOperator
from isospine.physics.view import View
from isospine.solvers.tikhonov import smooth_solution

#: Coefficients of a second-order polynomial of three coordinates.
COEFFICIENTS = 10
#: Distance from the middle, over half of the longest side, beyond which a gain stays as it is there.
FURTHEST = 1.5
#: Parameters of a pose.
POSE = 6
ROUNDS = 6
#: Step in mm and degrees below which no further one is made.
SETTLED = 0.01
#: Standard deviations from which a residual is an outlier.
OUTLIER = 4
#: Standard deviations of the coefficients of a logarithm of gain, before anything is measured.
GAIN_SPREAD = np.array([1.0] + [0.2] * (COEFFICIENTS - 1))


@dataclass(frozen=True)
class Placement:
    """Where the body was during a view, and how the view's intensities relate to those of the first.

    Attributes
    ----------
    motion : (4, 4) ndarray
        World coordinates during the first view to those of the same anatomy during this one.
    log_gain : (10,) ndarray
        Coefficients of the logarithm of gain and bias field, of `polynomial`.
    """

    motion: FloatArray
    log_gain: FloatArray


def polynomial(points: FloatArray, grid: Grid) -> FloatArray:
    """Evaluate the monomials up to order 2 of world coordinates (..., 3), in fields of view: (..., 10).

    Far beyond the grid they keep their values at `FURTHEST`: nothing was measured there, and squares grow.
    """
    scaled = (points - grid.centre) / grid.radius
    x, y, z = np.moveaxis(np.clip(scaled, -FURTHEST, FURTHEST), -1, 0)
    return np.stack([np.ones_like(x), x, y, z, x * x, y * y, z * z, x * y, y * z, z * x], -1)


def put_back(view: View, placement: Placement) -> View:
    """Move a view to where the body was during the first."""
    return view.moved(np.asarray(np.linalg.inv(placement.motion), np.float64))


def gain_field(view: View, placement: Placement, grid: Grid) -> Volume:
    """Return the gain of a view relative to the first, at the voxels of the view that was moved back."""
    return np.exp(polynomial(view.grid.voxel_centres(), grid) @ placement.log_gain).astype(np.float32)


def corrected(view: View, placement: Placement, grid: Grid) -> View:
    """Move a view to where the body was during the first, and give it the intensities of the first."""
    still = put_back(view, placement)
    # single precision holds no gain of an image near its upper limit over one near its lower limit
    exponent = 64 * int(placement.log_gain[0] / np.log(2) / 64)
    rest = placement.log_gain - np.eye(COEFFICIENTS)[0] * exponent * np.log(2)
    data = times_power(view.data, -exponent) / gain_field(still, replace(placement, log_gain=rest), grid)
    return replace(still, data=data)


def align(
    views: Sequence[View],
    grid: Grid,
    placements: Sequence[Placement],
    weight: float,
    rounds: int = ROUNDS,
    tell: Callable[[int, float], None] = lambda number, residual: None,
) -> tuple[list[Placement], Volume]:
    """Improve the placements of all views but the first.

    Parameters
    ----------
    views : sequence of View
        As acquired, about the intensities [0, 1].
    grid : Grid
        Grid of the image, in the world of the first view.
    placements : sequence of Placement
        First estimates, from a registration.
    weight : float
        Weight of the smoothness penalty.
    rounds : int
        Largest number of Gauss-Newton steps.
    tell : callable
        Called with the number and the root mean square residual of each round.

    Returns
    -------
    placements : list of Placement
        The first is as given.
    image : (I, J, K) ndarray
        The last smooth solution.
    """
    current = list(placements)
    image = np.zeros(grid.shape, np.float32)
    for number in range(rounds):
        pairs = list(zip(views, current, strict=True))
        seen = [put_back(view, placement) for view, placement in pairs]
        gains = [gain_field(view, placement, grid) for view, placement in zip(seen, current, strict=True)]
        # the operator is made brighter, not the view darker: that would make its noise smaller as well
        operator = ObliqueOperator.of_views(seen, grid).scaled(gains)
        measured = _covered([view.data for view in seen], operator)
        image = smooth_solution(operator, measured, weight, image, 60 if number == 0 else 25)
        predicted = operator.forward(image)
        residuals = _subtract(measured, predicted)
        tell(number, float(np.sqrt(np.mean(_flat(residuals) ** 2))))
        known = np.concatenate([placement.log_gain for placement in current[1:]])
        step = _step(operator, seen, grid, image, predicted, residuals, weight, known)
        for index in range(1, len(views)):
            pose, gain = np.split(step[index - 1], [POSE])
            correction = rigid(pose, grid.centre)
            motion = current[index].motion @ np.linalg.inv(correction)
            current[index] = Placement(motion, current[index].log_gain + gain)
        if np.abs(step[:, :POSE]).max() < SETTLED:
            break
    return current, image


def _step(
    operator: ObliqueOperator,
    seen: Sequence[View],
    grid: Grid,
    image: Volume,
    predicted: Sequence[Volume],
    residuals: Sequence[Volume],
    weight: float,
    gains: FloatArray,
) -> FloatArray:
    """Compute the Gauss-Newton step of every view but the first, shape (V - 1, 6 + 10)."""
    gradient = world_gradient(image, grid)
    slopes = [operator.forward(np.ascontiguousarray(gradient[..., axis])) for axis in range(3)]
    columns = []
    for index in range(1, len(seen)):
        changes = _changes(seen[index], grid, [slope[index] for slope in slopes], predicted[index])
        for column in changes:
            alone = [np.zeros(view.data.shape, np.float32) for view in seen]
            alone[index] = column
            alone = _covered(alone, operator)
            # how the residual changes once the image has followed
            followed = operator.forward(smooth_solution(operator, alone, weight, np.zeros_like(image), 15))
            columns.append(_flat(_subtract(alone, followed)))
    solution = _robust_solution(np.stack(columns, -1), _flat(residuals), gains)
    return solution.reshape(len(seen) - 1, POSE + COEFFICIENTS)


def _changes(view: View, grid: Grid, slopes: Sequence[Volume], predicted: Volume) -> list[Volume]:
    """Derive the prediction of a view by each parameter: per degree, per mm, per coefficient of its gain."""
    centres = view.grid.voxel_centres()
    slope = np.stack(slopes, -1)
    turns = np.cross(centres - grid.centre, slope) * np.pi / 180
    gains = polynomial(centres, grid) * predicted[..., None]
    changes = np.concatenate([turns, slope, gains], -1).astype(np.float32)
    return [changes[..., parameter] for parameter in range(POSE + COEFFICIENTS)]


def _robust_solution(jacobian: Volume, residual: Volume, gains: FloatArray) -> FloatArray:
    """Solve for the least squares step without outliers, towards likely gains.

    Without signal the data do not determine a bias field; the penalty keeps it small there.
    """
    spread = float(np.median(np.abs(residual[residual != 0]))) / NORMAL_MEDIAN
    keep = np.abs(residual) <= OUTLIER * spread
    others = len(gains) // COEFFICIENTS
    prior = np.tile(np.sqrt(np.mean(residual[keep] ** 2)) / GAIN_SPREAD, others)
    rows = prior[:, None] * np.kron(np.eye(others), np.eye(COEFFICIENTS, POSE + COEFFICIENTS, k=POSE))
    system = np.concatenate([jacobian[keep], rows])
    right = np.concatenate([residual[keep], -prior * gains])
    return np.asarray(np.linalg.lstsq(system, right, rcond=1e-6)[0], np.float64)


def world_gradient(image: Volume, grid: Grid) -> Volume:
    """Compute the gradient of an image per mm along the world axes, shape (I, J, K, 3)."""
    along = np.stack(
        [np.gradient(image, step, axis=axis) for axis, step in enumerate(grid.spacing.tolist())], -1
    )
    return np.asarray(along @ grid.directions.T.astype(np.float32), np.float32)


def _covered(views: Sequence[Volume], operator: ObliqueOperator) -> list[Volume]:
    return [
        np.where(covered, view, np.float32(0))
        for view, covered in zip(views, operator.covered(), strict=True)
    ]


def _subtract(first: Sequence[Volume], second: Sequence[Volume]) -> list[Volume]:
    return [a - b for a, b in zip(first, second, strict=True)]


def _flat(views: Sequence[Volume]) -> Volume:
    return np.concatenate([view.ravel() for view in views])
