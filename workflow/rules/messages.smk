"""What the terminal says beside Snakemake's own lines: how long a run takes, what it made, and why it failed."""

import logging
import sys
import time

from snakemake_interface_logger_plugins.common import LogEvent

from isospine.jobs.failures import describe_failures, describe_warnings
from isospine.jobs.messages import (
    TimeLeft,
    command_name,
    options_again,
    report_file,
    results_lines,
)
from isospine.words import duration

STARTED = time.time()
STARTED_IN = Path(workflow.rundir)
#: What --directory was told.
ELSEWHERE = (
    None if workflow.overwrite_workdir is None else Path(workflow.overwrite_workdir)
)
OPTIONS = options_again(
    Path(workflow.main_snakefile),
    STARTED_IN,
    ELSEWHERE,
    workflow.config_settings.configfiles,
    list(workflow.config_settings.config_args or []),
)
COMMAND = command_name(sys.argv[0], STARTED_IN)

#: Seconds of a job that gathers from the whole run.
GATHERING = 3


def work_left():
    """Seconds that the jobs to come would take by the cost model; None while they are not all known."""
    jobs = list(workflow.dag.needrun_jobs())
    if any(job.rule.name in ("clone", "index") for job in jobs):
        return None
    return sum(work_of(job.rule.name, job.wildcards) for job in jobs)


def work_of(name, wildcards):
    """Seconds of one job of a rule."""
    step = "train" if name.startswith("train_") else name
    known = cost.ACQUIRED_STEPS if ACQUIRED else cost.STEPS
    if step in known and "image" in wildcards.keys():
        return cost_of(step, wildcards).seconds
    return GATHERING


def tell_warnings():
    """Say what the jobs of this run warned of."""
    warnings = list(describe_warnings(Path("results/logs"), STARTED))
    if warnings:
        logger.warning("\n".join(["", "Warnings of jobs, and their logs:", *warnings]))


def tell_results(seconds=None):
    """Say where the results are that were asked for: those of a whole run, or an export."""
    targets = set(map(str, workflow.dag_settings.targets))
    folder = ELSEWHERE or Path()
    if targets & {"export", "export_datalad"}:
        logger.info(f"\nThe dataset to share: {folder / 'export'}")
        return
    part = workflow.dag_settings.until or workflow.dag_settings.omit_from
    if targets - {"all"} or part:
        return
    lines = results_lines(
        images=len(manifest_rows()),
        left_out=len(LEFT_OUT),
        networks=len({method.name for method in METHODS.values()}),
        baselines=len(config["baselines"]),
        seconds=seconds,
        folder=str(folder / "results"),
        table=Path(results_table(None)).name,
        command=f"{COMMAND} --report report.html {OPTIONS}".rstrip(),
    )
    logger.info("\n".join(["", *lines]))


class Companion(logging.Handler):
    """Adds to what Snakemake says: the time left to its progress, and where things are to its last word."""

    time_left = TimeLeft()

    def emit(self, record):
        try:
            if getattr(record, "event", None) == LogEvent.PROGRESS:
                self.tell_time(record.done, record.total)
            elif record.msg == "Report created.":
                logger.info(f"The report:      {Path.cwd() / report_file(sys.argv)}")
            elif str(record.msg).startswith("Nothing to be done"):
                if not workflow.dryrun:
                    tell_results()
        except Exception:
            # a run does not end for want of these lines
            self.handleError(record)

    def tell_time(self, done, total):
        now = time.monotonic()
        if done < total and self.time_left.due(now):
            work = work_left()
            left = None if work is None else self.time_left.estimate(now, work)
            if left is not None:
                until = time.strftime("%a %H:%M", time.localtime(time.time() + left))
                logger.info(f"About {duration(left)} left, until {until}.")


if workflow.is_main_process:
    logger.addHandler(Companion())


onsuccess:
    tell_warnings()
    tell_results(time.time() - STARTED)


onerror:
    tell_warnings()
    failures = list(describe_failures(Path("results/logs"), STARTED))
    if failures:
        print("\nWhat failed, by log file:", *failures, sep="\n", file=sys.stderr)
    print(
        f"\nHow far each image is: {COMMAND} --cores 1 status {OPTIONS}",
        f"To go on without the images that failed: {COMMAND} --cores 1 leave_out "
        f"{OPTIONS}; then run again",
        sep="\n",
        file=sys.stderr,
    )
