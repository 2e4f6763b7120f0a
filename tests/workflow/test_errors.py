"""What a person sees who gives bad input: the culprit and the remedy, and nothing half-written."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import datasets
from support.broken_images import BROKEN
from support.datasets import REAL_T2W, image_paths, make_bids, make_spine_generic_like
from support.runs import METRICS, Run
from support.snakemake import (
    TINY,
    Outcome,
    copy_repository,
    files_below,
    from_dataset,
    make_crops,
    read_rows,
    snakemake,
)

pytestmark = pytest.mark.workflow

#: Small enough for the volumes of `datasets.write_volume`.
SMALL_VIEWS = {"views": [{"plane": "axial", "factor": 2}, {"plane": "sagittal", "factor": 2}]}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bids(tmp_path_factory.mktemp("plain") / "data", image_paths(["01"]), volumes=True)


def explains(outcome: Outcome, *words: str) -> str:
    """Check that a run failed and says the words in one line of what is shown last; give that line."""
    assert outcome.code != 0
    last = outcome.output.splitlines()[-16:]
    lines = [line for line in last if all(word in line for word in words)]
    assert lines, "\n".join(last)
    assert "Traceback" not in "\n".join(last)
    return lines[-1]


# --- the configuration, before any job ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"acquisition": {"nois": 0.1}}, ["acquisition", "unknown key 'nois'", "did you mean noise?"]),
        ({"dataset": {"source": "no where"}}, ["dataset.source", "no where", "does not exist"]),
    ],
)
def test_configuration(
    repository: Path, plain: Path, tmp_path: Path, change: dict[str, Any], words: list[str]
) -> None:
    """Every other message is tested in tests/plan."""
    outcome = snakemake(repository, tmp_path, config=from_dataset(plain, TINY, change))
    explains(outcome, *words)
    assert "Building DAG" not in outcome.output, "before any job is planned"
    assert not (tmp_path / "results").exists()


def test_results_that_are_no_folder(repository: Path, plain: Path, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("mine")
    outcome = snakemake(repository, tmp_path, config=from_dataset(plain, TINY))
    explains(outcome, str(tmp_path / "results"), "not a folder", "--directory")
    assert (tmp_path / "results").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_results_that_cannot_be_written(repository: Path, plain: Path, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir(mode=0o500)
    outcome = snakemake(repository, tmp_path, config=from_dataset(plain, TINY))
    explains(outcome, str(tmp_path / "results"), "cannot be written", "permissions")


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """Give a folder of a file system that is read-only, for root too."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m,ro", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_folder_on_a_read_only_disk(repository: Path, plain: Path, tmp_path: Path, read_only: Path) -> None:
    config = from_dataset(plain, TINY)
    outcome = snakemake(repository, tmp_path, "--directory", str(read_only), config=config)
    assert outcome.code != 0 and "cannot be written" in outcome.output, outcome.output[-3000:]


# --- the dataset ----------------------------------------------------------------------------------------------


def test_subject_that_is_not_there(repository: Path, plain: Path, tmp_path: Path) -> None:
    outcome = snakemake(repository, tmp_path, config=from_dataset(plain, TINY, subjects=["02"]))
    line = explains(outcome, "dataset.subjects", "02 not in the dataset", "expected some of 01")
    assert line.startswith("results/logs/index.log: ")
    assert not (tmp_path / "results" / "manifest.tsv").exists()


def test_dataset_without_the_contrast(repository: Path, tmp_path: Path) -> None:
    data = make_bids(tmp_path / "data", image_paths(["01"], contrasts=["T1w", "bold"]))
    outcome = snakemake(repository, tmp_path, config=from_dataset(data, TINY))
    explains(outcome, "dataset.contrast", "no T2w image", str(data), "it has T1w, bold")


def test_version_of_a_url_that_does_not_exist(repository: Path, tmp_path: Path) -> None:
    source = make_spine_generic_like(tmp_path / "source", image_paths(["01"]))
    config = from_dataset(source, TINY)
    config["dataset"] |= {"source": source.as_uri(), "version": "r99"}
    outcome = snakemake(repository, tmp_path, config=config)
    explains(outcome, "dataset.version", "'r99'", source.as_uri(), "r2, r1")
    left = files_below(tmp_path / "results")
    assert left == ["logs/clone.log"], "no half of a clone"


