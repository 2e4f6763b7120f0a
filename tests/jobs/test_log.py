import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from isospine.jobs.steering import STEERING

SOURCE = Path(__file__).parents[2] / "src"


def run_job(log: Path, body: str) -> subprocess.CompletedProcess[str]:
    """Run Python lines inside `job_log` in a process of their own."""
    lines = "\n    ".join(body.splitlines())
    script = (
        "import os, sys\nfrom isospine.errors import InputError\nfrom isospine.jobs.log import job_log\n"
        f"with job_log({str(log)!r}):\n    {lines}\nprint('after')\n"
    )
    # without what a log would name first
    environment = {name: value for name, value in os.environ.items() if not STEERING.fullmatch(name)}
    environment["PYTHONPATH"] = str(SOURCE)
    environment.pop("PYTHONUNBUFFERED", None)
    return subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )


def test_everything_that_a_job_prints_goes_into_its_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "a job.log"
    body = "print('out')\nprint('err', file=sys.stderr)\nos.system('echo child; echo bad >&2')"
    done = run_job(log, body)
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""
    *said, took, after = log.read_text().splitlines()
    assert sorted(said) == ["bad", "child", "err", "out"]
    assert re.fullmatch(r"took \d+\.\d s and at most [1-9]\d+ MB of memory", took)
    assert after == "after"


def test_an_input_error_ends_the_job_with_its_message_last(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    done = run_job(log, "print('working')\nraise InputError('a.nii.gz: no such file; fetch it')")
    assert done.returncode == 1
    assert log.read_text().splitlines() == ["working", "ERROR: a.nii.gz: no such file; fetch it"]


def test_an_error_of_the_code_ends_the_job_with_a_traceback(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    done = run_job(log, "print('working')\n1 / 0")
    assert done.returncode == 1
    lines = log.read_text().splitlines()
    assert lines[:2] == ["working", "Traceback (most recent call last):"]
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_a_log_of_an_earlier_run_is_replaced(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    log.write_text("a long text of the run before\n" * 10)
    run_job(log, "print('new')")
    new, _, after = log.read_text().splitlines()
    assert (new, after) == ("new", "after")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which takes no byte")
@pytest.mark.parametrize("body", ["raise InputError('a.nii.gz: no space')", "os.abort.no_such_name"])
def test_an_error_that_the_log_has_no_space_for_is_on_the_terminal(body: str) -> None:
    done = run_job(Path("/dev/full"), f"print('working')\n{body}")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert (
        last == "ERROR: a.nii.gz: no space" if "InputError" in body else last.startswith("AttributeError: ")
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which takes no byte")
def test_a_log_without_space_for_what_a_job_prints_is_named() -> None:
    done = run_job(Path("/dev/full"), "print('working', flush=True)")
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR: /dev/full: no space left to write it")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("blocked", ["logs", "logs/deeper"])
def test_an_unwritable_log_folder_ends_the_job(tmp_path: Path, blocked: str) -> None:
    (tmp_path / "logs").write_text("")
    done = run_job(tmp_path / blocked / "job.log", "print('never')")
    assert done.returncode == 1
    assert str(tmp_path / blocked) in done.stderr
    assert "never" not in done.stdout


@pytest.mark.parametrize(
    "body",
    [
        "raise InputError('/data/\\x1b[31m\\n: damaged')",
        "raise ValueError('/data/\\x1b[31m: damaged')",
        "import logging\nlogging.getLogger('isospine.x').warning('%s', '/data/\\x1b[31m\\n')",
    ],
)
def test_names_in_a_log_are_not_acted_on_by_a_terminal(tmp_path: Path, body: str) -> None:
    run_job(tmp_path / "job.log", body)
    text = (tmp_path / "job.log").read_text()
    # of a traceback, which shows the line of the code, too
    assert "\x1b" not in text and "/data/\\x1b[31m" in text
