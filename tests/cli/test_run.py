"""`isospine run` and the commands on a run: what they refuse before Snakemake starts, and what they leave as it is."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support.datasets import image_paths, make_bids

from isospine.cli import run
from isospine.cli.main import main
from isospine.jobs.run_folder import RunFolder, find_run


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return make_bids(tmp_path / "data", image_paths(["01", "02"]))


@pytest.fixture
def made(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run of both subjects, of which the first has results; Snakemake is never started."""
    monkeypatch.setattr(run, "call_snakemake", lambda _: 0)
    output = tmp_path / "out"
    assert main(["run", str(dataset), str(output), "participant", "--skip-bids-validation"]) == 0
    (output / "sub-01").mkdir()
    found = find_run(output)
    assert found is not None
    return found


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    capsys.readouterr()
    assert main([str(each) for each in arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1, said
    return said


def test_subjects_of_the_group_level(
    dataset: Path, made: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    before = made.config.read_text()
    for label in ("77", "02", "sub-77"):
        said = refused(capsys, "run", dataset, made.output, "group", "--participant-label", label)
        assert f"--participant-label: {label[-2:]} not in {made.output}; expected some of 01" in said
    assert made.config.read_text() == before
    assert main(["run", str(dataset), str(made.output), "group", "--participant-label", "sub-01"]) == 0
    assert yaml.safe_load(made.config.read_text())["dataset"]["subjects"] == ["01"]


def test_a_subject_that_left_the_dataset(
    dataset: Path, made: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    before = made.config.read_text()
    shutil.rmtree(dataset / "sub-01")
    assert "01 not in the dataset" in refused(capsys, "run", dataset, made.output, "group")
    assert made.config.read_text() == before


@pytest.mark.parametrize("command", ["status", "report", "export"])
def test_a_dataset_that_was_renamed(
    command: str, dataset: Path, made: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, str(made.output)]) == 0
    dataset.rename(dataset.with_name("renamed"))
    assert str(dataset) in refused(capsys, command, made.output)


def test_errors_name_what_was_typed(
    dataset: Path, made: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = made.config.read_text()
    label = ("participant", "--participant-label", "99")
    assert "error: --participant-label: 99 not in the dataset" in refused(
        capsys, "run", dataset, made.output, *label
    )
    assert made.config.read_text() == before
    said = refused(capsys, "run", tmp_path / "nope", tmp_path / "new", "participant")
    assert said.startswith("error: BIDS_DIR: ") and "nope" in said
    assert not (tmp_path / "new").exists()


def test_errors_of_a_command_name_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--coers" in (said := refused(capsys, "run", "demo", "out", "participant", "--coers", "2"))
    assert "isospine run --help lists the options" in said
    assert "isospine status --help" in refused(capsys, "status", "out", "more")
    assert "from 1 to 10000, or all" in refused(
        capsys, "run", "demo", "out", "participant", "--cores", "100000000000"
    )


def test_python_m_isospine() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "isospine", "--version"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0 and answer.stdout.startswith("isospine ")
