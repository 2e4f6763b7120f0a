"""Measure the memory that this process used, and that this machine has."""

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def peak_memory_mb() -> float:
    """Peak memory of this process, in MB of 2^20 bytes.

    `getrusage` is the fallback only: on Linux it counts what the parent held when it started this process.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 2**10
    except (OSError, StopIteration):
        unit = 2**20 if sys.platform == "darwin" else 2**10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def machine_memory_mb(system: Path = Path("/")) -> float:
    """Memory of this machine, or the limit of a container or scheduler's job, in MB of 2^20 bytes.

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
