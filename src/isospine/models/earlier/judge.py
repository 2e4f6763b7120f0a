"""Judge whether an earlier scan helps: refuse it where it would need too much change or predicts left-out slices worse.

Both tests need no reference. A refused scan costs nothing: the reconstruction is then that of the method without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from isospine.geometry.grid import Grid, Volume
from isospine.geometry.planes import thick_axis
from isospine.models.earlier.left_out import Solve, held_out_psnr, variation_solvers
from isospine.models.earlier.place import PlacedScan
from isospine.numbers import share as say_share
from isospine.physics.operator import Operator, operator_of
from isospine.physics.view import View, intensity_range
from isospine.solvers.change_variation import SHARE
from isospine.solvers.finite_differences import gradient
from isospine.solvers.noise import relative_noise
from isospine.solvers.total_variation import variation_weight
from isospine.views.registration import left_right_information

#: Total variation of the change over that of the reconstruction without the earlier scan, from which the scan is refused.
#: On simulated sessions it was 0.12 to 0.41 for placed scans, 0.94 to 1.17 for other persons' and contrasts, and 1.21 unplaced.
LARGEST_RATIO = 0.8

#: Mutual information of the earlier scan mirrored left to right over that of the scan as it is, from which a header is not
#: believed. On simulated sessions of three persons it was 0.50 to 0.84, and 1.18 to 1.97 where the header was wrong.
MIRRORED = 1.1


@dataclass(frozen=True)
class Verdict:
    """Whether an earlier scan is used, and why.

    Attributes
    ----------
    used : bool
        Whether the reconstruction may use it.
    ratio : float
        Total variation of the change over that of the reconstruction without the earlier scan, where the scan covers.
    alone, with_earlier : float or None
        PSNR in dB of held-out slices as predicted without and with the earlier scan, mean over the views; None where
        nothing was held out, as the ratio decided or no view has three slices.
    reason : str
        One sentence for people.
    mirrored : float
        Mutual information of the earlier scan mirrored left to right over that of the scan as it is; 0 if not known.
    """

    used: bool
    ratio: float
    alone: float | None
    with_earlier: float | None
    reason: str
    mirrored: float = 0.0


def judge_placed(
    views: Sequence[View],
    grid: Grid,
    placed: PlacedScan,
    image: Volume,
    alone: Volume,
    share: float = SHARE,
    mirrored: float = 0.0,
) -> Verdict:
    """Judge a placed scan by a reconstruction with it and the same method's without it, and by held-out slices.

    Held-out slices are predicted with the total variation of the change and that of the image, whatever the method: both need
    a few seconds, and a scan that misleads one of them would mislead the others.

    Parameters
    ----------
    views : sequence of View
        The later session's.
    grid : Grid
        Grid of the volumes.
    placed : PlacedScan
        The earlier scan.
    image, alone : (I, J, K) array
        Reconstructions with and without it.
    share : float
        Of the variation of the change, between 0 and 1.
    mirrored : float
        What `mirrored_fit` gives of the earlier scan.
    """
    operator = operator_of(views, grid)
    low, span = intensity_range(views)
    measured = [((view.data.astype(np.float64) - low) / span).astype(np.float32) for view in views]
    earlier = ((placed.volume.astype(np.float64) - low) / span).astype(np.float32)
    weight = variation_weight(relative_noise(operator, views))
    solvers = variation_solvers(earlier, placed.covered, weight, share)
    return judge(image, placed.volume, alone, placed.covered, operator, measured, *solvers, mirrored=mirrored)


def mirrored_fit(earlier: Volume, grid: Grid, stacks: Sequence[View]) -> float:
    """Mutual information of an earlier scan mirrored left to right over that of the scan as it is, least over the views.

    Raises
    ------
    InputError
        If the scan and a view show too little in common.
    """
    axis = thick_axis(grid.affine, "sagittal")
    scan = View(earlier, grid, axis, float(grid.spacing[axis]), "box")
    return min(left_right_information(scan, stack) for stack in stacks)


def judge(
    image: Volume,
    placed: Volume,
    alone: Volume,
    covered: NDArray[np.bool_],
    operator: Operator,
    measured: Sequence[Volume],
    solve_alone: Solve,
    solve_with: Solve,
    *,
    mirrored: float = 0.0,
) -> Verdict:
    """Decide whether the earlier scan is used.

    Parameters
    ----------
    image, alone : (I, J, K) array
        Reconstructions with and without the earlier scan.
    placed : (I, J, K) array
        The earlier scan in its place and in the views' intensities.
    covered : (I, J, K) bool array
        Where the earlier scan covers.
    operator : Operator
        Acquisition of the views.
    measured : sequence of arrays
        The views.
    solve_alone, solve_with : function
        Reconstructions without and with the earlier scan, whose placement is fixed, of views that lack slices; they run only
        where nothing else has decided.
    mirrored : float
        Mutual information of the earlier scan mirrored left to right over that of the scan as it is.
    """
    ratio = change_ratio(image, placed, alone, covered)
    if mirrored >= MIRRORED:
        # a body is nearly symmetric: a deformation can make a mirrored one fit, with lesions on the wrong side
        return Verdict(False, ratio, None, None, fits_mirrored(mirrored), mirrored)
    if not ratio <= LARGEST_RATIO:
        return Verdict(False, ratio, None, None, too_different(ratio), mirrored)
    solvers = (solve_alone, solve_with)
    scores = [held_out_psnr(operator, measured, covered, solve) for solve in solvers]
    if None in scores:
        reason = f"used: {as_one_person(ratio)}; no slice could be held out"
        return Verdict(True, ratio, None, None, reason, mirrored)
    before, after = (float(score) for score in scores if score is not None)
    told = f"held-out slices are predicted at {after:.2f} dB with it and {before:.2f} dB without"
    if after < before:
        reason = f"not used: {told}, so that it misleads; check that it is of the same person and contrast"
        return Verdict(False, ratio, before, after, reason, mirrored)
    return Verdict(True, ratio, before, after, f"used: {as_one_person(ratio)}; {told}", mirrored)


def fits_mirrored(mirrored: float) -> str:
    """Reason of a refusal of a scan that fits better mirrored."""
    return (
        f"not used: the earlier scan fits the views better mirrored left to right ({mirrored:.2f} times the mutual information); "
        "check its header's orientation and the views', and that it is of the same person"
    )


def too_different(ratio: float) -> str:
    """Reason of a refusal by the ratio."""
    return (
        f"not used: what would have changed since has {say_share(ratio)} of the variation of the anatomy itself, expected at "
        f"most {say_share(LARGEST_RATIO)}; check that the earlier scan is of the same person, part of the body and contrast, "
        "and that its header says where it was taken"
    )


def as_one_person(ratio: float) -> str:
    """Words for a ratio that is small enough."""
    return f"the change since has {say_share(ratio)} of the variation of the anatomy"


def chosen(verdict: Verdict, image: Volume, alone: Volume) -> Volume:
    """Reconstruction with the earlier scan where it is used, else the very one without it."""
    return image if verdict.used else alone


def change_ratio(image: Volume, placed: Volume, alone: Volume, covered: NDArray[np.bool_]) -> float:
    """Total variation of the change over that of the reconstruction without the earlier scan, where the scan covers.

    Infinite where that has no variation, or nothing is covered.
    """
    inside = binary_erosion(
        covered, border_value=1
    )  # differences across the end of the earlier scan are no change

    def variation(volume: Volume) -> float:
        slope = gradient(volume)
        return float(np.sqrt(np.einsum("a...,a...->...", slope, slope))[inside].sum(dtype=np.float64))

    whole = variation(alone)
    return variation(image - placed) / whole if whole > 0 else float("inf")
