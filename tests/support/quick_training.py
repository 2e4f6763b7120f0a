"""A training that takes a second, and the images that it is for."""

from dataclasses import dataclass
from typing import Any

from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.crops import crop_for_views
from isospine.geometry.grid import Grid, Volume
from isospine.physics.view import View
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import Hyperparameters

SPECS: list[tuple[str, float]] = [("axial", 5), ("sagittal", 4)]


def quick_settings(**changes: Any) -> Hyperparameters:
    """Give the default recipe, made small."""
    small = {"L": 64, "bandwidth": 0.075, "width": 64, "epochs": 25, "learning_rate": 4e-3}
    return Hyperparameters(**(known_recipes()["fourier"] | {"precision": "float32"} | small | changes))


@dataclass(frozen=True)
class Case:
    """A reference with the views that a network is trained on."""

    reference: Volume
    grid: Grid
    views: list[View]


def make_case(sigma: float = 1.2, shape: tuple[int, int, int] = (20, 23, 22), scale: float = 1.0) -> Case:
    """Fine structure of `sigma` voxels, oblique, array axes in the order of `PSR`, one axis to be cropped."""
    affine = make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.1, -0.05, 0.1))
    _, grid = crop_for_views(Grid(shape, affine), SPECS)
    reference = smooth_image(grid.shape, sigma=sigma) * scale
    return Case(reference, grid, make_views(reference, grid, SPECS))
