"""Print beside Snakemake's own lines the time left, where the results are, and why jobs failed."""

import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path

from isospine.jobs.failures import describe_failures, describe_warnings
from isospine.jobs.messages import TimeLeft, report_file
from isospine.words import duration

LOGS = Path("results/logs")
#: Beginnings of failures of the steps before the images are known.
BEFORE_IMAGES = tuple(f"{LOGS / step}.log: " for step in ("demo_dataset", "clone", "index"))


class Companion(logging.Handler):
    """Adds to what Snakemake says: the time left to its progress, and where things are to its last word.

    Parameters
    ----------
    logger : Logger
        Snakemake's.
    progress : object
        The event of a record that says how many jobs are done.
    work_left : callable
        Seconds that the jobs to come would take by the cost model; None while they are not all known.
    tell_results : callable
        Says where the results are; called where there is nothing to be done.
    """

    def __init__(
        self,
        logger: logging.Logger,
        progress: object,
        work_left: Callable[[], float | None],
        tell_results: Callable[[], None],
    ) -> None:
        super().__init__()
        self._logger, self._progress = logger, progress
        self._work_left, self._tell_results = work_left, tell_results
        self._time_left = TimeLeft()

    def emit(self, record: logging.LogRecord) -> None:
        """Add a line to what was said, or none."""
        try:
            if getattr(record, "event", None) == self._progress:
                self._tell_time(record.__dict__["done"], record.__dict__["total"])
            elif record.msg == "Report created.":
                self._logger.info(f"The report:      {Path.cwd() / report_file(sys.argv)}")
            elif str(record.msg).startswith("Nothing to be done"):
                self._tell_results()
        except Exception:
            # a run does not end for want of these lines
            self.handleError(record)

    def _tell_time(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and self._time_left.due(now):
            work = self._work_left()
            left = None if work is None else self._time_left.estimate(now, work)
            if left is not None:
                until = time.strftime("%a %H:%M", time.localtime(time.time() + left))
                self._logger.info(f"About {duration(left)} left, until {until}.")


def warning_lines(since: float) -> list[str]:
    """Say what the jobs of a run warned of that began at a time, in seconds since the epoch."""
    warnings = list(describe_warnings(LOGS, since))
    return ["", "Warnings of jobs, and their logs:", *warnings] if warnings else []


def failure_lines(since: float, command: str, options: str) -> list[str]:
    """Say why jobs of a run failed that began at a time, and with which commands to go on."""
    failures = list(describe_failures(LOGS, since))
    if failures and all(failure.startswith(BEFORE_IMAGES) for failure in failures):
        # no image has failed: there are none yet
        return ["", "What failed, by log file:", *failures, "", "Correct this, and run again."]
    return [
        *(["", "What failed, by log file:", *failures] if failures else []),
        "",
        f"How far each image is: {command} --cores 1 status {options}",
        f"To go on without the images that failed: {command} --cores 1 leave_out {options}; then run again",
    ]
