"""Quality and seconds of every baseline and recipe on the real volumes, one thread.

The volumes are cropped at their far ends to whole slices, as the published figures of this project were
(the workflow crops symmetrically); views are noise-free, box profile, factor 5, axial and sagittal.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from isospine.acquisition import View, acquire
from isospine.baselines import BASELINES
from isospine.config import known_recipes
from isospine.geometry import Grid, crop_for_views, cropping
from isospine.hyperparameters import Hyperparameters, PopulationHyperparameters, PriorHyperparameters
from isospine.metrics import psnr, ssim_map
from isospine.nifti import Affine, Volume, load_volume
from isospine.population import train_population
from isospine.prior_training import train_prior
from isospine.training import train

VIEWS = [("axial", 5.0), ("sagittal", 5.0)]


def load_case(path: Path) -> tuple[Volume, Grid, list[View]]:
    """Reference cropped from its first voxel, its grid, and its views."""
    data, affine = load_volume(path)
    _, cropped = crop_for_views(Grid(data.shape, affine), VIEWS)
    start = (0, 0, 0)
    grid = Grid(data.shape, affine).cropped(start, cropped.shape)
    reference = data[cropping(start, grid)]
    return reference, grid, [acquire(reference, grid, plane, factor, "box") for plane, factor in VIEWS]


def train_and_reconstruct(
    views: list[View],
    settings: dict[str, Any],
    grid: Grid,
    subject: str,
    others: dict[str, tuple[Volume, Affine]],
) -> Volume:
    if settings["model"] == "population":
        recipe = PopulationHyperparameters(**settings)
        return train_population(views, others, recipe, 0, {"image": f"sub-{subject}"})[0].reconstruct(grid)
    if settings["model"] == "prior":
        return train_prior(views, PriorHyperparameters(**settings), 0, {})[0].reconstruct(grid)
    return train(views, Hyperparameters(**settings), 0, {})[0].reconstruct(grid)


def measure(name: str, reference: Volume, reconstruct: Callable[[], Volume]) -> None:
    """Print one row."""
    start = time.perf_counter()
    image = reconstruct()
    seconds = time.perf_counter() - start
    data_range = float(reference.max() - reference.min())
    quality = psnr(reference, image, data_range)
    similarity = ssim_map(reference.astype(np.float64), image.astype(np.float64), data_range).mean()
    print(f"  {name:<16} {quality:6.2f} dB  {similarity:.4f}  {seconds:8.1f} s", flush=True)


def run(folder: Path, recipes: list[str], subjects: list[str]) -> None:
    torch.set_num_threads(1)
    known = known_recipes()
    paths = {path.parts[-3]: path for path in sorted(folder.glob("sub-*/anat/sub-*_T2w.nii.gz"))}
    for subject in subjects:
        reference, grid, views = load_case(paths[f"sub-{subject}"])
        others = {name: load_volume(path) for name, path in paths.items() if name != f"sub-{subject}"}
        print(f"{subject}, {' x '.join(map(str, reference.shape))}")
        for name, baseline in BASELINES.items():
            measure(name, reference, partial(baseline, views, grid))
        for name in recipes:
            measure(
                name, reference, partial(train_and_reconstruct, views, known[name], grid, subject, others)
            )
