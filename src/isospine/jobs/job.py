"""A job of the workflow: its log, and what the library asks about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isospine.jobs.log import job_log


@dataclass(frozen=True)
class Job:
    """The facts of a job that Snakemake passes to its script.

    Attributes
    ----------
    log : Path
        Its log file.
    product : Path
        Its first output.
    threads, gpus : int
        What it may use.
    device : {'auto', 'cpu', 'cuda'}
        What it is to compute on.
    code : str
        Hash of the code that it runs.
    """

    log: Path
    product: Path
    threads: int
    gpus: int
    device: str
    code: str


@contextmanager
def job(snakemake: Any) -> Iterator[Job]:
    """Run a script's work with its output in the job's log.

    Parameters
    ----------
    snakemake : object
        The `snakemake` object of a script: `log`, `output`, `threads`, `resources` and `params`, of which `code` and, for a script
        that runs networks, `device`.

    Raises
    ------
    SystemExit
        As `job_log`.
    """
    with job_log(snakemake.log[0]):
        yield Job(
            Path(snakemake.log[0]),
            Path(snakemake.output[0]),
            snakemake.threads,
            snakemake.resources.get("gpu", 0),
            getattr(snakemake.params, "device", "cpu"),
            snakemake.params.code,
        )
