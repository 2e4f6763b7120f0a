"""Measure whether placed views show the same body where they lie, against what chance would show.

Two views of a body that are put in the right place, and equally blurred, vary together in every small neighbourhood,
whatever their brightness and contrast. A view that is put a few mm beside its place varies there as it would anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from isospine.geometry.grid import Grid, Volume
from isospine.geometry.resample import resample
from isospine.physics.interpolate import covers
from isospine.physics.view import View
from isospine.views.registration import blurred

Kind = TypeVar("Kind", np.float32, np.bool_)

#: Standard deviation in mm of the neighbourhood in which views are compared.
NEIGHBOURHOOD = 6.0
#: Shift in mm along each axis after which views agree by chance.
ASIDE = 10.0
#: Share of agreement above chance, over what is possible, below which a view is probably not in its place.
DOUBTFUL = 0.35
#: Voxels that two views must share for a comparison.
FEWEST = 500


@dataclass(frozen=True)
class Agreement:
    """How well a view agrees with the others where it was put.

    Attributes
    ----------
    found : float
        Share of the local variance that the view and the others explain of each other, from 0 to 1.
    chance : float
        The same, median, with the view shifted aside.
    """

    found: float
    chance: float

    @property
    def above_chance(self) -> float:
        """Agreement above chance over what is possible above it: 1 at best, about 0 by chance."""
        return (self.found - self.chance) / max(1 - self.chance, 1e-6)

    @property
    def doubtful(self) -> bool:
        """Whether the view is probably not in its place."""
        return self.above_chance < DOUBTFUL


def agreements(views: Sequence[View], grid: Grid) -> list[Agreement | None]:
    """Compare each view with the others.

    Parameters
    ----------
    views : sequence of View
        Where the body was during the first of them.
    grid : Grid
        Where, and how finely, they are compared.

    Returns
    -------
    list of Agreement or None
        Of each view; None where it shares too little with the others.
    """
    images = [resample(view.data, view.grid, grid, 1) for view in views]
    seen = [covers(view, grid) for view in views]
    sums = np.zeros((len(views), 1 + len(_shifts(grid)), 2))
    for one, other in combinations(range(len(views)), 2):
        if np.count_nonzero(seen[one] & seen[other]) >= FEWEST:
            pair = blurred(images[one], grid, views[other]), blurred(images[other], grid, views[one])
            sums[[one, other]] += _compare(pair, (seen[one], seen[other]), grid)
    return [_agreement(own) for own in sums]


def _agreement(sums: NDArray[np.float64]) -> Agreement | None:
    """Agreement from explained and whole variance, in place and shifted, shape (1 + S, 2)."""
    found, *aside = [float(explained / whole) for explained, whole in sums if whole > 0] or [0.0]
    return Agreement(found, float(np.median(aside))) if sums[0, 1] > 0 and aside else None


def _shifts(grid: Grid) -> list[tuple[int, ...]]:
    """Shifts in voxels aside, along the diagonals of the grid's planes: along one axis a spine repeats itself."""
    steps = np.maximum(1, np.rint(ASIDE / grid.spacing)).astype(int)
    signs = list(product((-1, 0, 1), repeat=3))
    return [
        tuple(int(s * n) for s, n in zip(sign, steps, strict=True))
        for sign in signs
        if sum(map(abs, sign)) == 2
    ]


def _compare(
    pair: tuple[Volume, Volume], seen: tuple[NDArray[np.bool_], NDArray[np.bool_]], grid: Grid
) -> NDArray[np.float64]:
    """Explained and whole local variance of two images in place, and with the first shifted aside: shape (1 + S, 2)."""
    still = [_explained(*pair, *seen, grid)]
    moved = [
        _explained(_shifted(pair[0], shift), pair[1], _shifted(seen[0], shift), seen[1], grid)
        for shift in _shifts(grid)
    ]
    return np.array(still + moved)


def _shifted(image: NDArray[Kind], shift: tuple[int, ...]) -> NDArray[Kind]:
    """Shift an image by voxels; what comes in from outside is zero, and not seen."""
    result = np.zeros_like(image)
    there = tuple(slice(max(s, 0), n + min(s, 0)) for s, n in zip(shift, image.shape, strict=True))
    here = tuple(slice(max(-s, 0), n + min(-s, 0)) for s, n in zip(shift, image.shape, strict=True))
    result[there] = image[here]
    return result


def _explained(
    first: Volume, second: Volume, first_seen: NDArray[np.bool_], second_seen: NDArray[np.bool_], grid: Grid
) -> tuple[float, float]:
    """Local variance that two images explain of each other, and all of it, summed where both see.

    Voxels weigh by how much both images vary there, so that air and even tissue do not count.
    """
    mask = (first_seen & second_seen).astype(np.float32)
    if np.count_nonzero(mask) < FEWEST:
        return 0.0, 0.0
    sigma = (NEIGHBOURHOOD / grid.spacing).tolist()
    amount = gaussian_filter(mask, sigma) + np.float32(1e-6)

    def mean(image: Volume) -> Volume:
        return np.asarray(gaussian_filter(image * mask, sigma) / amount, np.float32)

    centred = [image - np.float32(image[mask > 0].mean()) for image in (first, second)]
    means = [mean(image) for image in centred]
    variances = [
        np.maximum(mean(image * image) - own**2, 0) for image, own in zip(centred, means, strict=True)
    ]
    shared = mean(centred[0] * centred[1]) - means[0] * means[1]
    product_ = variances[0] * variances[1]
    squared = np.clip(shared**2 / np.maximum(product_, np.finfo(np.float32).tiny), 0, 1)
    weights = np.sqrt(product_) * mask
    return float((weights * squared).sum(dtype=np.float64)), float(weights.sum(dtype=np.float64))
