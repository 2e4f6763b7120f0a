"""Estimate the motion and intensity scale of acquired views relative to the first."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from skimage.measure import block_reduce

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.planes import orientation
from isospine.geometry.resample import resample
from isospine.geometry.rigid import rigid_parameters
from isospine.physics.interpolate import covers
from isospine.physics.magnitude import magnitude, times_power
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.output_grid import grid_between, output_grid, sharpest_spacing
from isospine.physics.slices import every_kth
from isospine.physics.view import View
from isospine.solvers.tikhonov import smooth_solution, smoothness_weight
from isospine.views.joint import COEFFICIENTS, Placement, align, gain_field, put_back
from isospine.views.registration import TRUST, blurred, mirrored_axis, register
from isospine.views.shared_field import shared_box, within

#: Voxels of the grid on which motion is estimated, at most: it needs no finer one, and takes seconds then.
LARGEST_GRID = 500_000
#: The same where views are placed by the part that all show, which all of their slices cross.
LARGEST_PART = 150_000
#: Every `HELD_OUT`-th slice is held out to decide which estimate predicts better.
HELD_OUT = 4
#: Difference of predictions in dB that may be chance: held-out slices do not resolve the 0.05 mm of the joint estimate.
MARGIN = 0.05
#: Logarithm of a gain that is not told from 1 where motion is not estimated.
COMPARABLE = 0.02
#: Exponent of two by which a view is so much brighter or darker than the first that it is estimated in a unit of its own.
MUCH = 2
#: Motion in mm or degrees beyond which a registration is more likely wrong than right.
LARGEST_MOTION = 30.0

log = logging.getLogger(__name__)


def estimate_placements(
    views: Sequence[View], names: Sequence[str] | None = None, doubt: Callable[[str], None] = log.warning
) -> list[Placement]:
    """Estimate the motion and intensity scale of each view relative to the first.

    A registration is followed by a joint estimate with the image. It is kept unless it predicts slices worse that it
    did not see, as it may under strong noise. Views of which each shows much that the others do not, such as slabs across a
    small part of a body, are placed by what all of them show.

    Parameters
    ----------
    views : sequence of View
        As acquired.
    names : sequence of str, optional
        Names of the views, for messages; else their numbers.
    doubt : callable
        Called with a sentence on what may be wrong.

    Raises
    ------
    InputError
        If views do not overlap.
    """
    views, brighter = alike(views)
    grid = estimation_grid(views)
    scaled = prepared(views, grid)
    coarse = [Placement(np.eye(4), np.zeros(COEFFICIENTS))]
    for index, view in enumerate(scaled[1:], start=1):
        name = names[index] if names else f"view {index + 1}"
        check_not_mirrored(name, view, scaled[0], doubt)
        motion = register(view, scaled[0])
        check_motion(name, motion, grid)
        coarse.append(Placement(motion, np.eye(COEFFICIENTS)[0] * brightness(view, scaled[0], motion)))
    if len(views) == 1:
        return coarse
    weight = smoothness(scaled, grid)
    fine, _ = align(scaled, grid, coarse, weight)
    before, after = (prediction(scaled, grid, placements, weight) for placements in (coarse, fine))
    log.info("slices held out: %.2f dB after registration, %.2f dB after the joint estimate", before, after)
    return brightened(fine if after >= before - MARGIN else coarse, brighter)


def estimate_gains(views: Sequence[View]) -> list[Placement]:
    """Estimate the brightness of each view relative to the first, where headers are trusted.

    It is that of the views' root mean squares where both show the body, equally blurred. Within `COMPARABLE` of each
    other, or without anything in common, views are left as they are.
    """
    views, brighter = alike(views)
    grid = estimation_grid(views)
    scaled = prepared(views, grid)
    images = [resample(view.data, view.grid, grid, 1) for view in scaled]
    seen = [covers(view, grid) for view in scaled]
    placements = [Placement(np.eye(4), np.zeros(COEFFICIENTS))]
    for view, image, own, more in zip(scaled[1:], images[1:], seen[1:], brighter[1:], strict=True):
        common = own & seen[0]
        levels = [
            float(np.mean(np.square(part[common], dtype=np.float64))) if common.any() else 0.0
            for part in (blurred(image, grid, scaled[0]), blurred(images[0], grid, view))
        ]
        gain = np.log(levels[0] / levels[1]) / 2 if min(levels) > 0 else 0.0
        gain += more * np.log(2)
        known = gain if abs(gain) > COMPARABLE else 0.0
        placements.append(Placement(np.eye(4), np.eye(COEFFICIENTS)[0] * known))
    return placements


def alike(views: Sequence[View]) -> tuple[list[View], list[int]]:
    """Bring the first view near 1, and others that are much brighter or darker than it to its brightness.

    In one estimate of all, a view would count by the square of its intensities, and a dark one not at all.

    Returns
    -------
    views : list of View
        Multiplied by powers of two.
    brighter : list of int
        Exponent of two by which each was brighter than the first; 0 where it was like the first.
    """
    units = [intensity_unit(view) for view in views]
    exponents = [round(np.log2(unit / units[0])) for unit in units]
    brighter = [exponent if abs(exponent) >= MUCH else 0 for exponent in exponents]
    base = magnitude([views[0].data])
    pairs = zip(views, brighter, strict=True)
    return [replace(view, data=times_power(view.data, -base - more)) for view, more in pairs], brighter


def brightened(placements: Sequence[Placement], brighter: Sequence[int]) -> list[Placement]:
    """Add to gains what `alike` took away."""
    constant = np.eye(COEFFICIENTS)[0] * np.log(2)
    return [
        replace(placement, log_gain=placement.log_gain + more * constant) if more else placement
        for placement, more in zip(placements, brighter, strict=True)
    ]


def prepared(views: Sequence[View], grid: Grid) -> list[View]:
    """Crop views to what all show, in voxels not much finer than a grid, and in units of the first view's intensities."""
    box = shared_box(views)
    parts = views if box is None else [within(view, box) for view in views]
    unit = np.float32(intensity_unit(parts[0]))
    small = [reduced(part, float(grid.spacing[0])) for part in parts]
    return [replace(view, data=(view.data / unit).astype(np.float32)) for view in small]


