"""Why jobs failed, gathered from their logs; standard library only."""

from collections.abc import Iterator
from pathlib import Path

#: Where the reason of a failed job is: no more than this many bytes at the end of its log.
TAIL = 20_000

#: How the last line of the log of a job begins that did what it should.
ENDED = "took "


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
        if log.stat().st_mtime >= since and (reason := reason_of(log)):
            yield f"{log}: {reason}"


def reason_of(log: Path) -> str | None:
    """Give the error at the end of a log, None where it ends otherwise."""
    lines = _tail(log)
    if lines and lines[-1].startswith("ERROR: "):
        return lines[-1].removeprefix("ERROR: ")
    return lines[-1] if "Traceback (most recent call last):" in lines else None


def last_line(log: Path) -> str:
    """Give the last line of a log that is not blank, "" if there is none."""
    return next(reversed(_tail(log)), "")


def _tail(log: Path) -> list[str]:
    """Give the lines at the end of a log that are not blank."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL))
        return [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
