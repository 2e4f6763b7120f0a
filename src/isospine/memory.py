"""How much memory this process took."""

import resource
import sys
from pathlib import Path


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
