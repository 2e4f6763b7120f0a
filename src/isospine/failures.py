"""Why jobs failed, gathered from their logs; standard library only."""

from collections.abc import Iterator
from pathlib import Path

#: Where the reason of a failed job is: no more than this many bytes at the end of its log.
TAIL = 20_000


def describe_failures(logs: Path, since: float) -> Iterator[str]:
    """Give one line for each log that ends with an error: its path and the error.

    Parameters
    ----------
    logs : Path
        Folder of the logs, which `isospine.joblog` wrote.
    since : float
        Seconds since the epoch; logs that were last written before belong to another run.

    Yields
    ------
    str
        The log, and what it says after ``ERROR:`` or as the last line of a traceback.
    """
    for log in sorted(logs.rglob("*.log")):
        if log.stat().st_mtime >= since and (reason := _reason(log)):
            yield f"{log}: {reason}"


def _reason(log: Path) -> str | None:
    """Give the error at the end of a log, None where it ends otherwise."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL))
        lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    if lines and lines[-1].startswith("ERROR: "):
        return lines[-1].removeprefix("ERROR: ")
    return lines[-1] if "Traceback (most recent call last):" in lines else None
