import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from isospine.jobs import companion
from isospine.jobs.companion import Companion, failure_lines, warning_lines

PROGRESS = "progress"


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("companion")
    logger.setLevel(logging.INFO)
    yield logger
    logger.handlers.clear()


def progress(logger: logging.Logger, done: int, total: int) -> None:
    logger.info("", extra={"event": PROGRESS, "done": done, "total": total})


def test_the_time_left_follows_the_progress(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, work = iter([0.0, 100.0, 101.0, 200.0]), iter([400.0, 200.0])
    monkeypatch.setattr(companion.time, "monotonic", lambda: next(clock))
    logger.addHandler(Companion(logger, PROGRESS, lambda: next(work), lambda: None))
    progress(logger, 1, 9)
    progress(logger, 5, 9)
    progress(logger, 6, 9)  # too soon for another estimate
    progress(logger, 9, 9)  # nothing is left
    said = [text for text in caplog.messages if text]
    assert len(said) == 1 and said[0].startswith("About 1 min 40 s left, until ")


def test_where_results_and_report_are(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(companion.sys, "argv", ["snakemake", "--report", "mine.html"])
    logger.addHandler(Companion(logger, PROGRESS, lambda: None, lambda: told.append("results")))
    logger.info("Nothing to be done (all requested files are present and up to date).")
    assert told == ["results"]
    logger.info("Report created.")
    assert (
        caplog.messages[-2] == f"The report:      {Path.cwd() / 'mine.html'}"
    )  # the record of Snakemake comes last here


def test_a_run_does_not_end_for_want_of_a_line(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> float:
        raise RuntimeError("no plan")

    logger.addHandler(Companion(logger, PROGRESS, broken, lambda: None))
    progress(logger, 1, 9)
    assert "no plan" in capsys.readouterr().err


@pytest.mark.parametrize("step", ["index", "clone"])
def test_nobody_is_to_leave_out_images_that_are_not_known(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    logs = tmp_path / "results/logs"
    logs.mkdir(parents=True)
    (logs / f"{step}.log").write_text("ERROR: dataset.subjects: 09 not in the dataset\n")
    said = failure_lines(0, "snakemake", "--directory run")
    assert said[2] == f"results/logs/{step}.log: dataset.subjects: 09 not in the dataset"
    assert not [line for line in said if "leave_out" in line or "status" in line]
    (logs / "view.log").write_text("ERROR: sub-01: not isotropic\n")
    assert [line for line in failure_lines(0, "snakemake", "") if "leave_out" in line]


def test_last_words_of_a_run_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    logs = tmp_path / "results/logs"
    logs.mkdir(parents=True)
    assert warning_lines(0) == []
    assert failure_lines(0, "snakemake", "--directory run")[0] == ""
    (logs / "view.log").write_text("WARNING: thick along one direction\nERROR: sub-01: not isotropic\n")
    (logs / "old.log").write_text("ERROR: of another run\n")
    os.utime(logs / "old.log", (1, 1))
    assert warning_lines(100) == [
        *("", "Warnings of jobs, and their logs:", "thick along one direction (results/logs/view.log)")
    ]
    assert failure_lines(100, "snakemake", "--directory run") == [
        *("", "What failed, by log file:", "results/logs/view.log: sub-01: not isotropic", ""),
        "How far each image is: snakemake --cores 1 status --directory run",
        "To go on without the images that failed: snakemake --cores 1 leave_out --directory run; then run again",
    ]
