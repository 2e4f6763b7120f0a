"""Reconstructions without a network, by name, to measure the networks against."""

from collections.abc import Callable, Sequence

from isospine.geometry.grid import Grid, Volume
from isospine.physics.fine_grid import fine_grid
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES
from isospine.recipes.lookup import resolve


def baseline_method(name: str) -> Callable[[Sequence[View], Grid], Volume]:
    """Give the function of views and grid behind a baseline's name."""
    method: Callable[[Sequence[View], Grid], Volume] = resolve(BASELINES[name].function)
    return method


def reconstruct_baseline(name: str, views: Sequence[View]) -> tuple[Volume, Grid]:
    """Run a baseline by its config name on the fine grid of the views."""
    grid = fine_grid(list(views))
    return baseline_method(name)(views, grid), grid
