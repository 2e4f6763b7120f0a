"""Trainings and whole runs that are killed at random moments, 20 times; what the next attempts make is the same."""

import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from support.datasets import REAL_T2W, image_paths
from support.resumable import TRAININGS, attempt
from support.snakemake import (
    TINY,
    copy_repository,
    files_below,
    from_dataset,
    make_crops,
    read_rows,
    snakemake,
    snakemake_command,
)

pytestmark = [pytest.mark.fault, pytest.mark.nightly, pytest.mark.slow]

#: Kills of each kind of training, and of whole runs: 20.
KILLS = {"coordinate": 4, "prior": 4, "pretrained": 4, "population": 4, "run": 4}


def begin(kind: str, folder: Path, checkpoint: Path | None = None) -> ForkServerProcess:
    folder.mkdir(exist_ok=True)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["support.resumable"])  # so that torch is imported once
    process = context.Process(target=attempt, args=(kind, folder, checkpoint))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        process.start()
    return process


def finish(process: ForkServerProcess) -> None:
    process.join()
    assert process.exitcode == 0


def without(table: Path, *columns: str) -> list[list[tuple[str, str]]]:
    """Rows of a table but for some columns, with the order of the others."""
    return [[cell for cell in row.items() if cell[0] not in columns] for row in read_rows(table)]


def written(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=pytest.mark.smoke if kind == "coordinate" else ()) for kind in TRAININGS],
)
def test_trainings_that_are_killed(kind: str, tmp_path: Path) -> None:
    draw, kills, folder = random.Random(kind), 0, tmp_path / "killed"
    finish(begin(kind, tmp_path / "expected"))
    checkpoint = folder / ".checkpoint.safetensors"
    while kills < KILLS[kind]:
        process, kept = begin(kind, folder, checkpoint), written(checkpoint)
        while kills > 0 and process.is_alive() and written(checkpoint) == kept:
            time.sleep(0.01)  # but for the first, which may be killed before
        process.join(draw.uniform(0, 0.4))
        if process.exitcode is None:
            process.kill()
            process.join()
            kills += 1
    finish(begin(kind, folder, checkpoint))
    expected = tmp_path / "expected"
    assert (folder / "model.safetensors").read_bytes() == (expected / "model.safetensors").read_bytes()
    assert without(folder / "model.tsv", "seconds") == without(expected / "model.tsv", "seconds")
    steps = [int(step) for step in re.findall(r"resumed at step (\d+) of", (folder / "log").read_text())]
    assert len(set(steps)) > 1, "some were killed after a checkpoint"
    assert not checkpoint.exists()


#: One training of a second or two.
RUN = {
    "recipes": {
        "self-prior": {"L": 9, "width": 16, "hidden_layers": 1, "cells": 1000, "steps": 3000},
        "fourier": None,
    },
    "baselines": [],
}
METRICS = "results/metrics.tsv"


@pytest.mark.workflow
@pytest.mark.smoke
@pytest.mark.skipif(not REAL_T2W.is_dir(), reason="no real volumes")
def test_runs_that_are_killed(tmp_path: Path) -> None:
    """With all their processes, as a closed laptop or an empty battery does."""
    repository = copy_repository(tmp_path / "isospine")
    library = repository / "src/isospine/training/checkpoint.py"
    text = library.read_text()
    assert "INTERVAL = 10.0" in text
    library.write_text(text.replace("INTERVAL = 10.0", "INTERVAL = 0.05"))
    config = from_dataset(make_crops(tmp_path / "data", image_paths(["01"])), TINY, RUN)
    whole = snakemake(repository, tmp_path / "expected", METRICS, config=config).succeeded()
    directory, draw, kills = tmp_path / "killed", random.Random(0), 0
    command = snakemake_command(repository, directory, METRICS, config=config)
    while kills < KILLS["run"]:
        process = subprocess.Popen(command, cwd=directory, start_new_session=True, stderr=subprocess.DEVNULL)
        try:
            assert process.wait(draw.uniform(0.15, 0.5) * whole.seconds) == 0
            shutil.rmtree(directory / "results")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
            snakemake(repository, directory, "--unlock").succeeded()
    snakemake(repository, directory, METRICS, config=config).succeeded()
    expected, found = (tmp_path / folder / "results" for folder in ("expected", "killed"))
    left = [path for path in files_below(found) if ".writing-" not in path]
    assert left == files_below(expected)
    for model in expected.rglob("*.safetensors"):
        assert model.read_bytes() == (found / model.relative_to(expected)).read_bytes()
    varying = ("train_seconds", "train_joules")
    assert without(found / "metrics.tsv", *varying) == without(expected / "metrics.tsv", *varying)
