"""Whole runs that tests share: each is made once in a session, by whichever worker needs it first, and copied by its users."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from support.acquired_pairs import make_dataset
from support.broken_images import make_broken
from support.datasets import image_paths
from support.job_code import witness
from support.snakemake import TINY, Outcome, from_dataset, make_crops, plan, snakemake

METRICS = "results/metrics.tsv"


@dataclass(frozen=True)
class Run:
    """A run that has ended, and how to go on with it.

    Attributes
    ----------
    repository, directory : Path
        Where the Snakefile is, and where the results are.
    config : dict
        Overlay on the default configuration.
    outcome : Outcome
        What the run did when it was made.
    """

    repository: Path
    directory: Path
    config: dict[str, Any]
    outcome: Outcome

    @property
    def results(self) -> Path:
        """Folder of the results."""
        return self.directory / "results"

    @property
    def data(self) -> Path:
        """Folder of the dataset."""
        return Path(self.config["dataset"]["source"])

    @property
    def witnessed(self) -> Path:
        """Folder of what its jobs used of the library; beside the working directory, so that copies have none."""
        return self.directory.parent / f"{self.directory.name}-witnessed"

    def again(self, *arguments: str, config: dict[str, Any] | None = None) -> Outcome:
        """Run in the same folder, with the same configuration unless another is given."""
        return snakemake(self.repository, self.directory, *arguments, config=config or self.config)

    def plan(self, *arguments: str, config: dict[str, Any] | None = None) -> Outcome:
        """Plan in the same folder, with the same configuration unless another is given."""
        return plan(self.repository, self.directory, *arguments, config=config or self.config)

    def copy(self, folder: Path, own_repository: bool = False) -> "Run":
        """Copy the working directory, and the repository too where a test edits it; file times stay.

        The files are real copies: a tiny run has 10 MB, and a test may write into any of them.
        """
        directory = Path(shutil.copytree(self.directory, folder / "work", symlinks=True))
        repository = self.repository
        if own_repository:
            repository = Path(shutil.copytree(repository, folder / "isospine"))
        return replace(self, directory=directory, repository=repository)

    def keep(self, path: Path) -> None:
        """Write down what this is, for another process."""
        places = {"repository": str(self.repository), "directory": str(self.directory)}
        path.write_text(json.dumps({**places, "config": self.config, "outcome": self.outcome}))

    @classmethod
    def kept(cls, path: Path) -> "Run":
        """Read what `keep` wrote."""
        told = json.loads(path.read_text())
        return cls(
            Path(told["repository"]), Path(told["directory"]), told["config"], Outcome(*told["outcome"])
        )


def start(repository: Path, directory: Path, config: dict[str, Any], *arguments: str) -> Run:
    """Make a run that has to succeed."""
    run = Run(repository, directory, config, Outcome(0, "", 0.0))
    outcome = snakemake(repository, directory, *arguments, config=config, environment=witness(run.witnessed))
    return replace(run, outcome=outcome.succeeded())


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Give a folder of the session that a function fills; the other workers of pytest-xdist wait for it.

    Parameters
    ----------
    factory : TempPathFactory
        Of the session.
    name : str
        Of the folder.
    make : callable
        Called with the new folder. No test may change what is in it.
    """
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    place = base / "shared"
    place.mkdir(exist_ok=True)
    done, failed, folder = place / f"{name}.done", place / f"{name}.failed", place / name
    with (place / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if failed.exists():
            pytest.fail(f"{name} failed in another worker: {failed.read_text()}")
        if not done.exists():
            folder.mkdir()
            try:
                make(folder)
            except BaseException as error:
                failed.write_text(str(error))
                raise
            done.touch()
    return folder


def run_once(
    factory: pytest.TempPathFactory, name: str, repository: Path, make: Callable[[Path, Path], Run]
) -> Run:
    """Give a run that a function makes of the repository in a folder of the session."""
    folder = made_once(factory, name, lambda folder: make(repository, folder).keep(folder / "run.json"))
    return Run.kept(folder / "run.json")


# --- the runs -------------------------------------------------------------------------------------------------

#: Two images, one of them without cord segmentation; one seed; an ablation of L with two values.
SIMULATED: dict[str, Any] = TINY | {
    "ablations": {
        "mapping-size": {"recipe": "fourier", "hyperparameter": "L", "values": [4, 8]},
        "bandwidth": None,
    },
    "metrics": {"karthik2023": True, "fixed_point": [8, 16]},
    "resolutions": ["reference", 0.8],
    "baselines": ["linear", "cubic", "tv"],
}

#: Two views of a body that moved in between.
ACQUIRED: dict[str, Any] = TINY | {
    "views": [{"entities": {"acq": "ax"}}, {"entities": {"acq": "sag"}}],
    "resolutions": [1.0, 0.8],
    "baselines": ["cubic", "tv"],
}


def make_simulated(repository: Path, folder: Path) -> Run:
    """Run everything on crops of a real volume: subject 01, and subject 02 without a segmentation."""
    data = make_crops(folder / "data", image_paths(["01", "02"]))
    for path in (data / "derivatives").rglob("sub-02*"):
        if path.is_file():
            path.unlink()
    return start(repository, folder / "work", from_dataset(data, SIMULATED))


def make_acquired(repository: Path, folder: Path) -> Run:
    """Run everything on an axial and a sagittal scan of one body."""
    return start(repository, folder / "work", from_dataset(make_dataset(folder / "data"), ACQUIRED))


def make_failed(repository: Path, folder: Path) -> Run:
    """Run on the way to the metrics over one good image and one for each way to be bad; it fails for the bad ones."""
    config = from_dataset(make_broken(folder / "data"), TINY)
    outcome = snakemake(repository, folder / "work", METRICS, "--keep-going", config=config)
    return Run(repository, folder / "work", config, outcome)
