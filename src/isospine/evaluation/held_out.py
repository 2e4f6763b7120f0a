"""Validate without a reference: predict held-out slices through the acquisition model.

A stack without some of its slices is several shorter stacks, which every method takes as separate views.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from isospine.geometry.grid import Grid, Volume
from isospine.io.nifti import check_finite
from isospine.physics.magnitude import magnitude, times_power
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.slices import take_slices, without_slices
from isospine.physics.view import View
from isospine.views.view_set import Reconstruct, ViewSet

#: Every `STEP`-th slice is held out.
STEP = 5

#: Window of SSIM in pixels, as in `metrics`.
SSIM_WINDOW = 7

#: Error over the range of a view that single precision cannot resolve.
NEGLIGIBLE = 1e-6

SLICE_COLUMNS = ["method", "view", "slice", "psnr", "ssim"]


def slice_scores(image: Volume, grid: Grid, view: View, numbers: Sequence[int]) -> list[dict[str, float]]:
    """Score how well an image predicts slices of a view.

    Parameters
    ----------
    image : (I, J, K) array
        A reconstruction that did not see these slices.
    grid : Grid
        Its grid.
    view : View
        The whole view, where the body was during the first one and in its intensities.
    numbers : sequence of int
        The slices.

    Returns
    -------
    list of dict
        Per slice that lies in the grid: `slice`, `psnr` (dB, of the view's range) and `ssim`, over its pixels in the
        grid.
    """
    data_range = float(np.ptp(view.data)) or 1.0
    scores = []
    for number in numbers:
        part = take_slices(view, number, 1)
        operator = ObliqueOperator.of_views([part], grid)
        (covered,), (predicted,) = operator.covered(), operator.forward(image)
        if not covered.any():
            continue
        measured, predicted, covered = (
            np.take(a, 0, axis=view.axis) for a in (part.data, predicted, covered)
        )
        scores.append({"slice": number} | plane_scores(measured, predicted, covered, data_range))
    return scores


def plane_scores(
    measured: Volume, predicted: Volume, inside: NDArray[np.bool_], data_range: float
) -> dict[str, float]:
    """PSNR (dB) and SSIM of the pixels of a slice that are `inside`.

    Raises
    ------
    InputError
        If an intensity is NaN or infinite, which no score can tell.
    """
    for name, intensities in (("measured slice", measured), ("prediction of a slice", predicted[inside])):
        check_finite(name, intensities)
    # squares must not overflow; a power of two rounds nothing
    exponent = magnitude([measured, predicted[inside]])
    measured, predicted = (times_power(part, -exponent) for part in (measured, predicted))
    data_range = float(np.ldexp(data_range, -exponent))
    error = np.sqrt(np.mean(np.square((predicted - measured)[inside], dtype=np.float64)))
    psnr = 20 * np.log10(data_range / max(float(error), NEGLIGIBLE * data_range))
    filled = np.where(inside, predicted, measured)
    window = odd_window(measured.shape)
    _, similarity = structural_similarity(measured, filled, data_range=data_range, full=True, win_size=window)
    return {"psnr": float(psnr), "ssim": float(similarity[inside].mean())}


def odd_window(shape: tuple[int, ...]) -> int:
    """Window of SSIM in pixels, smaller where an image is smaller."""
    return (min(SSIM_WINDOW, *shape) - 1) // 2 * 2 + 1


def held_out_table(
    view_set: ViewSet, held_out: Sequence[Sequence[int]], methods: Mapping[str, Reconstruct]
) -> pd.DataFrame:
    """Score methods on held-out slices.

    Parameters
    ----------
    view_set : ViewSet
        The views, and the grid of the reconstructions.
    held_out : sequence of sequences of int
        Slices of each view to hold out; every method is run once, without all of them.
    methods : mapping
        Reconstructions by their names.

    Returns
    -------
    DataFrame
        Columns `method`, `view`, `slice`, `psnr`, `ssim`.
    """
    left = left_views(view_set, held_out)
    rows = []
    for name, reconstruct in methods.items():
        image = reconstruct(left)
        check_finite(f"{name}, without the held-out slices", image)
        for index, (view, numbers) in enumerate(zip(view_set.views, held_out, strict=True)):
            for score in slice_scores(image, view_set.grid, view, numbers):
                rows.append({"method": name, "view": index} | score)
    return pd.DataFrame(rows, columns=SLICE_COLUMNS)


def left_views(view_set: ViewSet, held_out: Sequence[Sequence[int]]) -> ViewSet:
    """Remove slices from each view of a set: shorter stacks remain, which are no longer aligned."""
    pairs = zip(view_set.views, held_out, strict=True)
    left = tuple(part for view, numbers in pairs for part in without_slices(view, numbers))
    # the stacks too: no method may find in them what was held out
    owners = tuple(range(len(left)))
    return replace(view_set, views=left, stacks=left, owners=owners, aligned=False, bridged=(), left_out=())


def squared_error(psnr: pd.Series) -> pd.Series:
    """Mean squared error over the squared range."""
    return 10 ** (-psnr / 10)


def view_scores(table: pd.DataFrame) -> pd.DataFrame:
    """PSNR of the mean squared error, and mean SSIM, of each method over the slices of each view.

    As against a reference the errors are averaged, not the decibels, which slices of background would decide.
    """
    errors = table.assign(psnr=squared_error(table["psnr"]))
    means = errors.groupby(["method", "view"])[["psnr", "ssim"]].mean()
    return means.assign(psnr=-10 * np.log10(means["psnr"]))


def mean_scores(table: pd.DataFrame) -> pd.DataFrame:
    """Mean of each method's `view_scores`: every view has the same weight, however many slices it has."""
    return view_scores(table).groupby("method").mean()
