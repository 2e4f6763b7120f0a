"""`isospine run` and the commands beside it, as a BIDS user calls them: from any folder, with spaces in names."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from support.datasets import REAL_T2W, image_paths
from support.snakemake import TINY, Outcome, make_crops, read_rows

pytestmark = pytest.mark.workflow

ONE = ("--participant-label", "sub-01")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "isospine.cli.main", *arguments]


class Study:
    """A dataset of two subjects, and the folder that commands are given in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = make_crops(folder / "my data", image_paths(["01", "02"]))
        self.output = folder / "my out"
        (folder / "tiny.yaml").write_text(yaml.safe_dump(TINY))

    def isospine(self, *arguments: str) -> Outcome:
        answer = subprocess.run(
            command(*arguments), cwd=self.folder, capture_output=True, text=True, check=False
        )
        return Outcome(answer.returncode, answer.stdout + answer.stderr, 0)

    def options(self, *more: str) -> Sequence[str]:
        own = ("--config", "tiny.yaml", "--cores", "2", "--skip-bids-validation")
        return "run", "my data", "my out", "participant", *own, *more

    def run(self, *more: str) -> Outcome:
        return self.isospine(*self.options(*more))

    @property
    def state(self) -> dict[str, int]:
        """Time of the last change of each file and folder of the dataset."""
        return {str(path): path.lstat().st_mtime_ns for path in [self.data, *self.data.rglob("*")]}

    @property
    def finished(self) -> Counter[str]:
        """Jobs of each rule that the log of the last run has."""
        log = max((self.output / ".isospine/.snakemake/log").iterdir())
        return Counter(re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)$", log.read_text(), re.MULTILINE))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    if not REAL_T2W.is_dir():
        pytest.skip("no real volumes")
    return Study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def planned(study: Study) -> Outcome:
    """Give the plan of a run of one subject, before anything was run."""
    return study.run(*ONE, "-n", "-v").succeeded()


@pytest.fixture(scope="module")
def made(study: Study, planned: Outcome) -> Outcome:
    """Make that run."""
    before = study.state
    outcome = study.run(*ONE).succeeded()
    assert study.state == before, "the dataset is only read"
    return outcome


def test_a_plan_names_the_images_and_leaves_nothing(study: Study, planned: Outcome) -> None:
    assert "Images:   1 T2w image of 1 subject\n          sub-01: T2w 22 x 24 x 26 voxels" in planned.output
    assert f"To do:    {sum(planned.jobs.values())} jobs:" in planned.output


def test_a_plan_is_what_the_run_does(study: Study, planned: Outcome, made: Outcome) -> None:
    assert planned.jobs == {rule: count for rule, count in study.finished.items() if rule != "all"}


def test_the_output_is_a_bids_dataset(study: Study, made: Outcome) -> None:
    assert (study.output / "sub-01/anat/sub-01_res-reference_desc-linear_T2w.nii.gz").is_file()
    assert (study.output / "dataset_description.json").is_file()
    assert f"isospine report '{study.output}'" in made.output and "snakemake --" not in made.output


def test_again_there_is_nothing_to_do(study: Study, made: Outcome) -> None:
    again = study.run(*ONE).succeeded()
    assert "Nothing to be done" in again.output


def test_commands_on_a_run_need_no_options(study: Study, made: Outcome) -> None:
    assert "1 images: 1 done" in study.isospine("status", "my out").succeeded().output
    study.isospine("report", "my out").succeeded()
    assert "<html" in (study.output / "report.html").read_text(encoding="utf-8")[:1000]
    study.isospine("export", "my out").succeeded()
    assert (study.output / "export/sub-01/anat/sub-01_desc-reference_T2w.nii.gz").is_file()
    refused = study.isospine("status", "my data")
    assert refused.code == 2 and "holds no run" in refused.output


def test_a_run_that_is_stopped_keeps_others_out_and_can_be_gathered(study: Study, made: Outcome) -> None:
    process = subprocess.Popen(
        command(*study.options("--participant-label", "02")),
        cwd=study.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    reference = study.output / "sub-02/anat/sub-02_desc-reference_T2w.nii.gz"
    deadline = time.monotonic() + 300
    while not reference.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    second = study.run(*ONE)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=120)
    assert second.code == 2 and "another run is at work" in second.output
    assert process.returncode == 130

    group = study.isospine("run", "my data", "my out", "group", "--cores", "2").succeeded()
    assert {row["subject"] for row in read_rows(study.output / "metrics.tsv")} == {"01"}
    left_out = read_rows(study.output / "left_out.tsv")
    assert [row["image"] for row in left_out] == ["sub-02"]
    assert not study.finished.keys() & {"train", "baseline", "reconstruct", "evaluate"}, group.output


def test_a_subject_that_is_not_there(study: Study) -> None:
    refused = study.run("--participant-label", "05", "-n")
    assert refused.code == 2 and "--participant-label: 05 not in the dataset" in refused.output
    unknown = study.run("--session-label", "pre", "-n")
    assert unknown.code == 1 and "dataset.sessions: pre not in the dataset" in unknown.output
    contrast = study.run("--contrast", "T1w", "-n")
    assert contrast.code == 1 and "dataset.contrast: no T1w image" in contrast.output
