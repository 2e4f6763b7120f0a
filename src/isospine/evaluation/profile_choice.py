"""Use the slice profiles that views show of each other where they predict held-out slices better than those stated."""

from dataclasses import replace

from isospine.evaluation.held_out import mean_scores
from isospine.evaluation.measures import MEASURES
from isospine.evaluation.scores import held_out_scores
from isospine.geometry.grid import Grid, Volume
from isospine.physics.output_grid import axes_directions, output_grid, sharpest_spacing
from isospine.solvers.tikhonov import tikhonov
from isospine.views.placed import PlacedViews, placed_set
from isospine.views.view_set import ViewSet

NONE = "The views show no slice profile of each other, and those stated are used."
NOT_COMPARABLE = "No slice can be held out, and the slice profiles that are stated are used."
KEPT = "The slice profiles that the views show of each other predict held-out slices no better than those stated, which are used"
USED = "The slice profiles that the views show of each other predict held-out slices better than those stated, and are used"


def with_better_profiles(placed: PlacedViews) -> PlacedViews:
    """Use the slice profiles that views show of each other, if held-out slices are predicted better so.

    Both are judged on the same grid by Tikhonov's least squares, which assume nothing but smoothness.

    Parameters
    ----------
    placed : PlacedViews
        Views of one contrast with their estimates.

    Returns
    -------
    PlacedViews
        With `profile_choice`, which says what was chosen and why.
    """
    if not any(placed.profiles):
        return replace(placed, profile_choice=NONE)
    stacks = placed.stacks
    directions = axes_directions(stacks, "view")
    grid = output_grid(stacks, sharpest_spacing(stacks), "intersection", directions)
    other = replace(placed, uses_profiles=True)
    stated, shown = (prediction(one, grid) for one in (placed, other))
    if stated is None or shown is None:
        return replace(placed, profile_choice=NOT_COMPARABLE)
    psnr = MEASURES["psnr"]
    numbers = f"PSNR {psnr.say(shown)} and {psnr.say(stated)}"
    if shown <= stated:
        return replace(placed, profile_choice=f"{KEPT}: {numbers}.")
    return replace(other, profile_choice=f"{USED}: {numbers}.")


def prediction(placed: PlacedViews, grid: Grid) -> float | None:
    """PSNR (dB) of held-out slices, predicted through the slice profiles that are used; None without any."""
    table = held_out_scores(placed_set(placed, "", grid), {"tikhonov": least_squares})
    return None if table.empty else float(mean_scores(table)["psnr"].iloc[0])


def least_squares(view_set: ViewSet) -> Volume:
    """Tikhonov's least squares as a method."""
    return tikhonov(view_set.views, view_set.grid)