def intensity_unit(view: View) -> float:
    """Return the intensity that counts as 1: nearly the range of a view."""
    low = float(view.data.min())
    return float(np.percentile(view.data, 99.5)) - low or float(view.data.max()) - low or 1.0


def estimation_grid(views: Sequence[View]) -> Grid:
    """Make a grid over what the views show, or the part that all show, as fine as they are unless it grows too large.

    Its axes are those of the first view.
    """
    spacing, box, directions = sharpest_spacing(views), shared_box(views), views[0].grid.directions

    def made(size: float) -> Grid:
        if box is None:
            return output_grid(views, size, "union", directions)
        return grid_between(box.low, box.high, size, directions)

    grid = made(spacing)
    excess = np.prod(grid.shape) / (LARGEST_GRID if box is None else LARGEST_PART)
    return made(spacing * float(np.cbrt(excess))) if excess > 1 else grid


def reduced(view: View, spacing: float) -> View:
    """Average the in-plane voxels of a view in blocks, the largest that fit into `spacing` (mm)."""
    factors = np.maximum(1, (spacing / view.grid.spacing + 0.1).astype(int))
    factors[view.axis] = 1
    if (factors == 1).all():
        return view
    count = np.array(view.grid.shape) // factors
    part = view.data[tuple(slice(0, n * f) for n, f in zip(count, factors, strict=True))]
    affine = view.grid.affine.copy()
    affine[:3, :3] = affine[:3, :3] * factors
    affine[:3, 3] = view.grid.world((factors - 1) / 2)
    i, j, k = (int(n) for n in count)
    data = block_reduce(part, tuple(factors.tolist()), np.mean).astype(np.float32)
    return replace(view, data=data, grid=Grid((i, j, k), affine))


