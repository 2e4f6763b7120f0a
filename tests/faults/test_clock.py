"""What goes wrong around a run: clocks that jump, a second run in its folder, reports that are killed, folders that cannot be written.

Kills of trainings and runs are in faults/test_kills.py, full disks in faults/test_disk_full.py, remotes that fail in
faults/test_remote.py, damaged files of a cache in workflow/test_cache.py.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.datasets import REAL_T2W, image_paths, own_content, run_git, save
from support.snakemake import (
    REPOSITORY,
    TINY,
    Outcome,
    copy_repository,
    files_below,
    from_dataset,
    make_crops,
    read_rows,
    snakemake,
    snakemake_command,
)

from isospine.dataset.environment import datalad_environment

METRICS = "results/metrics.tsv"
HELP = REPOSITORY / "docs/reproducibility.md"
VARYING = {"train_seconds", "train_joules"}

pytestmark = [
    pytest.mark.fault,
    pytest.mark.nightly,
    pytest.mark.workflow,
    pytest.mark.slow,
    pytest.mark.skipif(not REAL_T2W.is_dir(), reason="no real volumes"),
]


class Project:
    """A dataset of two subjects, and what a run without faults makes of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = copy_repository(folder / "isospine")
        self.config = from_dataset(make_crops(folder / "data", image_paths(["01", "02"])), TINY)
        self.undisturbed = folder / "undisturbed"
        self.seconds = self.run(self.undisturbed).succeeded().seconds

    def run(self, directory: Path, *arguments: str) -> Outcome:
        return snakemake(self.repository, directory, METRICS, *arguments, config=self.config)

    def start(self, directory: Path) -> subprocess.Popen[str]:
        """Begin a run, and wait until it trains."""
        command = snakemake_command(self.repository, directory, METRICS, config=self.config)
        process = subprocess.Popen(
            command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        while not list(directory.glob("results/logs/train/**/*.log")):
            assert process.poll() is None
            time.sleep(0.05)
        return process

    def check(self, directory: Path) -> None:
        """See to it that a run made what an undisturbed one makes, to the byte."""
        for path in files_below(self.undisturbed / "results"):
            if path.endswith((".nii.gz", ".safetensors")):
                expected, found = (
                    (place / "results" / path).read_bytes() for place in (self.undisturbed, directory)
                )
                assert found == expected, path
        tables = [read_rows(place / METRICS) for place in (self.undisturbed, directory)]
        same = [[{k: v for k, v in row.items() if k not in VARYING} for row in table] for table in tables]
        assert same[0] == same[1]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("project"))


@pytest.mark.parametrize("hours", [pytest.param(2, marks=pytest.mark.smoke), 24 * 400])
def test_a_clock_that_is_set_back_while_a_run_is_at_work(
    project: Project, hours: float, tmp_path: Path
) -> None:
    """What was made before seems to come from the future. Snakemake stops and says so; dated anew, the run goes on."""
    directory = tmp_path / "run"
    process = project.start(directory)
    later = time.time() + 3600 * hours
    for path in files_below(directory / "results"):
        if not path.startswith("logs/") and "/." not in path:
            with suppress(FileNotFoundError):  # the run is at work
                os.utime(directory / "results" / path, (later, later))
    output, _ = process.communicate()
    assert process.returncode != 0 and "clock skew" in output, output[-3000:]
    documented = next(
        line for line in HELP.read_text().splitlines() if line.startswith("find results -newermt")
    )
    subprocess.run(["sh", "-c", documented], cwd=directory, check=True)
    project.run(directory).succeeded()
    project.check(directory)
    assert "Nothing to be done" in project.run(directory).succeeded().output


@pytest.mark.smoke
def test_a_second_run_in_the_folder_of_a_first(project: Project, tmp_path: Path) -> None:
    process = project.start(tmp_path / "run")
    second = project.run(tmp_path / "run")
    output, _ = process.communicate()
    assert second.code != 0 and "cannot be locked" in second.output
    assert process.returncode == 0, output[-3000:]
    project.check(tmp_path / "run")


