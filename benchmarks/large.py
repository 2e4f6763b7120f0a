"""Time and memory of the flagship on a phantom of spine-generic's own size: 320 x 320 x 64 voxels of 0.8 mm.

Each factor is measured in a process of its own, whose peak memory is that of training and of both reconstructions.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from view_sets import train_views

from isospine.dataset.demo.phantom import spine_phantom
from isospine.geometry.crops import crop_for_views, cropping
from isospine.geometry.grid import Grid
from isospine.io.nifti import load_volume, save_volume
from isospine.physics.simulate import acquire
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import PriorHyperparameters

#: Voxels from left to right, posterior to anterior and inferior to superior.
SHAPE = (64, 320, 320)


def timed(title: str, work: Callable[[], Any]) -> Any:
    """Print how long something takes, and the peak memory up to its end."""
    start, processor = time.perf_counter(), time.process_time()
    result = work()
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"    {title:<24} {seconds:7.1f} s, of a processor {processor:7.1f} s, peak {peak:5.2f} GB",
        flush=True,
    )
    return result


def measure(path: Path, factor: float) -> None:
    data, affine = load_volume(path)
    specs = [("axial", factor), ("sagittal", factor)]
    start, grid = crop_for_views(Grid(data.shape, affine), specs)
    views = [acquire(data[cropping(start, grid)], grid, plane, factor, "box") for plane, factor in specs]
    del data
    recipe = PriorHyperparameters(**known_recipes()["self-prior"])
    print(f"  factor {factor:g}, {' x '.join(map(str, grid.shape))} voxels")
    model = timed("training", lambda: train_views(views, recipe)[0])
    timed("the reference's grid", lambda: model.reconstruct(model.grid))
    timed("0.5 mm", lambda: model.reconstruct(model.grid.resampled(0.5)))


def run(threads: int) -> None:
    print(f"  {threads} threads, {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "phantom.nii.gz"
        phantom = timed("making the phantom", lambda: spine_phantom(0, SHAPE))
        save_volume(path, phantom.intensity, phantom.affine)
        del phantom
        for factor in (5.0, 8.0):
            command = [sys.executable, __file__, str(path), str(factor), "--threads", str(threads)]
            environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL, env=environment)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", nargs="?", type=Path, help="phantom; made anew if not given")
    parser.add_argument("factor", nargs="?", type=float)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.path is None:
        run(options.threads)
    else:
        measure(options.path, options.factor)
