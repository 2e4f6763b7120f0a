"""Why jobs failed and what they warned of, gathered from their logs; standard library only."""

import re
from collections.abc import Iterator
from pathlib import Path

#: Where the reason of a failed job is: no more than this many bytes at the end of its log.
TAIL = 20_000

#: A warning: of ours and of many tools, or of Python, which puts the place in the code before it.
WARNING = re.compile(r"(?:WARNING\b[:\s]*|.*:\d+: (?=\w*Warning: ))(?P<text>.+)")
#: No more than this many bytes of a log are searched for warnings.
SEARCHED = 1_000_000

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


def describe_warnings(logs: Path, since: float, most: int = 5) -> Iterator[str]:
    """Give one line for each warning in the logs, with how many logs have it and the first of them.

    Parameters
    ----------
    logs, since
        As for `describe_failures`.
    most : int
        Of the lines; one more says how many other warnings there are.
    """
    places: dict[str, list[Path]] = {}
    for log in sorted(logs.rglob("*.log")):
        if log.stat().st_mtime >= since:
            with log.open(encoding="utf-8", errors="replace") as file:
                found = map(WARNING.fullmatch, file.read(SEARCHED).splitlines())
            for text in dict.fromkeys(match["text"].strip() for match in found if match):
                places.setdefault(text, []).append(log)
    common = sorted(places.items(), key=lambda item: -len(item[1]))
    for text, found_in in common[:most]:
        yield f"{text} ({found_in[0]}{f' and {len(found_in) - 1} more' * (len(found_in) > 1)})"
    if len(common) > most:
        yield f"and {len(common) - most} more: grep -ri warning {logs}"


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