@pytest.mark.parametrize("ending", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.smoke)])
def test_a_run_that_is_told_to_end(project: Project, ending: signal.Signals, tmp_path: Path) -> None:
    """With its jobs, as Ctrl-C and a scheduler do it; nothing has to be unlocked."""
    command = snakemake_command(project.repository, tmp_path / "run", METRICS, config=project.config)
    draw = random.Random(int(ending))
    for _ in range(3):
        process = subprocess.Popen(
            command, cwd=tmp_path / "run", start_new_session=True, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(draw.uniform(0.2, 0.9) * project.seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, ending)
            process.wait()
    project.run(tmp_path / "run").succeeded()
    project.check(tmp_path / "run")
    assert not [path for path in files_below(tmp_path / "run/results") if ".writing-" in path]


@pytest.mark.smoke
def test_a_report_that_is_killed_while_it_is_written(project: Project, tmp_path: Path) -> None:
    directory = tmp_path / "run"
    shutil.copytree(project.undisturbed, directory, symlinks=True)
    before = {
        path: (directory / "results" / path).read_bytes() for path in files_below(directory / "results")
    }
    report = [*snakemake_command(project.repository, directory, METRICS, config=project.config)]
    report += ["--report", "report.html"]
    begun = time.perf_counter()
    subprocess.run(report, cwd=directory, check=True, capture_output=True)
    seconds, size = time.perf_counter() - begun, (directory / "report.html").stat().st_size
    (directory / "report.html").unlink()
    draw = random.Random(0)
    for _ in range(5):
        process = subprocess.Popen(
            report,
            cwd=directory,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(draw.uniform(0.3, 1.0) * seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    subprocess.run(report, cwd=directory, check=True, capture_output=True)
    assert (directory / "report.html").stat().st_size == pytest.approx(size, rel=0.01)
    after = {path: (directory / "results" / path).read_bytes() for path in files_below(directory / "results")}
    assert after == before


@pytest.mark.smoke
def test_content_that_is_lost_after_the_index(project: Project, tmp_path: Path) -> None:
    """Of one subject; the other goes on, and the run ends once the content is back."""
    data = shutil.copytree(project.folder / "data", tmp_path / "data")
    (data / ".gitattributes").write_text("* annex.largefiles=nothing\n*.nii.gz annex.largefiles=anything\n")
    with datalad_environment():
        run_git(data, "init", "--quiet")
        run_git(data, "annex", "init", "--quiet")
        save(data, "r1", locked=True)
    config, directory = from_dataset(data, TINY, version="r1"), tmp_path / "run"
    snakemake(project.repository, directory, "results/manifest.tsv", config=config).succeeded()
    content = own_content(data, data / image_paths(["02"])[0])
    assert content
    lost = content.rename(tmp_path / "lost")
    outcome = snakemake(project.repository, directory, METRICS, "--keep-going", config=config)
    assert outcome.code != 0 and "sub-02_T2w.nii.gz" in outcome.output
    assert "not available" in outcome.output, outcome.output[-3000:]
    assert (directory / "results/metrics/sub-01/anat/sub-01_desc-linear_T2w.tsv").exists()
    assert not (directory / "results/sourcedata/sub-02/anat/sub-02_T2w.nii.gz").exists()
    lost.rename(content)
    snakemake(project.repository, directory, METRICS, config=config).succeeded()
    project.check(directory)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system that can be made read-only."""
    folder = tmp_path / "disk"
    folder.mkdir()
    answer = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)], capture_output=True
    )
    if answer.returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(disk: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(disk)], check=True)


@pytest.mark.smoke
def test_a_folder_that_becomes_read_only(project: Project, disk: Path) -> None:
    """As a network drive does: before a run it is refused, and within a run nothing that is there is lost."""
    directory = disk / "run"
    process = project.start(directory)
    process.send_signal(signal.SIGINT)
    process.communicate()
    made = {path: (directory / "results" / path).read_bytes() for path in files_below(directory / "results")}
    remount(disk, "ro")
    command = snakemake_command(
        project.repository, project.folder / "elsewhere", METRICS, config=project.config
    )
    refused = subprocess.run([*command, "--directory", str(directory)], capture_output=True, text=True)
    assert refused.returncode != 0
    assert "cannot be written" in refused.stderr, refused.stderr[-3000:]
    assert {path: (directory / "results" / path).read_bytes() for path in made} == made
    remount(disk, "rw")
    project.run(directory).succeeded()
    project.check(directory)
