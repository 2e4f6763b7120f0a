"""Which folders `isospine run` takes, and what the BIDS validator has to say."""

import logging
import os
import shutil
from pathlib import Path

import pytest
from support.datasets import image_paths, make_bids, refuses

from isospine.cli import run_checks
from isospine.cli.run_checks import VALIDATOR, check_report_file, choose_folder, create_folder, is_valid
from isospine.jobs.run_folder import RunFolder, find_run, output_of


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return make_bids(tmp_path / "data", image_paths(["01"]))


def test_a_new_folder(dataset: Path, tmp_path: Path) -> None:
    folder = choose_folder(str(dataset), tmp_path / "out", None)
    assert folder == RunFolder(tmp_path / "out", tmp_path / "out" / ".isospine")
    assert not (tmp_path / "out").exists(), "nothing is written before the run"
    folder.create()
    assert (folder.work / "results").resolve() == folder.output
    assert choose_folder(str(dataset), tmp_path / "out", None) == find_run(tmp_path / "out") == folder
    moved = (tmp_path / "out").rename(tmp_path / "elsewhere")
    assert find_run(moved) == RunFolder(moved, moved / ".isospine")
    assert output_of(moved / ".isospine") == moved


def test_a_working_folder_of_its_own(dataset: Path, tmp_path: Path) -> None:
    folder = choose_folder(str(dataset), tmp_path / "out", tmp_path / "work")
    folder.create()
    folder.create()
    assert find_run(tmp_path / "out") == folder and output_of(tmp_path / "work") == tmp_path / "out"
    assert (tmp_path / "work" / "results").resolve() == tmp_path / "out"
    with refuses("--work-dir", str(tmp_path / "work")):
        choose_folder(str(dataset), tmp_path / "out", tmp_path / "other")
    with refuses("--work-dir", "that of the run to"):
        choose_folder(str(dataset), tmp_path / "second", tmp_path / "work").create()
    with refuses("--work-dir", "same folder"):
        choose_folder("demo", tmp_path / "third", tmp_path / "third")


def test_the_dataset_is_only_read(dataset: Path, tmp_path: Path) -> None:
    for inside in (dataset, dataset / "out", dataset / "sub-01", dataset / "derivatives"):
        with refuses("OUT_DIR", "only read"):
            choose_folder(str(dataset), inside, None)
        with refuses("--work-dir", "only read"):
            choose_folder(str(dataset), tmp_path / "out", inside)
    choose_folder(str(dataset), dataset / "derivatives" / "isospine", None)
    (tmp_path / "link").symlink_to(dataset)
    with refuses("OUT_DIR", "only read"):
        choose_folder(str(dataset), tmp_path / "link" / "out", None)


def test_other_peoples_folders_are_refused(dataset: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / ".git").mkdir()
    choose_folder(str(dataset), other, None)
    (other / "thesis.tex").touch()
    with refuses("OUT_DIR", "thesis.tex"):
        choose_folder(str(dataset), other, None)
    with refuses("OUT_DIR", "is a file"):
        choose_folder(str(dataset), other / "thesis.tex", None)


def test_a_folder_that_cannot_be_made(dataset: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for place in (file, file / "out", file / "deeper" / "out"):
        with refuses("OUT_DIR", str(file), "is a file"):
            choose_folder(str(dataset), place, None)
        with refuses("--work-dir", str(file), "is a file"):
            choose_folder(str(dataset), tmp_path / "out", place)
    (tmp_path / "broken").symlink_to("nowhere")
    with refuses("OUT_DIR", "broken link"):
        choose_folder("demo", tmp_path / "broken" / "out", None)
    if Path("/proc/self").is_dir():  # which even root cannot write
        with refuses("OUT_DIR", "/proc/out"):
            create_folder(choose_folder("demo", Path("/proc/out"), None))


def test_where_a_report_goes(tmp_path: Path) -> None:
    (tmp_path / "folder.html").mkdir()
    check_report_file(tmp_path / "report.html")
    check_report_file(tmp_path / "report.zip")
    for name, what in {
        "report.pdf": ".html or .zip",
        "metrics.tsv": ".html or .zip",
        "folder.html": "is a folder",
        "missing/report.html": "is no folder",
    }.items():
        with refuses("-o: ", what):
            check_report_file(tmp_path / name)


def test_one_run_at_a_time(tmp_path: Path) -> None:
    folder = choose_folder("demo", tmp_path / "out", None)
    folder.create()
    with folder.held(), refuses("another run is at work", str(tmp_path / "out")), folder.held():
        pass
    with folder.held():
        pass


def test_a_dataset_that_is_no_valid_bids(
    dataset: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # empty files are errors of their own
    monkeypatch.setattr(run_checks, "_errors", lambda report: _named(report, "sub-01_what_T2w.nii.gz"))
    assert is_valid(str(dataset))
    shutil.copy(dataset / image_paths(["01"])[0], dataset / "sub-01" / "anat" / "sub-01_what_T2w.nii.gz")
    assert not is_valid(str(dataset))
    assert "sub-01_what_T2w.nii.gz" in caplog.text and "--skip-bids-validation" in caplog.text


def _named(report: object, name: str) -> list[str]:
    return [name] if name in str(report) else []


def test_without_a_validator(
    dataset: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    caplog.set_level(logging.WARNING)
    assert is_valid(str(dataset)) and VALIDATOR in caplog.text
    caplog.clear()
    program = tmp_path / "validator"
    program.write_text("#!/bin/sh\necho no network >&2; exit 3\n")
    os.chmod(program, 0o755)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: str(program))
    assert is_valid(str(dataset)) and "no network" in caplog.text
    assert is_valid("demo")
