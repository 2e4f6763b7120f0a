"""Say what was estimated of a body without a reference, and how far to trust its volumes; of one alone as a page."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from isospine.evaluation.disagreement import disagreement
from isospine.evaluation.held_out import STEP, mean_scores, squared_error
from isospine.evaluation.measures import MEASURES
from isospine.figures.images import planes_figure
from isospine.figures.motion import motion_figure
from isospine.figures.panels import Panel
from isospine.figures.segmentation import segmentation_figure
from isospine.figures.style import save_figure
from isospine.figures.thumbnail import data_uri
from isospine.geometry.display_slices import image_frame
from isospine.geometry.grid import Grid, Volume
from isospine.geometry.planes import plane_across
from isospine.methods.segment import Segmentation
from isospine.numbers import EQUAL, fixed, is_zero, shortest
from isospine.physics.view import View, range_excess
from isospine.recipes.baselines import baseline_title
from isospine.report.body_tables import agreement_table, scores_table, shown_name, views_table
from isospine.report.page import render
from isospine.solvers.interpolation import cubic
from isospine.views.placed import PlacedViews
from isospine.views.slice_profiles import profile_spread, say_profile

TEMPLATE = "body_page.html"
#: Millimetres shown of the volumes.
LARGEST_FIELD = 120.0
WIDTH = 1000
#: Relative difference of a slice profile from what is stated, beyond its uncertainty, that a reader must know.
NOTABLE = 0.1


def report_page(
    placed: PlacedViews,
    grid: Grid,
    volumes: Mapping[str, Volume],
    trials: pd.DataFrame,
    slices: pd.DataFrame,
    method: str,
    labels: Sequence[Path] = (),
    segmented: Segmentation | None = None,
) -> str:
    """Write the page of one body, with its figures in it.

    Parameters
    ----------
    placed, grid, volumes, trials, slices, method
        As of `body_findings` and `body_figures`.
    labels : sequence of Path
        Files of labels that were drawn on the views.
    segmented : Segmentation, optional
        What was made of them.
    """
    figures = body_figures(placed, grid, volumes)
    if segmented:
        shown = Panel("", list(volumes.values())[-1], grid.affine)
        figures["segmentation"] = segmentation_figure(shown, None, {segmented.method: segmented.occupancy})
    return render(
        TEMPLATE,
        title="isospine: reconstruction without a reference",
        found=body_findings(placed, volumes, trials, slices, method),
        segmentation={"method": segmented.method, "agreement": agreement_table(labels, segmented)}
        if segmented
        else None,
        figures={name: embedded(figure) for name, figure in figures.items()},
    )


def body_findings(
    placed: PlacedViews,
    volumes: Mapping[str, Volume],
    trials: pd.DataFrame,
    slices: pd.DataFrame,
    method: str,
) -> dict[str, Any]:
    """Collect in words and tables what is known of a body, for JSON and for the macros of body_parts.html.

    Parameters
    ----------
    placed : PlacedViews
        The views and what was estimated of them.
    volumes : mapping of str to (I, J, K) array
        Reconstructions, by their methods.
    trials : DataFrame
        Scores of every method, from `evaluation.trials.trial_table`.
    slices : DataFrame
        Scores of every method, from `evaluation.scores.held_out_scores`.
    method : str
        Method that is judged: is it the best?
    """
    return {
        "kind": "body",
        "answer": answer(trials, method),
        "doubts": list(placed.doubts),
        "warnings": warnings(placed) + range_warnings(placed, volumes),
        "step": STEP,
        "trials": scores_table(trials, placed),
        "slices": scores_table(slices, placed),
        "several": len(placed.stacks) > 1,
        "views": views_table(placed),
    }


def body_figures(placed: PlacedViews, grid: Grid, volumes: Mapping[str, Volume]) -> dict[str, Figure]:
    """Draw the volumes of a body, and the motion of its views.

    Parameters
    ----------
    placed : PlacedViews
        The views and what was estimated of them.
    grid : Grid
        Grid of the reconstructions.
    volumes : mapping of str to (I, J, K) array
        Reconstructions to show, by their methods.

    Returns
    -------
    dict
        `volumes` and `motion`.
    """
    return {"volumes": volumes_figure(placed.stacks, grid, volumes), "motion": motion_figure(placed)}


def best_method(table: pd.DataFrame) -> str:
    """Return the method that comes closest to the truth of the trials; None without trials."""
    return "" if table.empty else str(mean_scores(table)["psnr"].idxmax())


def answer(table: pd.DataFrame, method: str) -> str:
    """Answer whether the method is best in the trials, by PSNR, which ranks closer to the truth than SSIM."""
    if table.empty:
        return "No trial was possible: the views have too few lines."
    means = mean_scores(table)["psnr"]
    others = means.drop(method)
    if others.empty:
        return f"{shown_name(method)} is the only method, and there is nothing to compare it with."
    best = str(others.idxmax())
    pairs = table.pivot_table(index=["view", "slice"], columns="method", values="psnr")
    psnr = MEASURES["psnr"]
    scores = f"PSNR {fixed(means[method], psnr.digits)} and {psnr.say(others[best])}"
    ours, theirs = (squared_error(pairs[name]) for name in (method, best))
    chance = (theirs - ours).groupby("view").sem() / ((ours + theirs) / 2).groupby("view").mean()
    # in dB of the mean over views; a single slice of a view gives no interval
    error = 10 / np.log(10) * np.sqrt(np.square(chance.fillna(np.inf)).sum()) / len(chance)
    if abs(means[method] - others[best]) <= 2 * error:
        return (
            f"Trials on the views' own planes do not tell {shown_name(method)} and {shown_name(best)}, the best of the "
            f"others, apart: {scores}."
        )
    if is_zero(means[method] - others[best], psnr.digits):
        return (
            f"In trials on the views' own planes {shown_name(method)} and {shown_name(best)}, the best of the others, are "
            f"{EQUAL}: {scores}."
        )
    comparison = "closer to" if means[method] > others[best] else "further from"
    return (
        f"In trials on the views' own planes {shown_name(method)} comes {comparison} them than {shown_name(best)}, the best of "
        f"the others: {scores}, and ahead in {int((pairs[method] > pairs[best]).sum())} of {len(pairs)} slices."
    )


def warnings(placed: PlacedViews) -> list[str]:
    """List what a reader must know about these views."""
    acquired = placed.acquired
    texts = []
    planes = {plane_across(one.view.grid.affine, one.view.axis) for one in acquired}
    if len(planes) == 1:
        texts.append(
            f"All views are {planes.pop()}: no sharper view shows what lies between their slices, so it is "
            "guessed."
        )
    guessed = [one.path.name for one in acquired if one.thickness_source == "affine"]
    if guessed:
        texts.append(
            f"No sidecar gives the slice thickness of {', '.join(guessed)}; slices were assumed contiguous."
        )
    texts += [placed.profile_choice] if placed.profile_choice else []
    texts += [] if placed.uses_profiles else profile_warnings(placed)
    for one in acquired:
        if one.empty:
            texts.append(
                f"Slices of {one.path.name} that hold one value only count as not measured and were not used (the first is "
                f"0): {', '.join(map(str, one.empty))}."
            )
    for one, motion in zip(acquired, placed.slices, strict=False):
        if motion.left_out:
            texts.append(
                f"Slices of {one.path.name} that do not fit the others and were left out (the first is 0): "
                f"{', '.join(str(one.first + place) for place in motion.left_out)}."
            )
    return texts


def profile_warnings(placed: PlacedViews) -> list[str]:
    """Name the views whose slices look much thicker or thinner to the other views than they are taken to be."""
    texts = []
    for one, profile in zip(placed.acquired, placed.profiles, strict=False):
        if profile is None or one.view.profile == "point":
            continue
        ratio = profile.spread / profile_spread(one.view.thickness, one.view.profile)
        beyond = abs(ratio - 1) - 2 * profile.error / profile.thickness
        if beyond > NOTABLE:
            texts.append(
                f"Slices of {one.path.name} are taken to be {shortest(one.view.thickness)} mm thick ({one.view.profile} "
                f"profile), but the other views show {say_profile(profile)}: {'wider' if ratio > 1 else 'narrower'} by "
                f"{abs(ratio - 1):.0%}."
            )
    return texts


def range_warnings(placed: PlacedViews, volumes: Mapping[str, Volume]) -> list[str]:
    """Name the volumes whose values the views do not explain."""
    excesses = {name: range_excess(image, placed.stacks) for name, image in volumes.items()}
    return [f"The volume of {shown_name(name)} {text}." for name, text in excesses.items() if text]


def volumes_figure(placed: Sequence[View], grid: Grid, volumes: Mapping[str, Volume]) -> Figure:
    """Draw the volumes in three planes."""
    panels = [Panel(f"mean of the views, {baseline_title('cubic')}", cubic(placed, grid), grid.affine)]
    for number, view in enumerate(placed, start=1):
        plane = plane_across(view.grid.affine, view.axis)
        panels.append(Panel(f"view {number}, {plane}, where it was put", view.data, view.grid.affine))
    panels += [Panel(shown_name(method), image, grid.affine) for method, image in volumes.items()]
    if len(placed) > 1:
        contradiction = 5 * disagreement(placed, grid)
        panels.append(Panel("contradictions, 5 times", contradiction, grid.affine))
    return planes_figure(panels, image_frame(panels[0].data, grid.affine), LARGEST_FIELD)


def embedded(figure: Figure) -> str:
    """Embed a figure as a data URI."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figure.png"
        save_figure(figure, [path])
        return data_uri(path, WIDTH)
