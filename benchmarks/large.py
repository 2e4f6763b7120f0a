"""Time and memory of `pretrained` and `self-prior` on a phantom of spine-generic's own size: 320 x 320 x 64 voxels of 0.8 mm.

Each factor and recipe is measured in a process of its own, whose peak memory is that of training and of both reconstructions.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from measured import Scan
from persons import available_weights, measured_rows
from persons_table import RESULTS, read_table, replaced, table_of, write_table
from view_sets import train_views

from isospine.dataset.demo.phantom import spine_phantom
from isospine.geometry.crops import crop_for_views, cropping
from isospine.geometry.grid import Grid
from isospine.io.nifti import load_volume, save_volume
from isospine.physics.simulate import acquire
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import settings_of

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


def measure(path: Path, factor: float, name: str) -> None:
    data, affine = load_volume(path)
    specs = [("axial", factor), ("sagittal", factor)]
    start, grid = crop_for_views(Grid(data.shape, affine), specs)
    views = [acquire(data[cropping(start, grid)], grid, plane, factor, "box") for plane, factor in specs]
    del data
    recipe = settings_of(known_recipes()[name])
    print(f"  {name}, factor {factor:g}, {' x '.join(map(str, grid.shape))} voxels", flush=True)
    model = timed("training", lambda: train_views(views, recipe)[0])
    timed("the reference's grid", lambda: model.reconstruct(model.grid))
    timed("0.5 mm", lambda: model.reconstruct(model.grid.resampled(0.5)))


def table() -> pd.DataFrame:
    """Seconds and memory of `pretrained` on the reference's grid, for the table of results."""
    phantom = spine_phantom(0, SHAPE)
    specs = [("axial", 5.0), ("sagittal", 5.0)]
    start, grid = crop_for_views(Grid(phantom.intensity.shape, phantom.affine), specs)
    reference = phantom.intensity[cropping(start, grid)]
    views = [acquire(reference, grid, plane, factor, "box") for plane, factor in specs]
    scan = Scan(reference, grid, views, {"whole": np.ones(reference.shape, bool)})
    about = {"setting": "320 x 320 x 64", "person": "phantom"}
    return table_of(measured_rows(about, scan, ["pretrained"], [], list(available_weights())))


def run(threads: int, recipes: Sequence[str] = ("pretrained", "self-prior")) -> None:
    print(f"  {threads} threads, {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "phantom.nii.gz"
        phantom = timed("making the phantom", lambda: spine_phantom(0, SHAPE))
        save_volume(path, phantom.intensity, phantom.affine)
        del phantom
        for name, factor in product(recipes, (5.0, 8.0)):
            command = [sys.executable, __file__, str(path), str(factor), name, "--threads", str(threads)]
            environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL, env=environment)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", nargs="?", type=Path, help="phantom; made anew if not given")
    parser.add_argument("factor", nargs="?", type=float)
    parser.add_argument("recipe", nargs="?", default="pretrained")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--update", type=Path, help=f"write the figure for the table into it, such as {RESULTS}"
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.update:
        write_table(replaced(read_table(options.update), table()), options.update)
    elif options.path is None:
        run(options.threads)
    else:
        measure(options.path, options.factor, options.recipe)
