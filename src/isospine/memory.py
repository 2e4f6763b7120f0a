"""How much memory this process took, how much there is, and what is said of images for which that is too little.

Imported while the Snakefile is parsed, on every cluster job: no numerical library.
"""

import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath


def peak_memory_mb() -> float:
    """Largest memory that this process has held at a time, in MB of 2^20 bytes.

    `getrusage` is the fallback only: on Linux it counts what the parent held when it started this process.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 2**10
    except (OSError, StopIteration):
        unit = 2**20 if sys.platform == "darwin" else 2**10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def machine_memory_mb(system: Path = Path("/")) -> float:
    """Memory of this machine, or the less that a container or a scheduler's job may take of it, in MB of 2^20 bytes.

    Parameters
    ----------
    system : Path
        Root of the file system with ``proc`` and ``sys/fs/cgroup``, in which Linux says what a control group may take.
    """
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
    return min([physical, *(limit / 2**20 for limit in _group_limits(system))])


def _group_limits(system: Path) -> Iterator[int]:
    """Bytes that the control group of this process, and each that holds it, may take; version 2 and 1."""
    try:
        lines = (system / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, name = system / "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            root, name = system / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        group = PurePosixPath(path)
        for folder in (group, *group.parents):
            try:
                text = (root / folder.relative_to("/") / name).read_text(encoding="ascii").strip()
            except OSError:
                continue  # of a namespace that does not show what is above it
            if text.isdecimal():  # else "max"
                yield int(text)


def describe_too_large(
    image: str, shape: str, job: Sequence[str | None], asked: Callable[..., float], limit: float
) -> str:
    """Say that there is too little memory for an image, and of what size one would fit.

    Parameters
    ----------
    image : str
        Its name.
    shape : str
        Its voxels, such as ``64x320x320``, or ``n/a`` where they are not known before it is there.
    job : sequence of str or None
        Words that name the job of the image which takes most: step, method, grid.
    asked : callable
        Memory in MB that the job asks for, by the share of its voxels that the image has; of all of them without
        an argument.
    limit : float
        Memory that there is, MB.
    """
    share = largest_share(asked, limit)
    remedy = "take a larger machine or a cluster (docs/cluster.md)"
    if share > 0:
        fits = f"an image of {_shown_size(shape, share)} would fit"
        remedy = f"crop it, choose a coarser grid (resolutions), exclude the subject (dataset.exclude), or {remedy}"
    else:
        fits = "no image would fit"
        remedy = f"choose a smaller batch or network (recipes), or {remedy}"
    return (
        f"{image}: the job {' '.join(filter(None, job))} asks for {asked() / 1024:.1f} GB of memory, and there are "
        f"{limit / 1024:.1f} GB (--resources mem_mb={limit:.0f}); {fits}: {remedy}"
    )


def largest_share(asked: Callable[[float], float], limit: float) -> float:
    """Largest share of its voxels with which an image asks for no more than a limit; 0 if there is none."""
    fits, beyond = 0.0, 1.0
    if asked(fits) > limit:
        return 0.0
    for _ in range(20):
        middle = (fits + beyond) / 2
        fits, beyond = (middle, beyond) if asked(middle) <= limit else (fits, middle)
    return fits


def _shown_size(shape: str, share: float) -> str:
    """Voxels of an image that is smaller along each axis."""
    if shape == "n/a":
        return f"{share:.0%} of its voxels"
    along = share ** (1 / 3)
    return " x ".join(str(int(along * int(count))) for count in shape.split("x")) + " voxels"
