"""The prior on views that lie anywhere: it learns from aligned views that stand in for them.

The prior needs views that share the axes and the voxels of one grid. From views that do not, regularised least squares
make an image; seen through aligned slices as thick as the acquired ones, this gives views that say what the acquired ones say.
What the prior makes of them is then made consistent with the acquired views themselves.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.geometry.planes import plane_across
from isospine.models.coordinate.train import Curve
from isospine.models.prior.model import PriorModel
from isospine.models.prior.train import train_prior
from isospine.physics.simulate import acquire
from isospine.physics.view import View
from isospine.recipes.hyperparameters import PriorHyperparameters
from isospine.solvers.tikhonov import tikhonov
from isospine.training.checkpoint import Checkpoint
from isospine.training.stored_views import round_views


def train_stand_in(
    views: Sequence[View],
    grid: Grid,
    hyperparameters: PriorHyperparameters,
    seed: int,
    provenance: dict[str, Any],
    device: str | torch.device = "cpu",
    rescue: Path | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[PriorModel, Curve]:
    """Train the prior on stand-ins of the views; its reconstructions explain the views themselves.

    Parameters are those of `prior_training.train_prior`, and the grid of the reconstruction.

    Raises
    ------
    InputError
        If the views are all thick along one direction.
    """
    stand_ins = aligned_stand_ins(views, grid)
    model, curve = train_prior(stand_ins, hyperparameters, seed, provenance, device, rescue, checkpoint)
    return replace(model, acquired=round_views(views, model.offset, model.scale)), curve


def aligned_stand_ins(views: Sequence[View], grid: Grid) -> list[View]:
    """Views of the least squares image along the grid's axes, one for each axis that a view is thick along.

    Raises
    ------
    InputError
        If there is only one such axis.
    """
    factors: dict[int, float] = {}
    for view in views:
        axis = nearest_axis(view, grid)
        thickness = max(2.0, np.rint(view.grid.spacing[view.axis] / grid.spacing[axis]))
        factors[axis] = min(thickness, factors.get(axis, np.inf))
    if len(factors) < 2:
        raise InputError(
            "views: all are thick along one direction, and nothing sharp tells about it; expected views of two "
            "planes for this recipe: use tv or fourier"
        )
    image = tikhonov(views, grid)
    # whole slices: the image goes on beyond its border as it is there
    padding = [(0, 0)] * 3
    for axis, factor in factors.items():
        missing = int(-grid.shape[axis] % factor)
        padding[axis] = (missing // 2, missing - missing // 2)
    start = tuple(-before for before, _ in padding)
    padded = np.pad(image, padding, mode="edge")
    larger = grid.cropped(start, padded.shape)
    planes = [(plane_across(grid.affine, axis), factor) for axis, factor in sorted(factors.items())]
    return [acquire(padded, larger, plane, factor, "box") for plane, factor in planes]


def nearest_axis(view: View, grid: Grid) -> int:
    """Array axis of a grid that is nearest to the normal of a view's slices."""
    return int(np.abs(grid.directions.T @ view.grid.directions[:, view.axis]).argmax())
