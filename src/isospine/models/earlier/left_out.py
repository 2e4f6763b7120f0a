"""Predict held-out slices with and without an earlier scan, whose placement is fixed."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from isospine.geometry.grid import Volume
from isospine.physics.aligned import AlignedOperator
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.operator import Operator
from isospine.physics.slices import every_kth
from isospine.solvers.change_variation import SHARE, known_differences, minimise_change
from isospine.solvers.total_variation import minimise_variation

#: Every `STEP`-th slice of each view is held out.
STEP = 5

#: Steps of the solvers: the scores of more differ by less than 0.2 dB.
ITERATIONS = 60

#: Error over the range of intensities that counts as none.
NEGLIGIBLE = 1e-6

#: Makes an image from an operator and the views that it acquires.
Solve = Callable[[Operator, Sequence[Volume]], Volume]


def held_out_psnr(
    operator: Operator, measured: Sequence[Volume], covered: NDArray[np.bool_], solve: Solve
) -> float | None:
    """PSNR in dB of held-out slices, mean over the views; None where no view has three slices.

    Every `STEP`-th slice of each view is left out at the same time, and compared where the earlier scan covers: elsewhere
    it changes nothing.
    """
    held = [every_kth(view.shape[axis], STEP) for view, axis in zip(measured, _axes(operator), strict=True)]
    left_operator, left = leave_out(operator, measured, held)
    if not any(held):
        return None
    predicted = operator.forward(solve(left_operator, left))
    compared = _compared(operator, covered)
    scores = []
    for view, guess, counts, axis, numbers in zip(
        measured, predicted, compared, _axes(operator), held, strict=True
    ):
        there = np.take(counts, numbers, axis)
        if there.any():
            error = (np.take(guess, numbers, axis) - np.take(view, numbers, axis))[there]
            span = float(np.ptp(view)) or 1.0
            rms = float(np.sqrt(np.mean(np.square(error / span, dtype=np.float64))))
            scores.append(-20 * np.log10(max(rms, NEGLIGIBLE)))
    return float(np.mean(scores)) if scores else None


def leave_out(
    operator: Operator, measured: Sequence[Volume], held: Sequence[Sequence[int]]
) -> tuple[Operator, list[Volume]]:
    """Operator and views without some slices of each view.

    Aligned views stay aligned, which keeps the closed form: their slice matrices lack rows.
    """
    if isinstance(operator, AlignedOperator):
        matrices = [
            np.delete(matrix, numbers, 0) for matrix, numbers in zip(operator.matrices, held, strict=True)
        ]
        left = [
            np.delete(view, numbers, axis)
            for view, numbers, axis in zip(measured, held, operator.axes, strict=True)
        ]
        return replace(operator, matrices=tuple(matrices)), left
    assert isinstance(operator, ObliqueOperator)
    masks = []
    for view, numbers, axis in zip(measured, held, operator.axes, strict=True):
        mask = np.zeros(view.shape, np.bool_)
        np.moveaxis(mask, axis, 0)[list(numbers)] = True
        masks.append(mask)
    # what was held out must not reach the solution by any way
    hidden = [np.where(mask, np.float32(0), view) for view, mask in zip(measured, masks, strict=True)]
    return operator.without(masks), hidden


def _axes(operator: Operator) -> tuple[int, ...]:
    assert isinstance(operator, AlignedOperator | ObliqueOperator)
    return operator.axes


def _compared(operator: Operator, covered: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Voxels of each view that the image determines and the earlier scan covers."""
    shares = operator.forward(covered.astype(np.float32))
    return [share > 0.5 for share in shares]


def variation_solvers(
    earlier: Volume, covered: NDArray[np.bool_], weight: float, share: float = SHARE
) -> tuple[Solve, Solve]:
    """Solvers by total variation without and with an earlier scan, for intensities about [0, 1].

    Parameters
    ----------
    earlier : (I, J, K) array
        The earlier scan; any values where it does not cover.
    covered : (I, J, K) bool array
        Where it covers.
    weight, share : float
        Weight of the variation, and the share of it that goes to the change.
    """
    known = np.where(covered, earlier, np.float32(0))
    shares = np.float32(share) * known_differences(covered)

    def alone(operator: Operator, measured: Sequence[Volume]) -> Volume:
        return minimise_variation(operator, measured, spread_mean(operator, measured), weight, ITERATIONS)

    def with_earlier(operator: Operator, measured: Sequence[Volume]) -> Volume:
        weights = weight * shares, weight * (1 - shares)
        return minimise_change(operator, measured, known, None, *weights, ITERATIONS)

    return alone, with_earlier


def spread_mean(operator: Operator, measured: Sequence[Volume]) -> Volume:
    """Mean at each voxel of the slices that see it; of all slices where none does."""
    spread = operator.adjoint(measured)
    weights = operator.adjoint([np.ones_like(view) for view in measured])
    mean = np.float32(spread.sum(dtype=np.float64) / weights.sum(dtype=np.float64))
    return np.where(weights > 1e-3, spread / np.maximum(weights, np.float32(1e-3)), mean).astype(np.float32)
