"""Baselines as methods: reconstructions without a network, by name."""

from isospine.geometry.grid import Volume
from isospine.recipes.baselines import BASELINES
from isospine.recipes.lookup import resolve
from isospine.solvers.nonnegative import are_magnitudes, of_magnitudes, without_negatives
from isospine.views.view_set import Reconstruct, ViewSet


def baseline_method(name: str) -> Reconstruct:
    """Return the baseline of a name, as a function of a view set; not negative where no view is."""
    baseline = BASELINES[name]
    solve = resolve(baseline.function)

    def reconstruct(view_set: ViewSet) -> Volume:
        image: Volume = solve(view_set.views, view_set.grid)
        if baseline.solves:
            return of_magnitudes(image, view_set.views, view_set.grid)
        # an interpolation explains no view
        return without_negatives(image) if are_magnitudes(view_set.views) else image

    return reconstruct
