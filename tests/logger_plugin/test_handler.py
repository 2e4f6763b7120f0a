"""What of Snakemake's records the terminal shows."""

import io
import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry
from snakemake_interface_logger_plugins.tests import MockOutputSettings, TestLogHandlerBase

from snakemake_logger_plugin_isospine.handler import SNAKEMAKE, LogHandler

JOB = {"jobid": 1, "rule_name": "train", "rule_msg": None, "indent": False, "output": ["a.nii.gz"]}


class TestContract(TestLogHandlerBase):
    """What Snakemake asks of a logger plugin."""

    __test__ = True

    def get_log_handler_cls(self) -> type[LogHandlerBase]:
        return LogHandler

    def get_log_handler_settings(self) -> Any:
        return None


def handler(**asked: Any) -> LogHandler:
    settings = MockOutputSettings()
    settings.printshellcmds = False
    for name, value in asked.items():
        setattr(settings, name, value)
    return LogHandler(settings, None)


def send(
    shown: LogHandler, text: str = "", level: int = logging.INFO, name: str = SNAKEMAKE, **told: Any
) -> None:
    record = logging.LogRecord(name, level, "file", 1, text, (), None)
    record.__dict__.update(told)
    shown.emit(record)


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Send a record of a run that has started; give what the terminal shows of it."""
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)
    shown = handler()
    send(shown, event="workflow_started")

    def show(text: str = "", **told: Any) -> str:
        before = terminal.tell()
        send(shown, text, **told)
        return terminal.getvalue()[before:]

    return show


def test_snakemake_finds_the_plugin() -> None:
    assert LoggerPluginRegistry().is_installed("isospine")


def test_a_plan_that_is_quiet_shows_what_the_snakefile_says(capsys: pytest.CaptureFixture[str]) -> None:
    shown = handler(dryrun=True, quiet={Quietness.ALL})
    send(shown, "Building DAG of jobs...")
    send(shown, "Time: 5 min", name=f"{SNAKEMAKE}.isospine")
    assert capsys.readouterr().err == "Time: 5 min\n"


def test_errors_are_never_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    shown = handler(quiet={Quietness.ALL})
    assert shown.has_filter and not handler().has_filter
    send(shown, "2 jobs", name=f"{SNAKEMAKE}.isospine")
    send(shown, "dataset.source: nothing there", logging.ERROR)
    assert capsys.readouterr().err == "dataset.source: nothing there\n"


@pytest.mark.parametrize("asked", ["verbose", "printshellcmds", "debug_dag", "dryrun"])
def test_who_asks_for_details_gets_those_of_snakemake(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert handler().writes_to_stream
    shown = handler(**{asked: True})
    assert not shown.writes_to_stream
    send(shown, "a warning", logging.WARNING)
    assert not capsys.readouterr().err


def test_what_comes_before_a_run_is_shown_but_for_routine(capsys: pytest.CaptureFixture[str]) -> None:
    shown = handler()
    send(shown, "Workflow defines that rule view is eligible for caching between workflows.")
    send(shown, "Building DAG of jobs...")
    send(shown, "Congratulations, your workflow is in a good condition!")
    assert capsys.readouterr().err == "Congratulations, your workflow is in a good condition!\n"


def test_of_a_run_only_news_is_shown(show: Any) -> None:
    assert not show("Select jobs to execute...")
    assert not show("1 job", event="run_info")
    assert not show("", event="job_info", **JOB)
    assert show("disk almost full", level=logging.WARNING) == "disk almost full\n"
    assert show("Nothing to be done.") == "Nothing to be done.\n"
    assert show("\nthe results", name=f"{SNAKEMAKE}.isospine") == "\nthe results\n"


@pytest.mark.parametrize(
    "text",
    [
        "Exiting because a job execution failed. Look below for error messages",
        "WorkflowError:\nAt least one job did not complete successfully.",
        'RuleException:\nCalledProcessError in file "views.smk", line 27:\nCommand "x" died.',
    ],
)
def test_errors_that_only_repeat_a_failure_are_not_shown(show: Any, text: str) -> None:
    assert not show(text, level=logging.ERROR, event="error")
    assert show("MissingInputException: x", level=logging.ERROR, event="error")


def test_a_failed_job_has_its_error_in_one_line(show: Any, tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text("epoch 1\nERROR: sub-01: not isotropic\n")
    summary = {"text": "What failed", "level": logging.ERROR, "event": "failures"}
    assert show(**summary) == "What failed\n", "not shown yet"
    failed = show("", level=logging.ERROR, event="job_error", **JOB, log=[str(log)])
    assert failed == f"Failed: train: sub-01: not isotropic ({log})\n"
    assert not show(**summary), "shown as it came"


def test_a_killed_job_says_so(show: Any, tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text("epoch 1\n")
    failed = show("", level=logging.ERROR, event="job_error", **JOB, log=[str(log)])
    assert failed == f"Failed: train: killed, or ended without an error in its log ({log})\n"


def test_of_a_group_the_jobs_that_failed_are_shown(show: Any, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.log", tmp_path / "good.log"
    bad.write_text("ERROR: no cord\n")
    good.write_text("took 3 s\n")
    grouped = [JOB | {"indent": True, "log": [str(log)]} for log in (bad, good)]
    group = {"event": "group_error", "level": logging.ERROR, "aux_logs": ["slurm.log"]}
    assert not show(job_error_info=grouped, **group)
    assert [show(event="job_error", **job) for job in grouped] == [f"Failed: train: no cord ({bad})\n", ""]
    killed = show(job_error_info=grouped[1:], **group)
    assert (
        killed
        == f"Failed: a group of train: killed, or ended without an error in its log (slurm.log, {good})\n"
    )


def test_what_an_interruption_kills_has_not_failed(show: Any, tmp_path: Path) -> None:
    assert show("Terminating processes on user request, this might take some time.")
    assert not show("", level=logging.ERROR, event="job_error", **JOB, log=[])


def test_the_log_is_named_where_there_was_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """By its path from where the command was given."""
    monkeypatch.chdir(tmp_path)
    show = request.getfixturevalue("show")
    monkeypatch.chdir("/")  # as --directory
    hint = f"Complete log(s): {tmp_path / '.snakemake/log/one.log'}"
    assert not show(hint)
    assert show("The images are known now: 9 jobs.", event="plan", jobs=9, name=f"{SNAKEMAKE}.isospine")
    assert show(hint) == "Log of the run:  .snakemake/log/one.log\n"


def test_progress_counts_jobs_and_never_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, lines = handler(), []
    monkeypatch.setattr(shown._screen, "progress", lambda *line: lines.append(line))
    send(shown, event="job_info", **JOB)
    send(shown, event="progress", done=1, total=2)
    send(shown, "9 jobs.", event="plan", jobs=9)
    send(shown, event="outlook", line="1 of 2 images, about 5 min left")
    send(shown, event="job_finished", job_id=1)
    send(shown, event="progress", done=2, total=9)
    assert lines == [
        ("0 jobs done: train", 0, None),
        ("1 jobs done: train", 1, None),
        ("2 of 9 jobs, 1 of 2 images, about 5 min left", 2, 9),
    ]


def test_a_job_that_writes_to_the_terminal_has_it_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, did = handler(), []
    monkeypatch.setattr(shown._screen, "progress", lambda *line: did.append("progress"))
    monkeypatch.setattr(shown._screen, "close", lambda: did.append("close"))
    send(shown, event="job_info", **JOB)
    send(shown, event="job_info", **(JOB | {"output": []}))
    assert did == ["progress", "close"]


def test_what_the_workflow_refuses_is_one_line(show: Any) -> None:
    text = (
        'InputFunctionException in rule all in file "/w/Snakefile", line 48:\nError:\n  WorkflowError:\n'
        "    dataset.sessions: zz not in the dataset\nWildcards:\n\nTraceback:\n  File ...\n"
    )
    said = show(text, level=logging.ERROR, event=LogEvent.ERROR, exception="InputFunctionException")
    assert said == "error: dataset.sessions: zz not in the dataset\n"


def test_a_run_that_was_stopped_needs_no_advice_on_failures(show: Any) -> None:
    advice = {"name": f"{SNAKEMAKE}.isospine", "event": "next steps"}
    assert show("go on", **advice) == "go on\n"
    show("Terminating processes on user request, this might take some time.")
    assert show("go on", **advice) == ""
