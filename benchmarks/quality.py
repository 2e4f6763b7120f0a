"""Quality, seconds and sizes of every baseline and recipe on the real volumes, one thread.

The volumes are cropped at their far ends to whole slices, as the published figures of this project were
(the workflow crops symmetrically); views are noise-free, box profile, factor 5, axial and sagittal.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from view_sets import baseline, train_views

from isospine.evaluation.metrics import psnr, ssim_map
from isospine.geometry.crops import crop_for_views, cropping
from isospine.geometry.grid import Affine, Grid, Volume
from isospine.io.nifti import load_volume, save_volume
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.coordinate.network_alone import network_alone
from isospine.models.prior.model import PriorModel
from isospine.physics.simulate import acquire
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import settings_of
from isospine.training.files import network_bytes, save_model
from isospine.training.trainable import Model

VIEWS = [("axial", 5.0), ("sagittal", 5.0)]


def load_case(path: Path) -> tuple[Volume, Grid, list[View]]:
    """Reference cropped from its first voxel, its grid, and its views."""
    data, affine = load_volume(path)
    _, cropped = crop_for_views(Grid(data.shape, affine), VIEWS)
    start = (0, 0, 0)
    grid = Grid(data.shape, affine).cropped(start, cropped.shape)
    reference = data[cropping(start, grid)]
    return reference, grid, [acquire(reference, grid, plane, factor, "box") for plane, factor in VIEWS]


def train_recipe(
    views: list[View], settings: dict[str, Any], subject: str, others: dict[str, tuple[Volume, Affine]]
) -> Model:
    about = {"image": f"sub-{subject}"}
    return train_views(views, settings_of(settings), references=others, provenance=about)[0]


def quality_of(reference: Volume, image: Volume) -> float:
    return psnr(reference, image, float(reference.max() - reference.min()))


def measure(name: str, reference: Volume, reconstruct: Callable[[], Volume]) -> None:
    """Print one row."""
    start = time.perf_counter()
    image = reconstruct()
    seconds = time.perf_counter() - start
    data_range = float(reference.max() - reference.min())
    similarity = ssim_map(reference.astype(np.float64), image.astype(np.float64), data_range).mean()
    print(
        f"  {name:<16} {quality_of(reference, image):6.2f} dB  {similarity:.4f}  {seconds:8.1f} s", flush=True
    )


def measure_recipe(
    name: str, reference: Volume, grid: Grid, learn: Callable[[], CoordinateModel | PriorModel]
) -> None:
    """Print the row of a recipe, and beneath it what its model file and its network alone need and give."""
    trained: list[CoordinateModel | PriorModel] = []

    def reconstruct() -> Volume:
        trained.append(learn())
        return trained[0].reconstruct(grid)

    measure(name, reference, reconstruct)
    model = trained[0]
    with tempfile.TemporaryDirectory() as scratch:
        save_model(model, Path(scratch) / "model.safetensors")
        print_size("model file", (Path(scratch) / "model.safetensors").stat().st_size, reference)
    if isinstance(model, CoordinateModel):
        # in float32: bfloat16 products would round the weights anyway
        exact = replace(model, hyperparameters=replace(model.hyperparameters, precision="float32"))
        for number_format in (torch.float32, torch.bfloat16):
            image = network_alone(exact, number_format).evaluate(grid)
            title = f"network alone, {str(number_format).removeprefix('torch.')}"
            size = network_bytes(model.contents()[0], number_format)
            print_size(title, size, reference, f"{quality_of(reference, image):7.3f} dB")


def gzipped_bytes(volumes: list[tuple[Volume, Grid]]) -> int:
    """Bytes of volumes in files as the workflow writes them."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "volume.nii.gz"
        sizes = []
        for data, grid in volumes:
            save_volume(path, data, grid.affine)
            sizes.append(path.stat().st_size)
    return sum(sizes)


def print_size(title: str, size: int, reference: Volume, quality: str = "") -> None:
    print(
        f"    {title:<24} {size:9d} bytes  {8 * size / reference.size:6.2f} bits/voxel  {quality}", flush=True
    )


def run(folder: Path, recipes: list[str], subjects: list[str]) -> None:
    torch.set_num_threads(1)
    known = known_recipes()
    paths = {path.parts[-3]: path for path in sorted(folder.glob("sub-*/anat/sub-*_T2w.nii.gz"))}
    for subject in subjects:
        reference, grid, views = load_case(paths[f"sub-{subject}"])
        others = {name: load_volume(path) for name, path in paths.items() if name != f"sub-{subject}"}
        print(f"{subject}, {' x '.join(map(str, reference.shape))}")
        print_size("reference, gzipped", gzipped_bytes([(reference, grid)]), reference)
        print_size("views, gzipped", gzipped_bytes([(view.data, view.grid) for view in views]), reference)
        for name in BASELINES:
            measure(name, reference, partial(baseline(name), views, grid))
        for name in recipes:
            learn = partial(train_recipe, views, known[name], subject, others)
            measure_recipe(name, reference, grid, learn)
