"""Say during a run how many jobs it has, and how long they will take; standard library only."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence

from isospine.words import count, duration

#: Rule and wildcards of a job.
Job = tuple[str, Mapping[str, str]]


class TimeLeft:
    """Estimate the remaining time of a run from its speed so far.

    The work of a job is its cost by the cost model, so that hours of training weigh more than a table. How fast
    the work is done, on how many cores, is measured.

    Parameters
    ----------
    pause : float
        Seconds from one estimate to the next, and to the first one.
    """

    def __init__(self, pause: float = 15.0) -> None:
        self._pause, self._said = pause, 0.0
        self._start: tuple[float, float] | None = None

    def due(self, now: float) -> bool:
        """Check whether the last estimate, or the start, was long enough ago, at a time in seconds."""
        return self._start is None or now >= self._said + self._pause

    def estimate(self, now: float, work: float) -> float | None:
        """Seconds that are left.

        Parameters
        ----------
        now : float
            Seconds of any clock.
        work : float
            Seconds that the jobs that are not finished would take by the cost model.

        Returns
        -------
        float or None
            None where nothing is known yet: at first, and where the work became more.
        """
        if self._start is None or work > self._start[1]:
            self._start, self._said = (now, work), now
            return None
        begun, at_first = self._start
        if work == at_first:
            return None
        self._said = now
        return (now - begun) * work / (at_first - work)


class Outlook(logging.Handler):
    """Follows a run by Snakemake's records, and adds what the plan tells about it.

    Its records have the event ``plan`` once all jobs are known, with their number as `jobs`, and ``outlook`` now and then,
    with a short form as `line` for a line of progress.

    Parameters
    ----------
    logger : Logger
        For what is added.
    remaining : callable
        Jobs that are not finished; None while not all are known.
    work_of : callable
        Seconds that a job takes by the cost model, by its rule and wildcards.
    tell_results : callable
        Says where the results are; called where there is nothing to be done.
    tell_plan : callable
        Says what a dry run would do; called once before it shows its jobs.
    """

    def __init__(
        self,
        logger: logging.Logger,
        remaining: Callable[[], Sequence[Job] | None],
        work_of: Callable[[str, Mapping[str, str]], float],
        tell_results: Callable[[], None],
        tell_plan: Callable[[], None],
    ) -> None:
        super().__init__()
        self._logger, self._tell_results = logger, tell_results
        self._tell_dry_run, self._dry_run_told = tell_plan, False
        self._remaining, self._work_of = remaining, work_of
        self._time_left = TimeLeft()
        self._images: int | None = None
        self._done = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Add a line to what was said, or none."""
        try:
            event = getattr(record, "event", None)
            if event == "job_info" and self._images is None:
                self._tell_plan()
            elif event == "run_info" and not self._dry_run_told:
                self._dry_run_told = True
                self._tell_dry_run()
            elif event == "progress":
                self._done = record.__dict__["done"]
                if self._done < record.__dict__["total"]:
                    self._tell_time()
            elif str(record.msg).startswith("Nothing to be done"):
                self._tell_results()
        except Exception:
            # a run does not end for want of these lines
            self.handleError(record)

    def _tell_plan(self) -> None:
        jobs = self._remaining()
        if jobs is None:
            return
        self._images = len(_images(jobs))
        if self._images:
            total = self._done + len(jobs)
            known = "The images are known now: " if self._done else ""
            text = f"{known}{count(total, 'job')} for {count(self._images, 'image')}."
            self._logger.info(text, extra={"event": "plan", "jobs": total})

    def _tell_time(self) -> None:
        now = time.monotonic()
        jobs = self._remaining() if self._images and self._time_left.due(now) else None
        if self._images is None or not jobs:
            return
        left = self._time_left.estimate(now, sum(self._work_of(*job) for job in jobs))
        if left is not None:
            until = time.strftime("%a %H:%M", time.localtime(time.time() + left))
            text = f"bout {duration(left)} left, until {until}"
            images = f"{self._images - len(_images(jobs))} of {count(self._images, 'image')}"
            self._logger.info(f"A{text}.", extra={"event": "outlook", "line": f"{images}, a{text}"})


def _images(jobs: Sequence[Job]) -> set[str]:
    return {wildcards["image"] for _, wildcards in jobs if "image" in wildcards}
