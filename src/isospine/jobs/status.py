"""State of each image of a run, judged by its files and the ends of its jobs' logs; standard library only."""

import csv
import io
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from isospine.errors import InputError
from isospine.io.atomic import write_text
from isospine.io.text import read_text
from isospine.jobs.failures import ENDED, last_line, reason_of
from isospine.numbers import ABSENT
from isospine.words import printable

#: A job whose log has not ended counts as running for this long after its last line.
SILENCE_SECONDS = 600.0

STATUS_COLUMNS = ["image", "state", "done", "jobs", "running", "failed", "missing", "reason", "log"]
STATUS_TEXT = (
    "Every image of the dataset that the run was to take, and of how many of its jobs the results are there. An image "
    "is left out if one of its jobs failed and the run went on without it; it is in no other table and in no figure."
)
LEFT_OUT_COLUMNS = ["image", "reason", "log"]

ImageState = dict[str, str | int]


def image_status(image: str, jobs: Iterable[tuple[str, str]], now: float) -> ImageState:
    """State of one image.

    Parameters
    ----------
    image : str
        Its name.
    jobs : iterable of (product, log)
        A file that each planned job of the image makes, and the job's log.
    now : float
        Seconds since the epoch.

    Returns
    -------
    dict
        With the keys `STATUS_COLUMNS`. `state` is that of the whole image: "failed" if any job failed, else "running" if
        any runs, "done" if all are, else "missing". `reason` and `log` are of the first failure, else "n/a".
    """
    counts: Counter[str] = Counter()
    reason, first_log = "n/a", "n/a"
    for product, log in jobs:
        state, why = _job_state(Path(product), Path(log), now)
        counts[state] += 1
        if why and reason == "n/a":
            reason, first_log = why, log
    state = next(
        state for state in ("failed", "running", "missing", "done") if counts[state] or state == "done"
    )
    return {
        "image": image,
        "state": state,
        "done": counts["done"],
        "jobs": counts.total(),
        "running": counts["running"],
        "failed": counts["failed"],
        "missing": counts["missing"],
        "reason": reason,
        "log": first_log,
    }


def run_status(
    jobs: Mapping[str, Sequence[tuple[str, str]]],
    left_out: Mapping[str, tuple[str, str]],
    now: float | None = None,
) -> list[ImageState]:
    """State of every image; parameters as those of `image_status` and the answer of `read_left_out`."""
    now = time.time() if now is None else now
    rows = []
    for image, planned in jobs.items():
        row = image_status(image, planned, now)
        if image in left_out:
            row |= {"state": "left out", "reason": left_out[image][0], "log": left_out[image][1]}
        rows.append(row)
    return rows


def finished_status(jobs: Mapping[str, int], left_out: Mapping[str, tuple[str, str]]) -> list[ImageState]:
    """State of every image at the end of a run, when everything is done that was not left out.

    Parameters
    ----------
    jobs : mapping
        Number of planned jobs by image.
    left_out : mapping
        The answer of `read_left_out`.
    """
    return [
        {
            "image": image,
            "state": "left out" if image in left_out else "done",
            "jobs": count,
            "reason": left_out[image][0] if image in left_out else "n/a",
            "log": left_out[image][1] if image in left_out else "n/a",
        }
        for image, count in jobs.items()
    ]


def _job_state(product: Path, log: Path, now: float) -> tuple[str, str | None]:
    """State of a job, and why it failed if it did."""
    if product.exists():
        return "done", None
    try:
        modified, end = log.stat().st_mtime, last_line(log)
    except FileNotFoundError:
        return "missing", None
    if reason := reason_of(log):
        return "failed", reason
    if end.startswith(ENDED):  # and its product was removed since
        return "missing", None
    if now - modified < SILENCE_SECONDS:
        return "running", None
    stopped = datetime.fromtimestamp(modified).isoformat(" ", "seconds")
    return "failed", f"stopped without a word after {stopped}: killed, or out of memory or time"


def status_text(rows: Sequence[ImageState]) -> str:
    """Show the status of a run: one line per image, then the reason and the log of each failure."""
    shown = ["image", "state", "done", "running", "failed", "missing"]
    table = [shown] + [[str(row[key]) for key in shown] for row in rows]
    for line, row in zip(table[1:], rows, strict=True):
        line[2] += f"/{row['jobs']}"
    widths = [max(len(line[column]) for line in table) for column in range(len(shown))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in table]
    counts = Counter(str(row["state"]) for row in rows)
    lines += ["", f"{len(rows)} images: " + ", ".join(f"{count} {state}" for state, count in counts.items())]
    lines += [
        f"{row['image']}: {row['reason']}\n    log: {row['log']}" for row in rows if row["reason"] != "n/a"
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def leave_out(rows: Sequence[ImageState], path: Path, states: Sequence[str] = ("failed",)) -> list[str]:
    """List the images that failed in a file; a run with that file continues without them.

    Parameters
    ----------
    rows : list of dict
        The answer of `run_status`.
    path : Path
        The table to write, `LEFT_OUT_COLUMNS`; images that are in it already stay.
    states : sequence of str
        Of the images to leave out.

    Returns
    -------
    list of str
        Names of all images in the table.

    Raises
    ------
    InputError
        If nothing would be left.
    """
    gone = [row for row in rows if row["state"] in (*states, "left out")]
    if len(gone) == len(rows):
        problem = f"all {len(rows)} images failed" if "missing" not in states else "no image is finished"
        raise InputError(
            f"{problem}, the first because: {_why(rows[0])} (log: {rows[0]['log']}); "
            "fix the cause and run again; there is nothing to continue with"
        )
    gone = [row | {"reason": _why(row)} for row in gone]
    lines = ["\t".join(str(row[key]).replace("\t", " ") for key in LEFT_OUT_COLUMNS) for row in gone]
    write_text(path, "\n".join(["\t".join(LEFT_OUT_COLUMNS), *lines]) + "\n")
    return [str(row["image"]) for row in gone]


def _why(row: ImageState) -> str:
    """Why an image is not finished."""
    if row["reason"] != ABSENT:
        return str(row["reason"])
    return f"{row['done']} of its {row['jobs']} jobs are done"


def read_left_out(path: Path) -> dict[str, tuple[str, str]]:
    """Reason and log of each image that was left out; empty if there is no such file.

    Raises
    ------
    InputError
        If the file is something else.
    """
    if not path.exists():
        return {}
    with io.StringIO(read_text(path)) as file:
        table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if table.fieldnames != LEFT_OUT_COLUMNS:
            raise InputError(
                f"{path}: expected the columns {', '.join(LEFT_OUT_COLUMNS)}, found "
                f"{', '.join(table.fieldnames or ['nothing'])}; delete it to include every image again"
            )
        return {row["image"]: (printable(row["reason"]), printable(row["log"])) for row in table}
