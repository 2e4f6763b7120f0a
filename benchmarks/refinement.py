"""Time and memory of a coordinate network at any factor of refinement: CPU seconds and peak memory of a process of its own.

The network of `fourier` after one epoch, on sub-sct08mm; each grid has the reference's spacing over k. One thread. Run it alone:
`.venv/bin/python benchmarks/refinement.py`.
"""

import multiprocessing
import resource
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pandas as pd
import torch
from quality import load_case, train_recipe
from real_data import data_folder

from isospine.geometry.grid import Grid
from isospine.io.atomic import atomic_path
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.load import load_model
from isospine.recipes.catalogue import known_recipes
from isospine.training.files import save_model

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results/refinement.tsv"
VOLUME = "sct08mm"
FACTORS = (1.0, 1.37, 2.0, 2.71, 3.3)


def evaluated(answer: Connection, path: Path, grid: Grid) -> None:
    """Evaluate a network on a grid; send CPU seconds and peak memory (MB) of this process."""
    torch.set_num_threads(1)
    model = load_model(path)
    assert isinstance(model, CoordinateModel)
    start = time.process_time()
    model.evaluate(grid)
    answer.send((time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10))


def run(data: Path, folder: Path) -> pd.DataFrame:
    """Evaluate one network on grids of every factor."""
    torch.set_num_threads(1)
    _, grid, views = load_case(data / f"sub-{VOLUME}/anat/sub-{VOLUME}_T2w.nii.gz")
    model, path = (
        train_recipe(views, known_recipes()["fourier"] | {"epochs": 1}, VOLUME, {}),
        folder / "model.safetensors",
    )
    save_model(model, path)
    rows = []
    for factor in FACTORS:
        finer = grid.resampled(float(grid.spacing.min()) / factor)
        # a new interpreter: no memory of this process is in the peak
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=evaluated, args=(theirs, path, finer))
        process.start()
        seconds, memory = ours.recv()
        process.join()
        voxels = finer.shape[0] * finer.shape[1] * finer.shape[2]
        rows.append(
            {"factor": factor, "voxels": voxels, "seconds": round(seconds, 2), "memory_mb": round(memory)}
        )
        print(f"  k {factor:<5} {voxels:9d} voxels {seconds:7.2f} s {memory:6.0f} MB", flush=True)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    data = data_folder("real-t2w")
    with tempfile.TemporaryDirectory() as scratch:
        table = run(data, Path(scratch))
    with atomic_path(RESULTS) as temporary:
        table.to_csv(temporary, sep="\t", index=False)
