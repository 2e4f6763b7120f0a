"""Methods on the views that a benchmark has made."""

from collections.abc import Callable, Sequence
from typing import Any

from isospine.geometry.grid import Grid, Volume
from isospine.methods.baselines import baseline_method
from isospine.models.train import References, train
from isospine.physics.view import View
from isospine.recipes.kinds import Settings
from isospine.training.session import Session
from isospine.training.trainable import Curve, Model
from isospine.views.view_set import Reconstruct, stack_set

#: Makes an image on a grid from views.
Method = Callable[[Sequence[View], Grid], Volume]


def train_views(
    views: Sequence[View],
    settings: Settings,
    seed: int = 0,
    grid: Grid | None = None,
    references: References | None = None,
    **session: Any,
) -> tuple[Model, Curve]:
    """Train on the views of one contrast; model and curve."""
    view_set = stack_set("T2w", views, grid)
    models, curve = train([view_set], settings, Session(seed, **session), references)
    return models["T2w"], curve


def baseline(name: str) -> Method:
    """Baseline of a name, as a function of views and grid."""
    method = baseline_method(name)
    return lambda views, grid: method(stack_set("T2w", views, grid))


def of_view_sets(methods: dict[str, Method]) -> dict[str, Reconstruct]:
    """Functions of views and grid as functions of a view set."""

    def taken(method: Method) -> Reconstruct:
        return lambda view_set: method(view_set.views, view_set.grid)

    return {name: taken(method) for name, method in methods.items()}