def check_not_mirrored(
    name: str, view: View, first: View, doubt: Callable[[str], None] = log.warning
) -> None:
    """Refuse a view whose header is mirrored relative to that of the first; doubt one that may be."""
    found = mirrored_axis(view, first)
    if found is None:
        return
    axis, sure = found
    fits = (
        f"{name}: it fits the first view much better when it is mirrored along array axis {axis}, which its affine points to "
        f"{orientation(view.grid.affine)[axis]}"
    )
    if sure:
        raise InputError(
            f"{fits}; expected headers that agree on the sides of the body: correct the one that is wrong, or {TRUST}"
        )
    doubt(
        f"{fits}, but the first view does not fit this one so: they show too little in common to decide. Compare the sides of "
        "the body in both."
    )


def check_motion(name: str, motion: FloatArray, grid: Grid) -> None:
    """Refuse a registration that moves the body implausibly far."""
    parameters = rigid_parameters(motion, grid.centre)
    if np.abs(parameters).max() > LARGEST_MOTION:
        turned, shifted = np.abs(parameters[:3]).max(), np.abs(parameters[3:]).max()
        raise InputError(
            f"{name}: the registration moves it by {shifted:.0f} mm and {turned:.0f} degrees, which is more "
            f"than a body moves between two acquisitions; expected less than {LARGEST_MOTION:g}: check that the views "
            "are of one session, and that no header is mirrored"
        )


def brightness(view: View, first: View, motion: FloatArray) -> float:
    """Return the logarithm of the brightness of a view relative to the first, where both see the body."""
    still = Grid(view.grid.shape, np.linalg.inv(motion) @ view.grid.affine)
    common = covers(first, still)
    other = covers(replace(view, grid=still), first.grid)
    if not common.any() or not other.any():
        raise InputError(
            "views: they do not overlap once they are aligned; expected views of one part of a body"
        )
    levels = [float(np.percentile(image, 90)) for image in (view.data[common], first.data[other])]
    return float(np.log(levels[0] / levels[1])) if min(levels) > 0 else 0.0


def smoothness(views: Sequence[View], grid: Grid) -> float:
    """Return the weight of the smoothness penalty, which grows with the noise of the views."""
    operator = ObliqueOperator.of_views(views, grid)
    return smoothness_weight(operator.noise([view.data for view in views]))


def prediction(views: Sequence[View], grid: Grid, placements: Sequence[Placement], weight: float) -> float:
    """Return how well a smooth solution predicts held-out slices, in dB; minus infinity without any.

    The image is made as bright as each view, never the other way round: a gain that is wrong must not change what an
    error counts.
    """
    seen = [put_back(view, placement) for view, placement in zip(views, placements, strict=True)]
    gains = [gain_field(view, placement, grid) for view, placement in zip(seen, placements, strict=True)]
    operator = ObliqueOperator.of_views(seen, grid).scaled(gains)
    held_out = [np.zeros(view.data.shape, bool) for view in views]
    for out, view in zip(held_out, views, strict=True):
        np.moveaxis(out, view.axis, 0)[every_kth(view.grid.shape[view.axis], HELD_OUT)] = True
    measured = [view.data for view in views]
    start = np.zeros(grid.shape, np.float32)
    image = smooth_solution(operator.without(held_out), measured, weight, start, 60)
    parts = zip(operator.residuals(image, measured), held_out, operator.covered(), strict=True)
    errors = [left[out & covered] for left, out, covered in parts if (out & covered).any()]
    # the views count alike, whatever their noise and contrast
    return -float(
        np.mean([10 * np.log10(np.mean(error.astype(np.float64) ** 2)) for error in errors] or [np.inf])
    )
