"""Runs on a real Slurm with the shipped profiles: the same numbers as on one machine, and what clusters do to jobs."""

import os
import re
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support import slurm as slurm_cluster
from support.datasets import REAL_T2W, image_paths, segmentation_path
from support.slurm import Cluster, Job
from support.snakemake import TINY, Outcome, copy_repository, from_dataset, make_crops, read_rows, snakemake

METRICS = "results/metrics.tsv"
REFERENCE = "results/sub-good/anat/sub-good_desc-reference_T2w.nii.gz"
MODEL = "results/models/sub-good/anat/sub-good_desc-fourierseed0_T2w.safetensors"

#: Asks every second what became of the jobs. Without the folder of the script on the path: it has a `snakemake.py` too.
IMPATIENT = (sys.executable, "-P", str(Path(slurm_cluster.__file__).with_name("impatient_snakemake.py")))

pytestmark = [
    pytest.mark.fault,
    pytest.mark.nightly,
    pytest.mark.workflow,
    pytest.mark.slow,
    pytest.mark.skipif(bool(slurm_cluster.missing()), reason=slurm_cluster.missing()),
    pytest.mark.skipif(not REAL_T2W.is_dir(), reason="no real volumes"),
]


class Place(NamedTuple):
    """Where the runs are: the repository's copy, a dataset of a good and a bad subject, and a finished local run."""

    repository: Path
    data: Path
    local: Path

    def config(self, *subjects: str, **fourier: Any) -> dict[str, Any]:
        recipes = {"recipes": TINY["recipes"] | {"fourier": TINY["recipes"]["fourier"] | fourier}}
        return from_dataset(self.data, TINY, recipes, subjects=list(subjects))

    def without(self, folder: Path, *outputs: str) -> Path:
        """Copy the finished run, but for some of its outputs."""
        shutil.copytree(self.local, folder, symlinks=True)
        for output in outputs:
            (folder / output).unlink()
        return folder


class Runs(NamedTuple):
    """All runs go on at the same time, as most of it is waiting; a test waits for its own."""

    both: "Future[Outcome]"
    good: "Future[Outcome]"
    gpu: "Future[Outcome]"
    limit: "Future[Outcome]"
    generic: "Future[Outcome]"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with slurm_cluster.running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    base = tmp_path_factory.mktemp("slurm")
    paths = image_paths(["good", "bad"])
    data = make_crops(base / "data", paths)
    bad = data / paths[1]
    bad.write_bytes(bad.read_bytes()[:-2000])
    (data / segmentation_path(paths[1])).unlink()
    place = Place(copy_repository(base / "isospine"), data, base / "local")
    # checkpoints soon after the start of a training that is over soon; no result depends on it
    module = place.repository / "src/isospine/training/checkpoint.py"
    module.write_text(re.sub(r"^INTERVAL = .*", "INTERVAL = 0.3", module.read_text(), flags=re.MULTILINE))
    snakemake(place.repository, place.local, METRICS, config=place.config("good")).succeeded()
    return place


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the working directories are."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def runs(cluster: Cluster, place: Place, folder: Path) -> Iterator[Runs]:
    def run(
        name: str,
        profile: str,
        *arguments: str,
        config: dict[str, Any] | None = None,
        option: str = "workflow-profile",
    ) -> Outcome:
        return snakemake(
            place.repository,
            folder / name,
            f"--{option}={place.repository / 'workflow/profiles' / profile}",
            "--latency-wait=5",
            "--max-status-checks-per-second=10",
            *arguments,
            config=config or place.config("good"),
            environment=cluster.environment,
            program=IMPATIENT,
        )

    def gpu() -> Outcome:
        place.without(folder / "gpu", MODEL)
        config = place.config("good") | {"resources": {"device": "cuda"}}
        return run("gpu", "slurm", "--retries=0", MODEL, config=config)

    def limit() -> Outcome:
        """A training that comes to no end in the minute of its first attempt, on whatever machine."""
        directory = place.without(folder / "limit", MODEL)
        with ThreadPoolExecutor() as pool:
            config = place.config("good", epochs=60, batch=64)
            job = pool.submit(
                run, "limit", "slurm", MODEL, "--set-resources", "train:runtime=9*attempt-8", config=config
            )
            freeze_training(directory, job)
            return job.result()

    def generic() -> Outcome:
        submit = "sbatch --parsable --output=/dev/null --mem={resources.mem_mb} --time={resources.runtime}"
        commands = [f"--cluster-generic-submit-cmd={submit}", "--cluster-generic-cancel-cmd=scancel"]
        place.without(folder / "generic", REFERENCE)
        return run("generic", "generic-cluster", *commands, REFERENCE)

    with ThreadPoolExecutor() as pool:
        both = pool.submit(run, "subjects", "slurm", METRICS, config=place.config("good", "bad"))
        good = pool.submit(lambda: (both.result(), run("subjects", "slurm", METRICS, option="profile"))[1])
        yield Runs(both, good, pool.submit(gpu), pool.submit(limit), pool.submit(generic))


