"""The recipe `grid` beside `fourier` on the real volumes: PSNR of the whole volume, and CPU seconds of training and reconstruction.

Views as in benchmarks/quality.py; one thread, seed 0. Run it alone: `.venv/bin/python benchmarks/grids.py`.
"""

import time
from pathlib import Path

import pandas as pd
import torch
from quality import load_case, quality_of, train_recipe
from real_data import data_folder

from isospine.io.atomic import atomic_path
from isospine.recipes.catalogue import known_recipes

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results/grids.tsv"
VOLUMES = ("sct08mm", "sct1mm", "unf01")
RECIPES = ("fourier", "grid")


def run(data: Path) -> pd.DataFrame:
    """Train each recipe on each volume."""
    torch.set_num_threads(1)
    rows = []
    for volume in VOLUMES:
        reference, grid, views = load_case(data / f"sub-{volume}/anat/sub-{volume}_T2w.nii.gz")
        for recipe in RECIPES:
            start = time.process_time()
            model = train_recipe(views, known_recipes()[recipe], volume, {})
            psnr = quality_of(reference, model.reconstruct(grid))
            seconds = time.process_time() - start
            parameters = model.parameters  # type: ignore[attr-defined]
            rows.append(
                {
                    "volume": volume,
                    "recipe": recipe,
                    "psnr": round(psnr, 3),
                    "seconds": round(seconds, 1),
                    "parameters": parameters,
                }
            )
            print(f"  {volume:<8} {recipe:<8} {psnr:6.2f} dB {seconds:6.1f} s {parameters:9d}", flush=True)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    table = run(data_folder("real-t2w"))
    with atomic_path(RESULTS) as temporary:
        table.to_csv(temporary, sep="\t", index=False)
