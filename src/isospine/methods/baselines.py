"""Baselines as methods: reconstructions without a network, by name."""

from isospine.geometry.grid import Volume
from isospine.recipes.baselines import BASELINES
from isospine.recipes.lookup import resolve
from isospine.views.view_set import Reconstruct, ViewSet


def baseline_method(name: str) -> Reconstruct:
    """Return the baseline of a name, as a function of a view set."""
    solve = resolve(BASELINES[name].function)

    def reconstruct(view_set: ViewSet) -> Volume:
        image: Volume = solve(view_set.views, view_set.grid)
        return image

    return reconstruct
