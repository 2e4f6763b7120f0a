"""Choose what jobs that run networks compute on: the GPUs that they request, and what is refused before they do.

The configuration's word, and not the device that was found, identifies a result: the machine on which a run is planned, such
as the login node of a cluster, is not that of the job.
"""

from collections.abc import Callable, Mapping

from isospine.errors import InputError


def requested_gpus(wanted: str, has_gpu: Callable[[], bool]) -> int:
    """Return how many GPUs a job that runs a network requests.

    Parameters
    ----------
    wanted : {'auto', 'cpu', 'cuda'}
        `resources.device` of the configuration.
    has_gpu : callable
        Whether the job runs on this machine, and this has a GPU; elsewhere only a profile asks for one with `auto`.
    """
    return int(wanted == "cuda" or (wanted == "auto" and has_gpu()))


def check_given(wanted: str, given: Mapping[str, str]) -> None:
    """Refuse GPUs for rules where the configuration wants the processor.

    Parameters
    ----------
    wanted
        As for `requested_gpus`.
    given : mapping of str to str
        The number of GPUs of each rule for which a profile or the command line sets it.

    Raises
    ------
    InputError
        Naming the rules.
    """
    rules = [rule for rule, number in given.items() if number != "0"]
    if wanted == "cpu" and rules:
        raise InputError(
            f"resources.device: is cpu, but a GPU is set for {', '.join(rules)} (set-resources, as in the profile slurm-gpu); "
            "take it out there, or set resources.device to auto or cuda"
        )


def check_local(wanted: str, has_gpu: Callable[[], bool]) -> None:
    """Refuse to start where the configuration wants a GPU, and this machine, on which the jobs run, has none.

    Raises
    ------
    InputError
        Naming the key.
    """
    if wanted == "cuda" and not has_gpu():
        raise InputError(
            "resources.device: is cuda, but PyTorch sees no GPU on this machine; check the driver (nvidia-smi), "
            "CUDA_VISIBLE_DEVICES and that PyTorch is a build for GPUs, or set it to auto or cpu"
        )
