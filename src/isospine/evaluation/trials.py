"""Rank methods without a reference: by restoring the acquired views' own planes from thick views of them.

A view is sharp in its planes. Made thick along one and then the other axis of them, it gives two views that are to each
other what two acquired views are, of the same body, contrast and noise, and whose truth is known: the view itself.

Source: Wald et al., Fusion of satellite images of different spatial resolutions, PE&RS 1997 (assessment at a reduced
resolution); the noise that averaging takes away is added again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from isospine.evaluation.held_out import SLICE_COLUMNS, plane_scores
from isospine.geometry.crops import crop_for_views, cropping
from isospine.geometry.grid import Volume
from isospine.geometry.planes import plane_across
from isospine.io.nifti import check_finite
from isospine.physics.simulate import acquire
from isospine.physics.view import View
from isospine.solvers.noise import noise_within
from isospine.solvers.nonnegative import are_magnitudes, without_negatives
from isospine.views.view_set import Reconstruct, ViewSet

#: Slices of a trial along each of its thick axes, at least.
FEWEST = 3


@dataclass(frozen=True)
class Trial:
    """A reconstruction whose truth is known.

    Attributes
    ----------
    view : int
        Number of the stack.
    given : ViewSet
        What methods are given: thick views along both axes of its planes, on its own grid.
    truth : (I, J, K) array
        Its voxels.
    axis : int
        Array axis across its slices.
    skipped : tuple of int
        Slices that were not measured, and whose scores would mean nothing.
    """

    view: int
    given: ViewSet
    truth: Volume
    axis: int
    skipped: tuple[int, ...] = ()


def plane_trials(view_set: ViewSet) -> list[Trial]:
    """One trial for each stack with enough planes to learn from and enough thick slices within them.

    Slices of a trial are as many times thicker than its voxels as those of its stack are. Views of a trial are aligned;
    a method still treats them as it treats the views of the set, so that it is ranked for what it is used for.

    Parameters
    ----------
    view_set : ViewSet
        Of which the whole stacks are taken.
    """
    trials = []
    for number, view in enumerate(view_set.stacks):
        spacing = view.grid.spacing
        factors = {
            axis: max(2.0, float(np.rint(spacing[view.axis] / spacing[axis])))
            for axis in range(3)
            if axis != view.axis
        }
        if any(view.grid.shape[axis] < FEWEST * factor for axis, factor in factors.items()):
            continue
        # the given views' sharp planes go across the slices, and a prior makes them thick once more
        if view.grid.shape[view.axis] < max(factors.values()):
            continue
        specs = [(plane_across(view.grid.affine, axis), factor) for axis, factor in factors.items()]
        start, grid = crop_for_views(view.grid, specs)
        truth = view.data[cropping(start, grid)]
        sigma = noise_within(view)
        random = np.random.default_rng(number)
        given = []
        for plane, factor in specs:
            thick = acquire(truth, grid, plane, factor, "box")
            lost = sigma * np.sqrt(1 - 1 / factor)
            noise = random.normal(scale=lost, size=thick.data.shape).astype(np.float32)
            given.append(replace(thick, data=as_measured(thick.data + noise, view)))
        views = tuple(given)
        owners = tuple(range(len(views)))
        thick_set = replace(view_set, views=views, stacks=views, owners=owners, grid=grid)
        skipped = view_set.bridged[number] if view_set.bridged else ()
        trials.append(Trial(number, replace(thick_set, bridged=(), left_out=()), truth, view.axis, skipped))
    return trials


def as_measured(noisy: Volume, view: View) -> Volume:
    """Keep thick views of a stack of magnitudes what they are: methods treat views with negative intensities otherwise."""
    return without_negatives(noisy) if are_magnitudes([view]) else noisy


def trial_scores(image: Volume, trial: Trial) -> list[dict[str, float]]:
    """Score a reconstruction against the truth of a trial.

    Returns
    -------
    list of dict
        Per slice of the view: `view`, `slice`, `psnr` (dB, of the view's range) and `ssim`.
    """
    span = float(np.ptp(trial.truth)) or 1.0
    planes = zip(np.moveaxis(trial.truth, trial.axis, 0), np.moveaxis(image, trial.axis, 0), strict=True)
    return [
        {"view": trial.view, "slice": number} | plane_scores(truth, made, np.ones(truth.shape, bool), span)
        for number, (truth, made) in enumerate(planes)
        if number not in trial.skipped
    ]


def trial_table(trials: Sequence[Trial], methods: Mapping[str, Reconstruct]) -> pd.DataFrame:
    """Score methods on trials; each method runs once per trial.

    Returns
    -------
    DataFrame
        Columns `method`, `view`, `slice`, `psnr`, `ssim`; see `held_out.mean_scores`.
    """
    rows = []
    for name, reconstruct in methods.items():
        for trial in trials:
            image = reconstruct(trial.given)
            check_finite(f"{name}, in the trial of view {trial.view + 1}", image)
            rows += [{"method": name} | score for score in trial_scores(image, trial)]
    return pd.DataFrame(rows, columns=SLICE_COLUMNS)
