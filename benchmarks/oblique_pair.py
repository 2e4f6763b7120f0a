"""A pair of views that share nothing but the body: other voxels, gaps, oblique to each other, and overlapping in part.

The first is axial, of 0.6 mm and slices of 3 mm, the second sagittal, of 0.9 mm and slices of 4 mm, turned by 10 degrees;
gaps are 10 % of the thickness. Along the longest axis of the volume each covers 80 %. PSNR is taken where both are.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from moved_views import NOISE, Case, Method, cases, coordinate_network, noisy
from scipy.spatial.transform import Rotation
from view_sets import baseline

from isospine.geometry.grid import Grid
from isospine.physics.interpolate import covers
from isospine.physics.moving_body import scan
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes

#: Spacing in the planes, thickness (mm), turn (degrees), and what is covered of the longest axis.
SPECS = ((0.6, 3.0, 0.0, (0.0, 0.8)), (0.9, 4.0, 10.0, (0.2, 1.0)))
GAP = 0.1


def stack(
    case: Case, axis: int, sharp: float, thickness: float, turn: float, part: tuple[float, float]
) -> View:
    """Scan slices across an axis of the volume, turned about its diagonal."""
    extent = np.array(case.grid.shape) * case.grid.spacing
    longest = int(np.argmax(extent))
    spacing = np.full(3, sharp)
    spacing[axis] = thickness * (1 + GAP)
    centre = (np.array(case.grid.shape) - 1) / 2
    centre[longest] = sum(part) / 2 * case.grid.shape[longest] - 0.5
    extent[longest] *= part[1] - part[0]
    i, j, k = (int(n) for n in np.maximum(1, extent / spacing + 1e-6))
    turned = Rotation.from_rotvec(np.ones(3) / np.sqrt(3) * turn, degrees=True).as_matrix()
    affine = np.eye(4)
    affine[:3, :3] = turned @ case.grid.directions * spacing
    affine[:3, 3] = case.grid.world(centre) - affine[:3, :3] @ (np.array([i, j, k]) - 1) / 2
    return scan(case.reference, case.grid, Grid((i, j, k), affine), axis, thickness)


def run(folder: Path, subjects: list[str], recipes: Sequence[str] = ("fourier",)) -> None:
    """Print the PSNR of every baseline and of some recipes."""
    torch.set_num_threads(1)
    methods: dict[str, Method] = {name: baseline(name) for name in BASELINES}
    for name in recipes:
        methods[name] = partial(coordinate_network, known_recipes()[name])
    for case in cases(folder, subjects):
        axes = [view.axis for view in case.aligned]
        clean = [stack(case, axis, *spec) for axis, spec in zip(axes, SPECS, strict=True)]
        both = np.logical_and(*(covers(view, case.grid) for view in clean))
        for noise in (0.0, NOISE):
            views = [noisy(view, noise * case.range, index) for index, view in enumerate(clean)]
            scores = {name: case.score(method(views, case.grid), both) for name, method in methods.items()}
            cells = "  ".join(f"{name} {score:.2f}" for name, score in scores.items())
            print(f"  noise {noise:.0%}, both see {both.mean():.0%} (dB): {cells}", flush=True)
