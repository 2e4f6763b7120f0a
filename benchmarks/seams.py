"""How visible the borders between slices are in a continuous reconstruction: `python benchmarks/seams.py`.

At half the fine spacing, the mean absolute difference of neighbouring voxels across the borders of slices, over that of
all other neighbours, along the thick axes. One is no seam; the reference has its own ratio, by chance.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from quality import VIEWS, load_case, train_recipe
from real_data import data_folder

from isospine.geometry.grid import Grid, Volume
from isospine.geometry.planes import thick_axis
from isospine.recipes.catalogue import known_recipes

ROOT = Path(__file__).parents[1]


def seam_ratio(image: Volume, grid: Grid, slice_voxels: int) -> float:
    """Mean gradient across borders of slices of `slice_voxels` voxels of this grid, over elsewhere."""
    across, elsewhere = [], []
    for plane, _ in VIEWS:
        axis = thick_axis(grid.affine, plane)
        steps = np.abs(np.diff(image, axis=axis))
        at_border = (np.arange(steps.shape[axis]) + 1) % slice_voxels == 0
        across.append(steps.compress(at_border, axis=axis).mean())
        elsewhere.append(steps.compress(~at_border, axis=axis).mean())
    return float(np.mean(across) / np.mean(elsewhere))


def run(folder: Path, subjects: list[str], recipes: list[str]) -> None:
    torch.set_num_threads(1)
    for subject in subjects:
        reference, grid, views = load_case(folder / f"sub-{subject}/anat/sub-{subject}_T2w.nii.gz")
        factor = int(VIEWS[0][1])
        print(f"{subject}: reference {seam_ratio(reference, grid, factor):.3f}", flush=True)
        finer = grid.resampled(float(grid.spacing.min()) / 2)
        for name in recipes:
            model = train_recipe(views, known_recipes()[name], subject, {})
            whole, alone = (
                seam_ratio(draw(finer), finer, 2 * factor) for draw in (model.reconstruct, model.evaluate)
            )
            print(f"  {name} {whole:.3f}, without data consistency {alone:.3f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", nargs="*", default=["sct08mm", "sct1mm", "unf01"])
    parser.add_argument("--recipes", nargs="*", default=["self-prior", "fourier"])
    options = parser.parse_args()
    data = data_folder("real-t2w")
    run(data, options.subjects, options.recipes)
