"""Give the method of a workflow job: a function from a view set to a volume."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from isospine.jobs.job import Job
from isospine.methods.baselines import baseline_method
from isospine.recipes.kinds import NETWORK_JOB
from isospine.recipes.lookup import resolve
from isospine.views.view_set import Reconstruct, ViewSet


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
