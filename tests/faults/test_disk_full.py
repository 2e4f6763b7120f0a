"""A disk that is full: one clear error, the old file or none, and a rerun that ends well."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from support.datasets import image_paths, make_bids, refuses, write_volume
from support.resumable import coordinate
from support.snakemake import REPOSITORY, TINY, files_below, from_dataset, snakemake

from isospine.figures.style import save_figure
from isospine.io.atomic import write_json
from isospine.io.nifti import save_volume
from isospine.io.tables import write_table
from isospine.training.checkpoint import State, write_checkpoint
from isospine.training.files import save_model

pytestmark = pytest.mark.fault

KIB = 1024
METRICS = "results/metrics.tsv"

#: One tiny training, of an image that is larger than all that Snakemake writes.
RUN = {
    "recipes": {
        "self-prior": {"L": 9, "width": 16, "hidden_layers": 1, "cells": 1000, "steps": 30},
        "fourier": None,
    },
    "baselines": [],
}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a file system of 8 MiB."""
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    try:
        answer = subprocess.run(mount, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("no mount command")
    if answer.returncode:
        pytest.skip(f"no file system may be mounted here ({answer.stderr.strip()})")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, left: int) -> Path:
    """Leave no more than some bytes on a disk."""
    ballast = disk / "ballast"
    ballast.unlink(missing_ok=True)
    state = os.statvfs(disk)
    ballast.write_bytes(bytes(max(0, state.f_bavail * state.f_frsize - left)))
    return ballast


NOISE = np.random.default_rng(0).integers(0, 1000, (40, 40, 40)).astype(np.int16)


def draw(path: Path) -> None:
    figure = Figure()
    figure.subplots().imshow(NOISE.reshape(200, 320), interpolation="nearest")
    save_figure(figure, [path])


WRITERS: dict[str, Callable[[Path], None]] = {
    "volume.nii.gz": lambda path: save_volume(path, NOISE, np.eye(4), {"key": 1}),
    "table.tsv": lambda path: write_table([{"number": n / 3} for n in range(9000)], path),
    "record.json": lambda path: write_json(path, {"text": "x" * 99999}),
    "model.safetensors": lambda path: save_model(coordinate(width=128, epochs=1)[0], path),
    "state.safetensors": lambda path: write_checkpoint(path, State(1, {"a": torch.zeros(99999)}, {}), {}),
    "figure.png": draw,
    "figure.pdf": draw,
}


@pytest.mark.parametrize("left", [0, 16 * KIB])
@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_does_not_fit(disk: Path, name: str, left: int) -> None:
    path = disk / "results" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("old")
    ballast = fill(disk, left)
    with refuses(str(path), "no space left", "free some and run again"):
        WRITERS[name](path)
    assert path.read_text() == "old"
    assert not list(path.parent.glob(".writing-*"))
    ballast.unlink()
    WRITERS[name](path)
    assert path.stat().st_size > 16 * KIB


@pytest.mark.slow
@pytest.mark.workflow
@pytest.mark.nightly
@pytest.mark.smoke
def test_a_run_that_fills_the_disk(disk: Path, tmp_path: Path) -> None:
    data = make_bids(tmp_path / "data", [])
    write_volume(data / image_paths(["01"])[0], shape=(40, 60, 60))
    config, directory = from_dataset(data, TINY, RUN), disk / "run"
    ballast = fill(disk, 700 * KIB)
    outcome = snakemake(REPOSITORY, directory, METRICS, config=config)
    assert outcome.code != 0
    # from the job's log or, where the other job has taken what was left for that, from the job itself: of its log, then
    reason = r"^ERROR: results/.*\.(nii\.gz|log): no space left to write it.*: free some and run again"
    assert re.search(reason, outcome.output, re.MULTILINE), outcome.output[-6000:]
    assert "Traceback" not in outcome.output
    before = {
        path: (directory / "results" / path).read_bytes() for path in files_below(directory / "results")
    }
    assert not [path for path in before if ".writing-" in path]
    ballast.unlink()
    snakemake(REPOSITORY, directory, METRICS, config=config).succeeded()
    after = {path: (directory / "results" / path).read_bytes() for path in before}
    assert after == before | {path: text for path, text in after.items() if path.startswith("logs/")}