@pytest.mark.slow
def test_content_that_no_remote_gives(tmp_path: Path) -> None:
    """The bundle holds spine-generic's history, not its images, which are in a bucket on the internet."""
    if not datasets.SINGLE_SUBJECT_BUNDLE.exists():
        pytest.skip("no test data of spine-generic")
    config = from_dataset(datasets.SINGLE_SUBJECT_BUNDLE, TINY, version="r20211115", subjects=["ucl"])
    repository = copy_repository(tmp_path / "isospine")
    patience = repository / "src/isospine/dataset/transfer.py"
    patience.write_text(re.sub(r"^PAUSES = .*", "PAUSES = (0.0,)", patience.read_text(), flags=re.MULTILINE))
    outcome = snakemake(repository, tmp_path, METRICS, config=config)
    explains(
        outcome, "sub-ucl_T2w.nii.gz", "not available from any remote", "asked amazon", "check the network"
    )
    assert not list((tmp_path / "results").rglob("*.nii.gz.*"))
    fetched = [
        path for path in files_below(tmp_path / "results" / "sourcedata") if not path.startswith("dataset/")
    ]
    assert fetched == ["dataset.json"]


# --- the images -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("subject", BROKEN)
def test_image(failed_run: Run, subject: str) -> None:
    *words, remedy = BROKEN[subject]
    line = explains(failed_run.outcome, f"{image_paths([subject])[0]}: ", *words)
    assert re.search(remedy, line)
    assert not list((failed_run.results / f"sub-{subject}").rglob("*.*"))
    assert not list((failed_run.results / "models").rglob(f"sub-{subject}*"))


@pytest.mark.slow
def test_what_a_person_sees_at_once(failed_run: Run) -> None:
    """The failed job's log is shown when it fails, without a traceback of ours."""
    output = failed_run.outcome.output
    assert "Error in rule reference:" in output and "ERROR: results/sourcedata/sub-nan" in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_one_bad_subject_does_not_stop_the_others(failed_run: Run) -> None:
    """With --keep-going; the table of all metrics is not made, since some of its rows are missing."""
    assert failed_run.outcome.code != 0
    metrics = files_below(failed_run.results / "metrics")
    assert metrics == [f"sub-good/anat/sub-good_desc-{label}_T2w.tsv" for label in ("fourierseed0", "linear")]
    assert not (failed_run.directory / METRICS).exists()
    assert not [path for path in files_below(failed_run.results) if ".writing-" in path]


@pytest.mark.slow
def test_bad_subjects_can_be_excluded(failed_run: Run, tmp_path: Path) -> None:
    run = failed_run.copy(tmp_path)
    run.again(METRICS, config=from_dataset(run.data, TINY, exclude=sorted(BROKEN))).succeeded()
    assert {row["subject"] for row in read_rows(run.directory / METRICS)} == {"good"}


@pytest.mark.skipif(not REAL_T2W.is_dir(), reason="no real volumes")
def test_too_large_for_the_machine(repository: Path, tmp_path: Path) -> None:
    """Refused after the index and before any work."""
    config = from_dataset(make_crops(tmp_path / "data", image_paths(["01"])), TINY)
    directory = tmp_path / "run"
    outcome = snakemake(repository, directory, "--resources", "mem_mb=360", config=config)
    assert outcome.code != 0
    asked = r"sub-01_T2w: the job [\w ]+ needs 0\.4 GB of memory, but there are only 0\.4 GB .*mem_mb=360"
    assert re.search(asked, outcome.output), outcome.output[-3000:]
    made = files_below(directory / "results")
    assert not [path for path in made if path.endswith(".nii.gz")] and "manifest.tsv" in made


# --- what must just work --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_no_git_identity_and_spaces_everywhere(repository: Path, tmp_path: Path) -> None:
    source = make_spine_generic_like(tmp_path / "my data set", image_paths(["01"]))
    home = tmp_path / "empty home"
    home.mkdir()
    nobody = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    config = from_dataset(source, TINY, SMALL_VIEWS)
    directory = tmp_path / "my working directory"
    spaced = shutil.copytree(repository, tmp_path / "my copy of isospine", symlinks=True)
    wanted = (METRICS, "results/dataset_description.json")
    snakemake(spaced, directory, *wanted, config=config, environment=nobody).succeeded()
    assert {row["subject"] for row in read_rows(directory / METRICS)} == {"01"}
    source, described = (
        json.loads((directory / "results" / name).read_text())
        for name in ("sourcedata/dataset.json", "dataset_description.json")
    )
    assert source["kind"] == "datalad"
    assert described["SourceDatasets"][0]["Version"] == source["commit"]
