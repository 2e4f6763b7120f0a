"""Views of a body that moved between them, on real volumes whose truth is known: poses, gains, and reconstructions.

The axial view is scanned first, the sagittal one after a random rigid motion: up to 5 mm along a random direction and 5
degrees about another. PSNR is taken where both views see the body; unmoved views are scored there too.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from quality import load_case
from view_sets import train_views

from isospine.evaluation.metrics import psnr
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.rigid import pose_error, rigid
from isospine.physics.interpolate import covers
from isospine.physics.moving_body import scan
from isospine.physics.simulate import add_rician_noise
from isospine.physics.tissue import tissue_mask
from isospine.physics.view import View
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.solvers.tikhonov import tikhonov
from isospine.solvers.total_variation import total_variation
from isospine.views.estimate import estimate_placements, estimation_grid
from isospine.views.joint import (
    COEFFICIENTS,
    Placement,
    corrected,
    gain_field,
    polynomial,
    put_back,
)
from isospine.views.registration import register

#: Largest motion in mm and in degrees, and the standard deviation of the noise over the reference's range.
MOTION, NOISE = 5.0, 0.01
#: Range of the gains of the second view, and standard deviation of the coefficients of its bias field's logarithm.
GAINS, BIAS = (0.7, 1.4), 0.1

Method = Callable[[Sequence[View], Grid], Volume]


def random_motion(random: np.random.Generator, centre: FloatArray) -> FloatArray:
    """Rigid motion about a centre by up to 5 degrees and 5 mm."""
    parameters = random.normal(size=(2, 3))
    parameters *= random.uniform(0, MOTION, (2, 1)) / np.linalg.norm(parameters, axis=1, keepdims=True)
    return rigid(parameters.ravel(), centre)


def random_gain(random: np.random.Generator) -> FloatArray:
    """Logarithm of a gain and of a smooth bias field, as coefficients of `polynomial`."""
    coefficients = random.normal(scale=BIAS, size=COEFFICIENTS)
    coefficients[0] = np.log(random.uniform(*GAINS))
    return coefficients


def noisy(view: View, sigma: float, seed: int) -> View:
    return replace(view, data=add_rician_noise(view.data, sigma, seed))


class Case:
    """One volume, its tissue, and what is scanned of it."""

    def __init__(self, path: Path) -> None:
        self.reference, self.grid, self.aligned = load_case(path)
        self.range = float(np.ptp(self.reference))
        tissue = np.argwhere(tissue_mask(self.reference))
        self.points = self.grid.world(tissue.astype(np.float64))

    def scanned(self, motion: FloatArray, noise: float, seed: int) -> list[View]:
        """Views of which the second sees the body moved."""
        views = []
        for index, (view, moves) in enumerate(zip(self.aligned, (np.eye(4), motion), strict=True)):
            seen = scan(self.reference, self.grid, view.grid, view.axis, view.thickness, moves)
            views.append(noisy(seen, noise * self.range, 2 * seed + index))
        return views

    def score(self, image: Volume, seen: NDArray[np.bool_]) -> float:
        """PSNR in dB over some voxels."""
        return psnr(self.reference[seen], image[seen], self.range)


def cases(folder: Path, subjects: list[str]) -> Iterator[Case]:
    """Volumes one after the other, each with its heading."""
    for subject in subjects:
        case = Case(folder / f"sub-{subject}/anat/sub-{subject}_T2w.nii.gz")
        print(f"{subject}, {' x '.join(map(str, case.reference.shape))}", flush=True)
        yield case


def with_gain(views: Sequence[View], motion: FloatArray, log_gain: FloatArray) -> list[View]:
    """Views of which the second is brighter by a field that moves with the body."""
    field = gain_field(
        put_back(views[1], Placement(motion, log_gain)), Placement(motion, log_gain), estimation_grid(views)
    )
    return [views[0], replace(views[1], data=views[1].data * field)]


def gain_error(
    estimate: Placement, motion: FloatArray, log_gain: FloatArray, case: Case, frame: Grid
) -> float:
    """Root mean square of the relative error of the gain where there is tissue."""
    difference = polynomial(case.points, frame) @ (estimate.log_gain - log_gain)
    return float(np.sqrt(np.mean(np.expm1(difference) ** 2)))


def placed(views: Sequence[View], placements: Sequence[Placement]) -> list[View]:
    frame = estimation_grid(views)
    return [corrected(view, one, frame) for view, one in zip(views, placements, strict=True)]


def poses(case: Case, count: int, reconstructed: int, methods: dict[str, Method]) -> None:
    """Print the errors of random poses, and what is lost of the reconstructions for the first of them."""
    still = Placement(np.eye(4), np.zeros(COEFFICIENTS))
    errors: list[list[float]] = []
    losses: dict[str, list[list[float]]] = {name: [] for name in methods}
    for number in range(count):
        random = np.random.default_rng(number)
        motion = random_motion(random, case.grid.centre)
        views = case.scanned(motion, NOISE, number)
        coarse = register(views[1], views[0])
        estimate = estimate_placements(views)
        errors.append(
            [*pose_error(coarse, motion, case.points), *pose_error(estimate[1].motion, motion, case.points)]
        )
        print(
            "    pose {:2d}  registration {:5.3f} mm {:5.3f} deg  joint {:5.3f} mm {:5.3f} deg".format(
                number, *errors[-1]
            ),
            flush=True,
        )
        if number >= reconstructed:
            continue
        truth = Placement(motion, np.zeros(COEFFICIENTS))
        seen = covers(put_back(views[1], truth), case.grid)
        log_gain = random_gain(random)
        brighter = with_gain(views, motion, log_gain)
        matched = estimate_placements(brighter)
        error = gain_error(matched[1], motion, log_gain, case, estimation_grid(brighter))
        distance, angle = pose_error(matched[1].motion, motion, case.points)
        print(
            f"             with a gain: joint {distance:5.3f} mm {angle:5.3f} deg, gain within {error:.1%}",
            flush=True,
        )
        unmoved = case.scanned(np.eye(4), NOISE, number)
        inputs = {
            "unmoved": unmoved,
            "true pose": placed(views, [still, truth]),
            "estimated": placed(views, estimate),
            "ignored": views,
            "gain, estimated": placed(brighter, matched),
            "gain, ignored": [views[0], replace(placed(views, [still, truth])[1], data=brighter[1].data)],
        }
        for name, method in methods.items():
            row = [case.score(method(given, case.grid), seen) for given in inputs.values()]
            losses[name].append([row[0] - value for value in row[1:]])
            cells = "  ".join(f"{title} {value:.2f}" for title, value in zip(inputs, row, strict=True))
            print(f"             {name} (dB): {cells}", flush=True)
    middle, worst = np.median(errors, axis=0), np.max(errors, axis=0)
    for title, first in (("registration", 0), ("joint estimate", 2)):
        print(
            f"  {title:<16} median {middle[first]:.3f} mm {middle[first + 1]:.3f} degrees, "
            f"worst {worst[first]:.3f} mm {worst[first + 1]:.3f} degrees of {count} poses",
            flush=True,
        )
    for name, rows in losses.items():
        if rows:
            parts = zip(list(inputs)[1:], np.mean(rows, axis=0), strict=True)
            cells = ", ".join(f"{title} {value:.2f}" for title, value in parts)
            print(f"  {name}: mean loss against unmoved views (dB): {cells}", flush=True)


def coordinate_network(settings: dict[str, Any], views: Sequence[View], grid: Grid) -> Volume:
    return train_views(views, Hyperparameters(**settings), grid=grid)[0].reconstruct(grid)


def run(
    folder: Path,
    subjects: list[str],
    count: int = 12,
    recipes: Sequence[str] = ("fourier",),
    reconstructed: int = 2,
) -> None:
    """Print all of it.

    Parameters
    ----------
    folder : Path
        Of the real volumes.
    subjects : list of str
        Labels of the volumes.
    count : int
        Random poses of each.
    recipes : sequence of str
        Named coordinate networks to reconstruct with, besides two baselines.
    reconstructed : int
        Poses with reconstructions, which take longer than the estimates.
    """
    torch.set_num_threads(1)
    methods: dict[str, Method] = {"tikhonov": tikhonov, "tv": total_variation}
    for name in recipes:
        methods[name] = partial(coordinate_network, known_recipes()[name])
    for case in cases(folder, subjects):
        poses(case, count, reconstructed, methods)
