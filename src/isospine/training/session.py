"""The session of a training: its seed, device, provenance, checkpoint and rescue file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import torch

from isospine.jobs.device import job_processors
from isospine.jobs.job import Job
from isospine.jobs.provenance import software_versions
from isospine.training.checkpoint import Checkpoint
from isospine.training.files import save_model
from isospine.training.optimiser import DivergenceError
from isospine.training.trainable import Trainable


@dataclass(frozen=True)
class Session:
    """The settings of a training beside its views and hyperparameters.

    Attributes
    ----------
    seed : int
        Seed of whatever is drawn: frequencies, cells, initial weights and the order of the data.
    provenance : dict
        Image, contrast and method of the model; JSON-serialisable.
    device : torch.device
        Where to train.
    rescue : Path or None
        Where to write the last good model if the training diverges; no declared output of a job, which Snakemake
        would delete. None writes nothing.
    checkpoint : Checkpoint
        Where to continue from, and to keep the state.
    exponent : int
        Of the power of two by which the intensities of a model that is trained are smaller than those of the views.
    """

    seed: int = 0
    provenance: dict[str, Any] = field(default_factory=dict)
    device: str | torch.device = "cpu"
    rescue: Path | None = None
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    exponent: int = 0

    def about(self, **more: Any) -> Self:
        """Return this session with more provenance."""
        return replace(self, provenance=self.provenance | more)

    @property
    def origin(self) -> dict[str, Any]:
        """Provenance of the model, with its seed and the kind of device and versions of the software that trained it."""
        device = torch.device(self.device).type
        return self.provenance | {"seed": self.seed, "device": device, "software": software_versions()}

    @contextmanager
    def keeping_last_good(self, model: Trainable) -> Iterator[None]:
        """If the training diverges, write the model as it was before, and name its file in the error.

        Parameters
        ----------
        model : Trainable
            Its network is trained within the block.

        Raises
        ------
        DivergenceError
            The same, naming the file.
        """
        if self.rescue is not None:
            self.rescue.unlink(missing_ok=True)  # of an earlier attempt
        try:
            yield
        except DivergenceError as error:
            if self.rescue is None:
                raise
            save_model(model.times_power(self.exponent), self.rescue)
            message = (
                f"{error}. The model after step {error.last_good}, when all was finite, is in {self.rescue}"
            )
            raise DivergenceError(message, error.last_good) from error


@contextmanager
def job_session(job: Job, seed: int, provenance: dict[str, Any]) -> Iterator[Session]:
    """Make the session of a workflow job: its device, with checkpoint and rescue file beside its outputs."""
    with (
        job_processors(job) as device,
        Checkpoint.beside(job.product, job.code) as checkpoint,
    ):
        yield Session(seed, provenance, device, job.log.with_suffix(".safetensors"), checkpoint)