def freeze_training(directory: Path, run: "Future[Outcome]") -> None:
    """Stop the process of a training as soon as it has kept its state."""
    checkpoint = (directory / MODEL).with_name(f".{Path(MODEL).stem}.checkpoint.safetensors")
    while not checkpoint.exists():
        if run.done():
            raise AssertionError(f"no checkpoint\n{run.result().output}")
        time.sleep(0.02)
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().split(b"\0")
            script = len(command) > 1 and command[1].endswith(b".train.py")
            if script and (process / "cwd").resolve() == directory.resolve():
                os.kill(int(process.name), signal.SIGSTOP)
                return
    raise AssertionError("the training is over")


def jobs_of(cluster: Cluster, outcome: Outcome) -> list[Job]:
    """Give the Slurm jobs of a run in the order of submission."""
    jobs = {job.number: job for job in cluster.jobs()}
    return [jobs[int(number)] for number in re.findall(r"submitted with SLURM jobid (\d+)", outcome.output)]


def numbers(path: Path) -> list[dict[str, str]]:
    """Read the metrics, but for time and energy."""
    varying = ("train_seconds", "train_joules")
    return [{key: value for key, value in row.items() if key not in varying} for row in read_rows(path)]


@pytest.mark.smoke
def test_a_bad_subject_fails_alone(cluster: Cluster, place: Place, folder: Path, runs: Runs) -> None:
    outcome = runs.both.result()
    assert outcome.code == 1
    assert (
        "sub-bad_T2w.nii.gz: damaged or truncated NIfTI file"
        in outcome.output.split("What failed, by log file:")[1]
    )
    jobs = jobs_of(cluster, outcome)
    assert {job.rule for job in jobs if job.state != "COMPLETED"} == {"views_record_views_reference_view"}
    metrics = sorted((folder / "subjects/results/metrics").rglob("*.tsv"))
    assert [path.name for path in metrics] == [
        "sub-good_desc-fourierseed0_T2w.tsv",
        "sub-good_desc-linear_T2w.tsv",
    ]


def test_a_retry_asks_for_more(cluster: Cluster, runs: Runs) -> None:
    tries = [job for job in jobs_of(cluster, runs.both.result()) if job.state == "FAILED"]
    assert len(tries) == 3
    assert tries[0].memory_mb < tries[1].memory_mb < tries[2].memory_mb
    assert 0 < tries[0].minutes < tries[1].minutes < tries[2].minutes


def test_the_metrics_are_those_of_one_machine(
    cluster: Cluster, place: Place, folder: Path, runs: Runs
) -> None:
    runs.good.result().succeeded()
    jobs = [*jobs_of(cluster, runs.both.result()), *jobs_of(cluster, runs.good.result())]
    assert Counter(job.rule for job in jobs if job.state == "COMPLETED") == {
        "views_cord_mask_record_views_reference_view": 1,
        "method_evaluate_reconstruct_train": 1,
        "method_baseline_evaluate": 1,
    }
    assert numbers(folder / "subjects" / METRICS) == numbers(place.local / METRICS)


def test_a_gpu_is_asked_for(cluster: Cluster, folder: Path, runs: Runs) -> None:
    """There is no GPU behind the fake one, so that the job fails; what counts is that it was given one.

    The machine that submits has none either, which is no reason to refuse the run.
    """
    outcome = runs.gpu.result()
    assert "the job wants a GPU (resources.device: cuda; gpu: 1)" in outcome.output
    (job,) = jobs_of(cluster, outcome)
    assert job.rule == "method_train" and job.resources["gpu"] == "1"
    others = jobs_of(cluster, runs.both.result())
    assert others and not any("gpu" in job.resources for job in others)


def test_a_training_out_of_time_goes_on(cluster: Cluster, folder: Path, runs: Runs) -> None:
    outcome = runs.limit.result().succeeded()
    jobs = jobs_of(cluster, outcome)
    assert [(job.state, job.minutes) for job in jobs] == [("TIMEOUT", 1), ("COMPLETED", 10)]
    assert all(job.rule == "method_train" for job in jobs)
    assert "DUE TO TIME LIMIT" in outcome.output
    (log,) = (folder / "limit/results/logs/train").rglob("*.log")
    step, steps = map(int, re.findall(r"resumed at step (\d+) of (\d+)", log.read_text())[0])
    assert 0 < step < steps


def test_another_scheduler(cluster: Cluster, folder: Path, runs: Runs) -> None:
    outcome = runs.generic.result().succeeded()
    (submitted,) = re.findall(r"Submitted group job \S+ with external jobid '(\d+)'", outcome.output)
    (job,) = [job for job in cluster.jobs() if job.number == int(submitted)]
    assert job.state == "COMPLETED" and job.memory_mb > 0 and job.minutes > 0
    assert (folder / "generic" / REFERENCE).is_file()
