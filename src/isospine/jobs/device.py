"""The device that a job computes on."""

import fcntl
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path

import torch

from isospine.errors import InputError
from isospine.jobs.job import Job

#: Where the jobs of a working directory note which GPUs are taken.
LOCKS = Path(".snakemake/gpus")


@contextmanager
def job_device(gpus: int, locks: Path = LOCKS) -> Iterator[str]:
    """Give the device of a job, for as long as it lasts.

    A scheduler shows a job its own GPUs only. On a machine without one, the jobs that run at a time are spread evenly
    over all GPUs that PyTorch sees.

    Parameters
    ----------
    gpus : int
        The job's resource `gpu`; 0 stands for the processor.
    locks : Path
        Folder of the notes, which is made; the system takes them back when a job ends, in whatever way.

    Yields
    ------
    str
        "cpu" or for example "cuda:1".

    Raises
    ------
    InputError
        If the job was given a GPU and PyTorch sees none.
    """
    if not gpus:
        yield "cpu"
        return
    if not torch.cuda.is_available():
        raise InputError(
            "the job was given a GPU (resource gpu), but PyTorch sees none: check the driver (nvidia-smi), "
            "CUDA_VISIBLE_DEVICES and that PyTorch is a build for GPUs, or run without the resource"
        )
    with ExitStack() as stack:
        locks.mkdir(parents=True, exist_ok=True)
        for place in count():
            note = stack.enter_context((locks / f"{socket.gethostname()}-{place}").open("w"))
            with suppress(BlockingIOError):
                fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
        yield f"cuda:{place % torch.cuda.device_count()}"


@contextmanager
def job_processors(job: Job) -> Iterator[str]:
    """Give the device of a job, as `job_device`, and hold PyTorch to the job's threads."""
    with job_device(job.gpus) as device:
        torch.set_num_threads(job.threads)
        yield device
