"""What of a run is shown, by Snakemake's records."""

import logging
import os
import re
import sys
from collections import Counter
from pathlib import Path
from textwrap import dedent
from typing import Any

from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_isospine.screen import Screen

#: Snakemake's logger. What a Snakefile says through a child of it is shown.
SNAKEMAKE = "snakemake.logging"
#: Beginnings of what Snakemake says before a run, and when it makes a report, that no user needs.
ROUTINE = (
    *(
        "Config file ",
        "Workflow defines that rule ",
        "Assuming unrestricted shared filesystem",
        "Building DAG",
    ),
    *("Loading script code", "Adding ", "Downloading resource"),
)
INTERRUPTED = "Terminating processes"
#: Beginnings of what Snakemake says during a run that users need.
NEWS = ("Nothing to be done", "Trying to restart", "Will exit after finishing", INTERRUPTED)
#: Beginnings of errors that only say that a job failed.
ECHOES = (
    *("Exiting because a job execution failed", "WorkflowError:\nAt least one job did not complete"),
    "RuleException:\nCalledProcessError",
)
#: What this workflow refuses while it plans: Snakemake adds where in the code, and a traceback.
REFUSED = re.compile(
    r"InputFunctionException in .*\nError:\n  WorkflowError:\n(?P<why>(?:    .*\n)+)Wildcards:"
)
LOG_HINT = "Complete log(s): "


class LogHandler(LogHandlerBase):
    """Shows a run as one line of progress, its warnings and failures, and what the Snakefile itself says.

    Where details are asked for (``--verbose``, ``--printshellcmds``, ``--debug-dag``, ``--dry-run`` without ``--quiet all``), it
    leaves the terminal to Snakemake's own handler. Records with these events come from the Snakefile, through a child of Snakemake's logger:

    - ``plan``: all jobs are known, `jobs` of them; a line that stays
    - ``outlook``: `line` belongs in the line of progress
    - ``failures``: a summary, for where failures were not shown as they came
    - ``next steps``: how to go on after failures, for where a run was not merely stopped
    """

    def __post_init__(self) -> None:
        """Begin with nothing done."""
        asked = self.common_settings
        quiet = Quietness.ALL in (asked.quiet or ())
        planning = asked.dryrun and not quiet
        self._only_errors = quiet and not asked.dryrun
        self._steps_aside = bool(asked.verbose or asked.printshellcmds or asked.debug_dag or planning)
        self._screen = Screen(sys.stdout if asked.stdout else sys.stderr)
        self._started_in = os.getcwd()  # before Snakemake goes where --directory says
        self._started = False
        self._done = 0
        self._total: int | None = None
        self._outlook = ""
        self._running: dict[int, str] = {}
        self._failures, self._interrupted = 0, False

    @property
    def writes_to_stream(self) -> bool:
        """Whether this handler takes the place of Snakemake's own on the terminal."""
        return not self._steps_aside

    @property
    def writes_to_file(self) -> bool:
        """Snakemake's own log file has the details."""
        return False

    @property
    def has_filter(self) -> bool:
        """Snakemake's filter is used, but not for ``--quiet all``, of which it would drop errors too."""
        return self._only_errors

    @property
    def has_formatter(self) -> bool:
        """Nothing is shown in Snakemake's format."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """Not needed."""
        return False

    def emit(self, record: logging.LogRecord) -> None:
        """Show what a record means for users, which may be nothing."""
        if self._steps_aside or (self._only_errors and record.levelno < logging.ERROR):
            return
        try:
            self._show(record)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Remove the line of progress."""
        self._screen.close()
        super().close()

    def _show(self, record: logging.LogRecord) -> None:
        told = record.__dict__
        match told.get("event"):
            case LogEvent.WORKFLOW_STARTED:
                self._started = True
            case LogEvent.JOB_INFO:
                self._begin(told)
            case LogEvent.JOB_FINISHED:
                self._running.pop(told["job_id"], None)
            case LogEvent.PROGRESS:
                self._done = told["done"]
                self._draw()
            case LogEvent.JOB_ERROR:
                self._fail(told)
            case LogEvent.GROUP_ERROR:
                self._fail_group(told)
            case "plan":
                self._total = told["jobs"]
                self._screen.say(record.getMessage())
            case "outlook":
                self._outlook = told["line"]
            case "failures" if self._failures:
                pass
            case "next steps" if self._interrupted and not self._failures:
                pass
            case event:
                self._say(record, plain=event in (None, LogEvent.ERROR, "failures"))

    def _begin(self, job: dict[str, Any]) -> None:
        self._running[job["jobid"]] = job["rule_name"]
        if job["output"]:
            self._draw()
        else:
            self._screen.close()  # a job without files writes to the terminal

    def _draw(self) -> None:
        done = f"{self._done} jobs done" if self._total is None else f"{self._done} of {self._total} jobs"
        rules = [rule for rule, _ in Counter(self._running.values()).most_common(2)]
        line = ", ".join([done] + [self._outlook] * bool(self._outlook))
        self._screen.progress(f"{line}: {', '.join(rules)}" if rules else line, self._done, self._total)

    def _say(self, record: logging.LogRecord, plain: bool) -> None:
        text = record.getMessage()
        if record.name != SNAKEMAKE:
            self._screen.say(text)
        elif text.startswith(LOG_HINT):
            if self._total or self._failures:
                self._screen.say(f"Log of the run:  {self._from_start(text.removeprefix(LOG_HINT))}")
        elif plain and self._is_wanted(record, text):
            self._interrupted |= text.startswith(INTERRUPTED)
            refused = REFUSED.match(text)
            self._screen.say(f"error: {dedent(refused['why'])}".strip() if refused else text.strip("\n"))

    def _is_wanted(self, record: logging.LogRecord, text: str) -> bool:
        if text.startswith((*ROUTINE, *ECHOES)):
            return False
        return record.levelno >= logging.WARNING or not self._started or text.startswith(NEWS)

    def _fail(self, job: dict[str, Any]) -> None:
        self._running.pop(job["jobid"], None)
        reasons = _reasons(job["log"])
        if reasons or not job["indent"]:  # indented: of a group, whose other jobs may have succeeded
            self._say_failed(job["rule_name"], reasons, job["rule_msg"], job["log"])

    def _fail_group(self, group: dict[str, Any]) -> None:
        jobs = group["job_error_info"]
        if not any(_reasons(job["log"]) for job in jobs):
            rules = ", ".join(dict.fromkeys(job["rule_name"] for job in jobs))
            logs = [*group["aux_logs"], *(log for job in jobs for log in job["log"])]
            self._say_failed(f"a group of {rules}", [], None, logs)

    def _say_failed(self, what: str, reasons: list[str], message: str | None, logs: list[str]) -> None:
        if self._interrupted and not reasons:
            return
        self._failures += 1
        reason = "; ".join(reasons) or message or "killed, or ended without an error in its log"
        shown = ", ".join(map(self._from_start, logs))
        self._screen.say(f"Failed: {what}: {reason}" + (f" ({shown})" if logs else ""))

    def _from_start(self, path: str) -> str:
        """Path as it is seen from where the command was given."""
        real, start = Path(os.path.realpath(path)), os.path.realpath(self._started_in)
        return str(real.relative_to(start) if real.is_relative_to(start) else real)


def _reasons(logs: list[str]) -> list[str]:
    """Errors at the ends of logs."""
    # the Snakefile decides which isospine is imported, so this is not imported before it was read
    from isospine.jobs.failures import reason_of

    found = (reason_of(Path(log)) for log in logs if Path(log).is_file())
    return [reason for reason in found if reason]
