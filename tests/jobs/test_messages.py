"""What the terminal says beside Snakemake's own lines."""

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from isospine.jobs.messages import (
    command_name,
    failure_lines,
    isospine_commands,
    next_steps,
    options_again,
    report_refusal,
    results_lines,
    snakemake_commands,
    warning_lines,
)
from isospine.words import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (12_345, "3 h 25 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_options_mean_the_same_run(tmp_path: Path) -> None:
    home = tmp_path / "my isospine"
    (home / "workflow").mkdir(parents=True)
    (home / "Snakefile").touch()
    (home / "workflow" / "Snakefile").touch()
    for own in ("Snakefile", "workflow/Snakefile"):
        assert options_again(home / own, home, None, [], []) == ""
    files = [home / "my config.yaml", Path("/data/other.yaml")]
    options = options_again(home / "Snakefile", home, None, files, ["seeds=[0, 1]"])
    expected = ["--configfile", "my config.yaml", "/data/other.yaml", "--config", "seeds=[0, 1]"]
    assert shlex.split(options) == expected
    options = options_again(home / "Snakefile", tmp_path, Path("run"), [], [])
    assert shlex.split(options) == ["--snakefile", str(home / "Snakefile"), "--directory", "run"]


def test_snakemake_is_called_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / ".venv" / "bin" / "snakemake"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command_name(".venv/bin/snakemake", tmp_path) == ".venv/bin/snakemake"
    assert command_name(str(program), tmp_path) == ".venv/bin/snakemake"
    assert command_name("/python/snakemake/__main__.py", tmp_path) == "snakemake"
    monkeypatch.setenv("PATH", str(program.parent))
    assert shutil.which("snakemake") == str(program)
    assert command_name(".venv/bin/snakemake", tmp_path) == "snakemake"


def test_last_lines_of_a_run() -> None:
    lines = results_lines(2, 1, 3, 1, 125, "results", "metrics.tsv", "snakemake --report report.html")
    assert lines[0] == "2 images (1 more image left out), 3 network settings and 1 baseline, in 2 min 5 s."
    assert [re.split(": +", line)[1] for line in lines[1:]] == [
        "results/report/index.html",
        "results/metrics.tsv",
        "snakemake --report report.html",
    ]
    assert results_lines(1, 0, 0, 2, None, "results", "metrics.tsv", "")[0] == "1 image, 2 baselines."


def test_a_report_of_unfinished_results_is_refused_with_the_command_to_run() -> None:
    assert report_refusal([], snakemake_commands("snakemake", "--configfile a.yaml")) is None
    assert report_refusal(["all"], snakemake_commands("snakemake", "")) is None
    rules = ["all", "train", "train", "index", "a", "b", "c", "d"]
    text = report_refusal(rules, snakemake_commands("bin/snakemake", "--configfile a.yaml")) or ""
    assert "7 jobs" in text and "train (2)" in text and "..." in text
    assert "bin/snakemake --cores all --configfile a.yaml\n" in text
    assert "leave_out --configfile a.yaml" in text


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    logs = tmp_path / "results/logs"
    logs.mkdir(parents=True)
    return logs


@pytest.mark.parametrize("step", ["index", "clone"])
def test_nobody_is_to_leave_out_images_that_are_not_known(step: str, logs: Path) -> None:
    (logs / f"{step}.log").write_text("ERROR: dataset.subjects: 09 not in the dataset\n")
    assert failure_lines(0)[2] == f"results/logs/{step}.log: dataset.subjects: 09 not in the dataset"
    assert next_steps(0, snakemake_commands("snakemake", "--directory run")) == [
        "",
        "Correct this, and run again.",
    ]
    (logs / "view.log").write_text("ERROR: sub-01: not isotropic\n")
    assert [line for line in next_steps(0, snakemake_commands("snakemake", "")) if "leave_out" in line]


def test_last_words_of_a_run_that_failed(logs: Path) -> None:
    assert warning_lines(0) == failure_lines(0) == []
    (logs / "view.log").write_text("WARNING: thick along one direction\nERROR: sub-01: not isotropic\n")
    (logs / "old.log").write_text("ERROR: of another run\n")
    os.utime(logs / "old.log", (1, 1))
    assert warning_lines(100) == [
        *("", "Warnings of jobs, and their logs:", "thick along one direction (results/logs/view.log)")
    ]
    assert failure_lines(100) == [
        *("", "What failed, by log file:", "results/logs/view.log: sub-01: not isotropic")
    ]
    assert next_steps(100, snakemake_commands("snakemake", "--directory run")) == [
        "",
        "How far each image is: snakemake --cores 1 status --directory run",
        "To go on without the images that failed: snakemake --cores 1 leave_out --directory run; then run again",
    ]


def test_commands_of_isospine_run_need_no_options(logs: Path) -> None:
    commands = isospine_commands("/data/my study", Path("/out"))
    (logs / "view.log").write_text("ERROR: sub-01: not isotropic\n")
    assert next_steps(0, commands)[1:] == [
        "How far each image is: isospine status /out",
        "To go on without the images that failed: isospine run '/data/my study' /out group",
    ]
    assert "isospine run '/data/my study' /out participant\n" in (report_refusal(["train"], commands) or "")
