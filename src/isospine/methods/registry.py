"""Look up any method by its name: a function from a view set to a volume."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from isospine.errors import InputError
from isospine.jobs.job import Job
from isospine.methods.baselines import baseline_method
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import NETWORK_JOB, kind_of
from isospine.recipes.lookup import resolve
from isospine.views.view_set import Reconstruct, ViewSet


def usable_recipes() -> dict[str, dict[str, Any]]:
    """Return the named recipes that need nothing but the views of one body."""
    return {
        name: settings for name, settings in known_recipes().items() if not kind_of(settings).needs_references
    }


def method_names() -> list[str]:
    """Return the names of all methods: baselines, then recipes."""
    return [*BASELINES, *usable_recipes()]


def recipe_of(name: str) -> dict[str, Any]:
    """Return the hyperparameters of a named recipe that needs nothing but views.

    Raises
    ------
    InputError
        If there is no such recipe.
    """
    recipes = usable_recipes()
    if name not in recipes:
        raise InputError(f"method {name!r}: expected one of {', '.join(method_names())}")
    return recipes[name]


@contextmanager
def job_method(
    job: Job,
    provenance: dict[str, Any],
    hyperparameters: Mapping[str, Any] | None,
    seed: int | None,
    others: Sequence[ViewSet] = (),
) -> Iterator[Reconstruct]:
    """Return the method of a workflow job: a network where there are hyperparameters, else a baseline.

    Parameters
    ----------
    job : Job
        The job.
    provenance : dict
        Provenance for records; its `method` is the name of a baseline.
    hyperparameters : mapping or None
        A complete set.
    seed : int or None
        Seed of a training.
    others : sequence of ViewSet
        Views of other contrasts that the same network learns.
    """
    if hyperparameters is None:
        yield baseline_method(provenance["method"])
        return
    with resolve(NETWORK_JOB)(job, hyperparameters, seed, provenance, others) as method:
        yield method
