"""Draw what the pretrained prior learns from: cells of isotropic bodies, cut into slices of every kind."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import Volume
from isospine.models.pretrained.cells import SpacedAxis, blocks_like, cells_of
from isospine.models.pretrained.planes import (
    CHOSEN,
    SlicedPlanes,
    cell_inputs,
    complete_inputs,
    contexts_spread,
    contrast_of,
    estimate,
)
from isospine.models.prior.cells import Array, Cells
from isospine.models.prior.waves import pick_products

#: Voxels of a block along the planes and across both axes: smallest and largest.
BLOCK = ((40, 70), (70, 120), (70, 120))

#: Cells of a block that are learned from.
CELLS_OF_BLOCK = 12000

#: Slices along each axis that a block must have.
LEAST_SLICES = 3

#: Blocks in a row that may be too small for any slices before there is no hope.
ATTEMPTS = 1000

#: Inputs, outputs and weights, see `Examples`.
Parts = tuple[Array, Array, Array]


@dataclass(frozen=True)
class Variety:
    """How often the slices that are learned from differ from touching box slices of a noise-free T2w image.

    Attributes
    ----------
    factors : tuple of two floats
        Smallest and largest slice spacing, in voxels.
    typical_factor : float
        Spacing of every fourth block, on both axes.
    unequal, gaps, gaussian, noise, contrast : float
        Share of blocks with two spacings, gaps, Gaussian profiles, noise, or intensities of another contrast.
    largest_noise : float
        Standard deviation of the strongest Rician noise, over the range of intensities.
    """

    factors: tuple[float, float] = (2.0, 8.0)
    typical_factor: float = 5.0
    unequal: float = 0.25
    gaps: float = 0.2
    gaussian: float = 0.25
    noise: float = 0.35
    contrast: float = 0.3
    largest_noise: float = 0.05


@dataclass(frozen=True)
class Examples:
    """Inputs (N, INPUT_SIZE) of the network, the outputs (N, L) that it learns, and weights (N, 1) of their errors."""

    inputs: Array
    targets: Array
    weights: Array


def draw_examples(
    bodies: Mapping[str, Volume],
    variety: Variety,
    views: int,
    count: int,
    random: np.random.Generator,
) -> Examples:
    """Draw about `count` cells of bodies, by blocks of random place, direction and kind of slices.

    Parameters
    ----------
    bodies : mapping of str to (I, J, K) array
        Isotropic intensities in [0, 1].
    variety : Variety
        How the slices vary.
    views : {1, 2}
        Views that show a plane.
    count : int
        About how many.
    random : numpy.random.Generator
        Chooses everything.

    Raises
    ------
    InputError
        If no body is large enough for some slices along two axes.
    """
    names = sorted(bodies)
    share = np.sqrt([bodies[name].size for name in names])
    parts: list[Parts] = []
    drawn = failed = 0
    while drawn < count:
        body = bodies[names[random.choice(len(names), p=share / share.sum())]]
        block = _block_of(body, random)
        if random.random() < variety.contrast:
            block = other_contrast(block, random)
        cells, noise = _kind_of_block(block.shape, variety, views, random)
        if cells is None:
            failed += 1
            if failed == ATTEMPTS:
                raise InputError(
                    f"{', '.join(names)}: too small to learn from: no {LEAST_SLICES} slices fit along two of their axes; "
                    "expected larger images"
                )
            continue
        failed = 0
        parts.append(_cells_of_block(block, cells, noise, views, random))
        drawn += len(parts[-1][0])
    return Examples(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _block_of(body: Volume, random: np.random.Generator) -> Volume:
    turned = body.transpose(random.permutation(3))
    size = [int(random.integers(low, high + 1)) for low, high in BLOCK]
    start = [int(random.integers(0, max(1, n - m + 1))) for n, m in zip(turned.shape, size, strict=True)]
    return np.ascontiguousarray(turned[tuple(slice(a, a + n) for a, n in zip(start, size, strict=True))])


def other_contrast(block: Volume, random: np.random.Generator) -> Volume:
    """Map intensities in [0, 1] as another sequence might: by a power, by a random curve, or turned round."""
    kind = random.integers(3)
    if kind == 0:
        mapped = block ** np.exp(random.uniform(-0.5, 0.5))
    elif kind == 1:
        mapped = np.interp(block, [0, *np.sort(random.random(4)), 1], [0, *random.random(5)])
    else:
        mapped = np.interp(block, [0, 0.05, 1], [0, random.uniform(0.5, 1), random.uniform(0.1, 0.4)])
    return ((mapped - mapped.min()) / max(float(np.ptp(mapped)), 1e-6)).astype(np.float32)


def _kind_of_block(
    shape: tuple[int, ...], variety: Variety, views: int, random: np.random.Generator
) -> tuple[Cells | None, float]:
    """Cells of a block and the noise of its views, by chance; no cells if it is too small for them."""
    low, high = np.log(variety.factors)
    spacings = np.exp(random.uniform(low, high, 2))
    if random.random() < 0.4:
        spacings = np.rint(spacings)
    if random.random() > variety.unequal:
        spacings[:] = variety.typical_factor if random.random() < 1 / 3 else spacings[0]
    covered = random.uniform(0.5, 1) if random.random() < variety.gaps else 1.0
    profile = "gaussian" if random.random() < variety.gaussian else "box"
    noise = random.uniform(0, variety.largest_noise) if random.random() < variety.noise else 0.0
    axes = [
        _shifted_axis(n, spacing, max(1.0, covered * spacing), profile, random)
        for n, spacing in zip(shape[1:], spacings, strict=True)
    ]
    if views == 1:
        axes[1] = blocks_like(axes[0], shape[2])
    if min(len(axis.centres) for axis in axes) < LEAST_SLICES:
        return None, noise
    return cells_of(*axes), noise


def _shifted_axis(
    length: int, spacing: float, thickness: float, profile: str, random: np.random.Generator
) -> SpacedAxis:
    first = (spacing - 1) / 2 + random.uniform(0, spacing)
    centres = np.arange(first, length - (spacing + 1) / 2 + 1e-6, spacing)
    return SpacedAxis(length, centres, spacing, profile, thickness)


def _cells_of_block(
    block: Volume, cells: Cells, noise: float, views: int, random: np.random.Generator
) -> Parts:
    first, second = (_noisy(view, noise, random) for view in cells.simulate(block))
    # an estimate of the noise is never exact
    assumed = noise * random.uniform(0.85, 1.15)
    planes = SlicedPlanes(cells, first, second if views == 2 else None, assumed)
    return cells_of_planes(block, planes, CELLS_OF_BLOCK, random)


def cells_of_planes(truth: Volume, planes: SlicedPlanes, count: int, random: np.random.Generator) -> Parts:
    """Draw at most `count` cells of slices of a known image: inputs, outputs and weights as of `Examples`."""
    cells = planes.cells
    known = estimate(planes)
    spread = contexts_spread(cells, known)
    inputs, projected = cell_inputs(cells, known)
    chosen = random.choice(len(inputs), min(count, len(inputs)), replace=False)
    lacking = pick_products(cells.amplitudes(truth), CHOSEN) - projected
    inputs = inputs[chosen]
    contrast = contrast_of(inputs, spread)
    complete = complete_inputs(inputs, contrast, cells, planes.noise, spread)
    return complete, lacking[chosen] / contrast, contrast / np.float32(spread)


def _noisy(view: Array, noise: float, random: np.random.Generator) -> Array:
    if not noise:
        return view
    real, imaginary = random.normal(scale=noise, size=(2, *view.shape))
    return np.hypot(view + real, imaginary).astype(np.float32)
