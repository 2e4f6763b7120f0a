"""Gather errors and warnings of jobs from their logs; standard library only."""

import re
from collections.abc import Iterator
from pathlib import Path

from isospine.words import printable

#: Where the reason of a failed job is: no more than this many bytes at the end of its log.
TAIL = 20_000

#: A warning: of ours, which may stand behind a progress bar, of a tool, or of Python, with the place in the code before.
WARNING = re.compile(r"(?:.*\bWARNING: |WARNING\s|.*:\d+: (?=\w*Warning: ))(?P<text>.+)")
#: No more than this many bytes of a log are searched for warnings.
SEARCHED = 1_000_000

#: Beginning of the last line in the log of a successful job.
ENDED = "took "


def describe_failures(logs: Path, since: float) -> Iterator[str]:
    """One line for each log that ends with an error: its path and the error.

    Parameters
    ----------
    logs : Path
        Folder of the logs, which `isospine.joblog` wrote.
    since : float
        Seconds since the epoch; logs that were last written before belong to another run.

    Yields
    ------
    str
        The log, and its text after ``ERROR:`` or the last line of a traceback.
    """
    for log in sorted(logs.rglob("*.log")):
        if log.stat().st_mtime >= since and (reason := reason_of(log)):
            yield f"{log}: {reason}"


def describe_warnings(logs: Path, since: float, most: int = 5) -> Iterator[str]:
    """One line for each warning in the logs, with the number of logs that have it and the first of them.

    Warnings that differ in numbers only are one.

    Parameters
    ----------
    logs, since
        As for `describe_failures`.
    most : int
        Of the lines; one more says how many other warnings there are.
    """
    kinds: dict[str, tuple[str, dict[Path, None]]] = {}
    for log in sorted(logs.rglob("*.log")):
        if log.stat().st_mtime >= since:
            with log.open(encoding="utf-8", errors="replace") as file:
                found = map(WARNING.fullmatch, file.read(SEARCHED).splitlines())
            for text in (printable(match["text"].strip()) for match in found if match):
                kinds.setdefault(re.sub(r"\d+", "0", text), (text, {}))[1][log] = None
    common = sorted(kinds.values(), key=lambda kind: -len(kind[1]))
    for text, (first, *others) in common[:most]:
        yield f"{text} ({first}{f' and {len(others)} more' if others else ''})"
    if len(common) > most:
        yield f"and {len(common) - most} more: grep -ri warning {logs}"


def reason_of(log: Path) -> str | None:
    """Error at the end of a log; None if it ends otherwise, also where the job was stopped."""
    lines = _tail(log)
    if lines[-1:] == ["KeyboardInterrupt"]:
        return None
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
        lines = file.read().decode(errors="replace").splitlines()
    return [printable(line) for line in lines if line.strip()]
