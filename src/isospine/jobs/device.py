"""The device that a job or a command computes on."""

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
#: What to look at where PyTorch sees no GPU.
CHECKS = "check the driver (nvidia-smi), CUDA_VISIBLE_DEVICES and that PyTorch is a build for GPUs"


@contextmanager
def job_device(wanted: str, gpus: int, locks: Path = LOCKS) -> Iterator[str]:
    """Give the device of a job, for as long as it lasts, and print its name.

    A scheduler shows a job its own GPUs only. On a machine without one, the jobs that run at a time are spread evenly
    over all GPUs that PyTorch sees.

    Parameters
    ----------
    wanted : {'auto', 'cpu', 'cuda'}
        The job's param `device`; `auto` is a GPU where the job was given one, else the processor.
    gpus : int
        The job's resource `gpu`.
    locks : Path
        Folder of the notes, which is made; the system takes them back when a job ends, in whatever way.

    Yields
    ------
    str
        "cpu" or for example "cuda:1".

    Raises
    ------
    InputError
        If the job wants a GPU or was given one and PyTorch sees none, or the GPU's memory is too small.
    """
    if wanted == "cpu" or (wanted == "auto" and not gpus):
        print("device: cpu")
        yield "cpu"
        return
    if not torch.cuda.is_available():
        raise InputError(
            f"the job wants a GPU (resources.device: {wanted}; gpu: {gpus}), but PyTorch sees none: {CHECKS}, or set "
            "resources.device to cpu"
        )
    with ExitStack() as stack:
        locks.mkdir(parents=True, exist_ok=True)
        for place in count():
            note = stack.enter_context((locks / f"{socket.gethostname()}-{place}").open("w"))
            with suppress(BlockingIOError):
                fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
        device = f"cuda:{place % torch.cuda.device_count()}"
        print(f"device: {device_name(device)}")
        with enough_memory(device, "set resources.device to cpu"):
            yield device


@contextmanager
def job_processors(job: Job) -> Iterator[str]:
    """Give the device of a job, as `job_device`, and hold PyTorch to the job's threads."""
    with job_device(job.device, job.gpus) as device:
        torch.set_num_threads(job.threads)
        yield device


def command_device(wanted: str, option: str = "--device") -> str:
    """Return the kind of device, "cpu" or "cuda", for an option of a command or function.

    Parameters
    ----------
    wanted : {'auto', 'cpu', 'cuda'}
        `auto` is the GPU where there is one, else the processor.
    option : str
        Name of the option, as in errors.

    Raises
    ------
    InputError
        If a GPU is wanted and PyTorch sees none, or the device is none of these.
    """
    if wanted not in ("auto", "cpu", "cuda"):
        raise InputError(f"{option} {wanted}: expected auto, cpu or cuda")
    if wanted != "cpu" and torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise InputError(f"{option} cuda: PyTorch sees no GPU: {CHECKS}, or choose {option} cpu or auto")
    return "cpu"


def device_name(device: str | torch.device) -> str:
    """Name a device for people and records: "cpu", or "cuda" with the name of the GPU, whatever its number."""
    kind = torch.device(device).type
    return f"{kind} ({torch.cuda.get_device_name(device)})" if kind == "cuda" else kind


@contextmanager
def enough_memory(device: str, remedy: str) -> Iterator[None]:
    """Turn the error of a GPU whose memory is too small into one line.

    Raises
    ------
    InputError
        Naming the GPU and the remedy.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        reason = str(error).split(". ")[0]
        raise InputError(f"{device_name(device)}: its memory is too small ({reason}): {remedy}") from error
