"""Choose the volumes of a viewer of acquired views, for which there is no reference."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from isospine.evaluation.held_out import mean_scores
from isospine.evaluation.measures import MEASURES
from isospine.figures.panels import Panel
from isospine.geometry.grid import Grid, Volume
from isospine.geometry.planes import plane_across
from isospine.numbers import shortest
from isospine.physics.interpolate import covers
from isospine.physics.view import View
from isospine.recipes.baselines import baseline_title
from isospine.report.body_tables import shown_name
from isospine.solvers.interpolation import cubic

#: Factor of the contradictions between views, which are small.
ENLARGED = 5


def acquired_panels(
    views: Mapping[str, View],
    grid: Grid,
    volumes: Mapping[str, Volume],
    trials: pd.DataFrame,
    contradiction: Volume | None = None,
) -> list[Panel]:
    """List the panels of a viewer: the mean of the views first, each view, each method, and where views contradict each other.

    Parameters
    ----------
    views : mapping of str to View
        Views where they were put, by the names of their files.
    grid : Grid
        Grid of all volumes.
    volumes : mapping of str to (I, J, K) array
        Reconstructions, by their methods.
    trials : DataFrame
        Scores of the methods, from `evaluation.trials.trial_table`; may be empty.
    contradiction : (I, J, K) array, optional
        Of `evaluation.disagreement.disagreement`.
    """
    psnr = trial_psnr(trials)
    panels = [
        Panel(f"mean of the views, {baseline_title('cubic')}", cubic(list(views.values()), grid), grid.affine)
    ]
    for number, (name, view) in enumerate(views.items(), start=1):
        placed = np.where(covers(view, grid), cubic([view], grid), np.float32(0))
        title = f"view {number}, {plane_across(view.grid.affine, view.axis)}"
        note = f"{name} where it was put, slices of {shortest(view.thickness)} mm, interpolated"
        panels.append(Panel(title, placed, grid.affine, [note]))
    for method, image in volumes.items():
        notes = [f"PSNR in trials: {MEASURES['psnr'].say(psnr[method])}"] if method in psnr else []
        panels.append(Panel(shown_name(method), image, grid.affine, notes))
    if contradiction is not None:
        title = f"contradictions of the views, {ENLARGED} times"
        panels.append(Panel(title, ENLARGED * contradiction, grid.affine))
    return panels


def trial_psnr(trials: pd.DataFrame) -> dict[str, float]:
    """Mean PSNR of each method in the trials of a body, dB; nothing where none was possible."""
    if trials.empty:
        return {}
    return {str(method): float(value) for method, value in mean_scores(trials)["psnr"].items()}
