"""A curved cord of known area, and labels drawn on thick views of it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from support.volumes import make_affine, make_views

from isospine.geometry.grid import Grid
from isospine.physics.view import View

SPECS = [("axial", 5.0), ("sagittal", 5.0)]
#: Radius of the cord in mm.
RADIUS = 5.0


def cord(
    shape: tuple[int, int, int] = (40, 40, 60), spacing: float = 0.8, curved: bool = True
) -> tuple[NDArray[np.bool_], Grid]:
    """A tube that runs from end to end of the last axis, inferior to superior."""
    grid = Grid(shape, make_affine(spacing=spacing))
    i, j, k = np.indices(shape) * spacing
    middle = np.array(shape) * spacing / 2
    bend = 3 * np.sin(2 * np.pi * k / (shape[2] * spacing)) if curved else 0
    return (i - middle[0]) ** 2 + (j - middle[1] - bend) ** 2 < RADIUS**2, grid


def drawn(
    mask: NDArray[np.bool_],
    grid: Grid,
    specs: Sequence[tuple[str, float]] = SPECS,
    noise: float | None = None,
) -> list[View]:
    """Binary labels on thick views of a cord; soft ones where there is a noise."""
    views = make_views(mask.astype(np.float32), grid, list(specs))
    if noise is None:
        return [replace(view, data=(view.data > 0.5).astype(np.float32)) for view in views]
    random = np.random.default_rng(0)
    return [
        replace(
            view,
            data=np.clip(view.data + random.normal(scale=noise, size=view.data.shape), 0, 1).astype(
                np.float32
            ),
        )
        for view in views
    ]
