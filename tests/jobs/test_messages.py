"""What the terminal says beside Snakemake's own lines."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from isospine.jobs.messages import (
    TimeLeft,
    command_name,
    options_again,
    report_file,
    report_refusal,
    results_lines,
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


def test_time_left_goes_by_work_not_by_jobs() -> None:
    """A tenth of the work was done in 20 s, whatever the number of jobs was."""
    left = TimeLeft(pause=15)
    assert left.estimate(100, work=1000) is None
    assert not left.due(114) and left.due(115)
    assert left.estimate(120, work=900) == pytest.approx(180)
    assert not left.due(134) and left.due(135)


def test_time_left_begins_anew_when_the_images_become_known() -> None:
    left = TimeLeft()
    left.estimate(0, work=10)
    assert left.estimate(50, work=10) is None, "nothing was done"
    assert left.estimate(100, work=1000) is None
    assert left.estimate(110, work=500) == pytest.approx(10)


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
        "results/report/overview.html",
        "results/metrics.tsv",
        "snakemake --report report.html",
    ]
    assert results_lines(1, 0, 0, 2, None, "results", "metrics.tsv", "")[0] == "1 image, 2 baselines."


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["--report"], "report.html"),
        (["--report", "--cores", "1"], "report.html"),
        (["--report", "my.zip", "--cores", "1"], "my.zip"),
        (["--configfile", "a.yaml", "--report=new/my.html"], "new/my.html"),
        (["--report", "--report-html-path", "my.html"], "my.html"),
    ],
)
def test_file_of_the_report(arguments: list[str], path: str) -> None:
    assert report_file(["snakemake", *arguments]) == path


def test_a_report_of_unfinished_results_is_refused_with_the_command_to_run() -> None:
    assert report_refusal([], "snakemake", "--configfile a.yaml") is None
    assert report_refusal(["all"], "snakemake", "") is None
    rules = ["all", "train", "train", "index", "a", "b", "c", "d"]
    text = report_refusal(rules, "bin/snakemake", "--configfile a.yaml") or ""
    assert "7 jobs" in text and "train (2)" in text and "..." in text
    assert "bin/snakemake --cores all --configfile a.yaml\n" in text
    assert "leave_out --configfile a.yaml" in text
