"""Networks as methods: trained on a view set, and evaluated on its grid."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from isospine.geometry.grid import Volume
from isospine.jobs.job import Job
from isospine.models.train import train
from isospine.recipes.kinds import Settings, settings_of
from isospine.training.session import Session, job_session
from isospine.views.view_set import Reconstruct, ViewSet


def network_method(settings: Settings, session: Session, others: Sequence[ViewSet] = ()) -> Reconstruct:
    """Return a recipe as a function of a view set, which trains a network on it.

    Parameters
    ----------
    settings : Settings
        The recipe, which needs nothing but views.
    session : Session
        Seed, provenance and device of each training.
    others : sequence of ViewSet
        Views of other contrasts that the same network learns.
    """

    def reconstruct(view_set: ViewSet) -> Volume:
        beside = [replace(other, grid=view_set.grid) for other in others]
        models, _ = train([view_set, *beside], settings, session)
        return models[view_set.contrast].reconstruct(view_set.grid)

    return reconstruct


@contextmanager
def network_job(
    job: Job,
    hyperparameters: Mapping[str, Any],
    seed: int,
    provenance: dict[str, Any],
    others: Sequence[ViewSet],
) -> Iterator[Reconstruct]:
    """Return the network of a workflow job as a method, within the job's session."""
    with job_session(job, seed, provenance) as session:
        # only its scores are kept, no model
        yield network_method(settings_of(hyperparameters), replace(session, rescue=None), others)
