"""Reconstructions without a network, by name, to measure the networks against."""

from collections.abc import Callable, Sequence

from isospine.geometry.grid import Grid, Volume
from isospine.physics.fine_grid import fine_grid
from isospine.physics.view import View
from isospine.solvers.back_projection import iterative_back_projection
from isospine.solvers.interpolation import cubic, linear
from isospine.solvers.tikhonov import tikhonov
from isospine.solvers.total_variation import total_variation

BASELINES: dict[str, Callable[[Sequence[View], Grid], Volume]] = {
    "linear": linear,
    "cubic": cubic,
    "ibp": iterative_back_projection,
    "tikhonov": tikhonov,
    "tv": total_variation,
}


def reconstruct_baseline(name: str, views: Sequence[View]) -> tuple[Volume, Grid]:
    """Run a baseline by its config name on the fine grid of the views."""
    grid = fine_grid(list(views))
    return BASELINES[name](views, grid), grid
