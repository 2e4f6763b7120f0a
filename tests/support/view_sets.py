"""View sets of views that a test has made."""

from collections.abc import Callable, Sequence
from typing import Any

from isospine.geometry.grid import Grid, Volume
from isospine.models.train import References, train
from isospine.physics.view import View
from isospine.recipes.kinds import Settings
from isospine.training.session import Session
from isospine.training.trainable import Curve
from isospine.views.view_set import Reconstruct, ViewSet, stack_set


def set_of(views: Sequence[View], contrast: str = "T2w", grid: Grid | None = None) -> ViewSet:
    """Whole stacks of one contrast, to be reconstructed on their fine grid or another."""
    return stack_set(contrast, views, grid)


def train_views(
    views: Sequence[View],
    settings: Settings,
    seed: int = 0,
    provenance: dict[str, Any] | None = None,
    references: References | None = None,
    **session: Any,
) -> tuple[Any, Curve]:
    """Train on the views of one contrast; model and curve."""
    surroundings = Session(seed, provenance or {}, **session)
    models, curve = train([set_of(views)], settings, surroundings, references)
    return models["T2w"], curve


def as_method(solve: Callable[[Sequence[View], Grid], Volume]) -> Reconstruct:
    """Give a function of views and grid as a method of a view set."""
    return lambda view_set: solve(view_set.views, view_set.grid)
