"""First weights of `fourier`, random and the mean of networks of the two other volumes: PSNR of the whole volume after few and many epochs.

Views as in benchmarks/quality.py; one thread, seed 0; the networks that are averaged are trained as long as the one that starts
from them. Run it alone: `.venv/bin/python benchmarks/starts.py`.
"""

import time
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from grids import VOLUMES
from quality import load_case, quality_of, train_recipe
from real_data import data_folder

from isospine.geometry.grid import Grid, Volume
from isospine.io.atomic import atomic_path
from isospine.physics.view import View
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import MEAN, RANDOM

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results/starts.tsv"
#: The last is that of the recipe.
EPOCHS = (1, 3, 10)


def run(data: Path) -> pd.DataFrame:
    """Train from both starts on each volume."""
    torch.set_num_threads(1)
    cases = {volume: load_case(data / f"sub-{volume}/anat/sub-{volume}_T2w.nii.gz") for volume in VOLUMES}
    rows = []
    for epochs in EPOCHS:
        known: dict[str, Any] = {}
        for initial in (RANDOM, MEAN):
            settings = known_recipes()["fourier"] | {"epochs": epochs, "initial": initial}
            for volume, case in cases.items():
                others = {name: own for name, own in known.items() if name != volume}
                row, contents = trained(volume, case, settings, others)
                rows.append(row)
                if initial == RANDOM:
                    known = {**known, volume: contents}
    return pd.DataFrame(rows)


def trained(
    volume: str, case: tuple[Volume, Grid, list[View]], settings: dict[str, Any], others: dict[str, Any]
) -> tuple[dict[str, Any], Any]:
    """Train on a volume; a row, and what others may start from."""
    reference, grid, views = case
    start = time.process_time()
    model = train_recipe(views, settings, volume, others)
    psnr = quality_of(reference, model.reconstruct(grid))
    seconds = time.process_time() - start
    row = {"volume": volume, "epochs": settings["epochs"], "initial": settings["initial"]}
    print(f"  {' '.join(map(str, row.values())):<24} {psnr:6.2f} dB {seconds:6.1f} s", flush=True)
    return row | {"psnr": round(psnr, 3), "seconds": round(seconds, 1)}, model.contents()


if __name__ == "__main__":
    table = run(data_folder("real-t2w"))
    with atomic_path(RESULTS) as temporary:
        table.to_csv(temporary, sep="\t", index=False)
