"""Estimate thickness and profile of slices from what views say of each other.

Two views that are thick across each other have lines in common, where a slice of one crosses a slice of the other. At a
point of such a line, the first view averaged within its slice by the profile of the second is the second view averaged
within its slice by the profile of the first. The profiles for which both agree best are the estimate.

After the idea of Han et al., ESPRESO: an algorithm to estimate the slice profile of a single magnetic resonance image,
Magnetic Resonance Imaging 2023, which compares a view with its own planes instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, spline_filter

from isospine.geometry.grid import FloatArray
from isospine.numbers import fixed
from isospine.physics.magnitude import near_one
from isospine.physics.slice_profile import FWHM, slice_matrix
from isospine.physics.view import View
from isospine.solvers.noise import noise_within

NOT_ESTIMATED = "not estimated"
#: Thicknesses that are tried, over the distance of slices.
FRACTIONS = np.linspace(0.3, 1.8, 76)
SHAPES = ("box", "gaussian")
#: Cosine between the normals of two views up to which slices of one show the profile of the other.
OBLIQUE = 0.4
#: Points that are compared, and the fewest that tell anything.
MOST, FEWEST = 20000, 500
#: Slices of a view at which its profile is seen, at least.
FEWEST_SLICES = 3
#: Parts of the lines, of which each is left out once for the uncertainty.
PARTS = 10
#: Standard error over the thickness above which there is no estimate.
UNCERTAIN = 0.1
#: Correlation of two views below which they do not show the same.
UNLIKE = 0.8


@dataclass(frozen=True)
class SliceEstimate:
    """Profile of the slices of one view, as its partners show it.

    Attributes
    ----------
    thickness : float
        Thickness (box) or full width at half maximum (gaussian) in mm.
    error : float
        Its standard error in mm, by jackknife.
    profile : {'box', 'gaussian'}
        The shape that fits better.
    told_apart : bool
        Whether the other shape fits worse by more than two standard errors.
    """

    thickness: float
    error: float
    profile: str
    told_apart: bool

    @property
    def spread(self) -> float:
        """Standard deviation of the profile in mm, by which profiles of any shape compare."""
        return profile_spread(self.thickness, self.profile)

    @property
    def facts(self) -> dict[str, Any]:
        """Describe the estimate in a sidecar."""
        return {
            "SliceThickness": round(self.thickness, 3),
            "StandardError": round(self.error, 3),
            "SliceProfile": self.profile,
            "ProfileToldApart": self.told_apart,
        }


def profile_spread(thickness: float, profile: str) -> float:
    """Standard deviation in mm of a slice profile of some thickness."""
    return thickness / (np.sqrt(12) if profile == "box" else FWHM)


def say_profile(estimate: SliceEstimate | None) -> str:
    """Say what the other views show of a slice profile: box, 3.94 mm (standard error 0.02)."""
    if estimate is None:
        return NOT_ESTIMATED
    doubt = "" if estimate.told_apart else " (the other shape fits as well)"
    return f"{estimate.profile}{doubt}, {fixed(estimate.thickness, 2)} mm (standard error {fixed(estimate.error, 2)})"


def estimate_profiles(
    stacks: Sequence[View], bridged: Sequence[Sequence[int]] = ()
) -> list[SliceEstimate | None]:
    """Estimate the slice profile of every view that another view crosses.

    Parameters
    ----------
    stacks : sequence of View
        Whole stacks where the body was during the first one, in its intensities; their own thickness is not looked at.
    bridged : sequence of sequences of int, optional
        Slices of each that were not measured.

    Returns
    -------
    list of SliceEstimate or None
        None where no other view crosses it, or those that do leave the profile open. Of several partners the one with
        the smallest error counts.
    """
    near = [part for stack in stacks for part in near_one([stack])[0]]
    skipped = [set(own) for own in bridged] or [set() for _ in near]
    found: list[SliceEstimate | None] = [None] * len(near)
    for first, second in combinations(range(len(near)), 2):
        pair = (near[first], near[second])
        normals = [view.grid.directions[:, view.axis] for view in pair]
        if abs(float(normals[0] @ normals[1])) > OBLIQUE:
            continue
        estimates = estimate_pair(*pair, (skipped[first], skipped[second]))
        for number, own in zip((first, second), estimates, strict=True):
            before = found[number]
            if own and (before is None or own.error < before.error):
                found[number] = own
    return found


def estimate_pair(one: View, other: View, skipped: Sequence[set[int]]) -> list[SliceEstimate | None]:
    """Estimate the profiles of two views that cross each other."""
    step = min(float(view.grid.spacing.min()) for view in (one, other)) / 2
    points, parts = common_points(one, other, 2 * step, skipped)
    if len(points) < FEWEST or len(np.unique(parts)) < PARTS:
        return [None, None]
    # what one view shows, for every profile of the other, and the other way round
    shown = [averages(one, points, other, step), averages(other, points, one, step)]
    noise = [noise_gains(one, points, other, step), noise_gains(other, points, one, step)]
    sums = [moments(*(values[parts == part] for values in shown)) for part in range(PARTS)]
    total = tuple(sum(each) for each in zip(*sums, strict=True))
    whole = correlations(total, noise)
    without = [
        correlations(tuple(all_ - own for all_, own in zip(total, part, strict=True)), noise) for part in sums
    ]
    if whole.max() < UNLIKE:
        return [None, None]
    # the profile of a view is told by what its partner shows
    found: list[SliceEstimate | None] = []
    for view, partner, axis in ((one, other, 1), (other, one, 0)):
        if slices_seen(view, points) < FEWEST_SLICES:
            found.append(None)
            continue
        turned = [np.moveaxis(each, axis, 0) for each in (whole, *without)]
        found.append(estimate_of(view, voxel_along(partner, view), turned[0], turned[1:]))
    return found


def slices_seen(view: View, points: FloatArray) -> int:
    """Count the slices of a view that points lie in."""
    return len(np.unique(np.rint(view.grid.indices(points)[:, view.axis])))


def common_points(
    one: View, other: View, step: float, skipped: Sequence[set[int]]
) -> tuple[FloatArray, NDArray[np.int64]]:
    """World coordinates (N, 3) of points on the lines where slices of two views cross, and their part of the lines (N,).

    Each view reaches a distance of slices of the other to either side of every point.
    """
    views, others = (one, other), (other, one)
    normals = [view.grid.directions[:, view.axis] for view in views]
    along = np.cross(normals[0], normals[1])
    along /= np.linalg.norm(along)
    places = []
    for view, normal, left_out in zip(views, normals, skipped, strict=True):
        index = np.zeros((view.grid.shape[view.axis], 3))
        index[:, view.axis] = np.arange(len(index))
        kept = [number for number in range(len(index)) if number not in left_out]
        places.append(view.grid.world(index[kept]) @ normal)
    ends = np.array(np.meshgrid(*[[0, n - 1] for n in one.grid.shape])).reshape(3, -1).T
    reach = one.grid.world(ends.astype(np.float64)) @ along
    # many thin slices cross at more points than are compared, or than memory holds
    count = int(
        np.clip(
            (reach.max() - reach.min()) / step, PARTS, max(PARTS, 20 * MOST / len(places[0]) / len(places[1]))
        )
    )
    places.append(np.linspace(reach.min(), reach.max(), count + 1))
    crossing = np.stack(np.meshgrid(*places, indexing="ij"), -1).reshape(-1, 3)
    points = crossing @ np.linalg.inv(np.stack([*normals, along])).T
    inside = np.ones(len(points), bool)
    for view, partner in zip(views, others, strict=True):
        margin = float(partner.grid.spacing[partner.axis])
        for offset in (-margin, margin):
            index = view.grid.indices(points + offset * direction_within(view, partner))
            inside &= np.all((index > -0.51) & (index < np.array(view.grid.shape) - 0.49), axis=1)
    points = points[inside]
    points = points[:: max(1, len(points) // MOST)]
    distance = points @ along
    order = np.argsort(np.argsort(distance, kind="stable"), kind="stable")
    return points, order * PARTS // max(len(points), 1)


def direction_within(view: View, across: View) -> FloatArray:
    """Unit vector within the slices of a view, nearest to the normal of the slices of another."""
    own = view.grid.directions[:, view.axis]
    normal = across.grid.directions[:, across.axis]
    within = normal - (normal @ own) * own
    return np.asarray(within / np.linalg.norm(within), np.float64)


def voxel_along(view: View, across: View) -> float:
    """Size in mm of a view's voxels within its slices along the normal of another."""
    return float(np.linalg.norm(view.grid.directions.T @ direction_within(view, across) * view.grid.spacing))


def averages(view: View, points: FloatArray, across: View, step: float) -> FloatArray:
    """Average a view within its slices by every profile of another, about each point, shape (N, candidates)."""
    distance = float(across.grid.spacing[across.axis])
    count = int(np.ceil(FRACTIONS[-1] * distance / step))
    candidates = [
        slice_matrix(2 * count + 1, np.array([count]), fraction * distance / step, shape)[0]
        for shape in SHAPES
        for fraction in FRACTIONS
    ]
    coefficients = spline_filter(view.data, order=3, mode="mirror", output=np.float32)
    along, last = direction_within(view, across), np.array(view.grid.shape) - 1
    values = np.empty((len(points), 2 * count + 1), np.float32)
    for number in range(2 * count + 1):
        index = view.grid.indices(points + (number - count) * step * along)
        values[:, number] = map_coordinates(
            coefficients, np.clip(index, 0, last).T, order=3, mode="mirror", prefilter=False
        )
    return np.asarray(values @ np.array(candidates, np.float32).T, np.float64)


def noise_gains(view: View, points: FloatArray, across: View, step: float) -> FloatArray:
    """Variance of a view's noise after every average, shape (candidates,)."""
    white = np.random.default_rng(0).normal(size=view.data.shape).astype(np.float32)
    some = points[:: max(1, len(points) // 2000)]
    left = averages(replace(view, data=white), some, across, step)
    return np.asarray(noise_within(view) ** 2 * np.mean(left**2, axis=0), np.float64)


def moments(first: FloatArray, second: FloatArray) -> tuple[FloatArray, ...]:
    """Sums from which `correlations` are made: of several parts they add up."""
    count = np.array(float(len(first)))
    sums = [part.sum(axis=0) for part in (first, second)]
    squares = [np.sum(part**2, axis=0) for part in (first, second)]
    return (count, *sums, *squares, first.T @ second)


def correlations(sums: Sequence[FloatArray], noise: Sequence[FloatArray]) -> FloatArray:
    """Correlation of what two views show, without the share of noise in their variances, shape (candidates, candidates)."""
    count, first, second, first_squares, second_squares, products = sums
    covariance = products / count - np.outer(first, second) / count**2
    variances = [
        np.maximum(squares / count - (part / count) ** 2 - own, 1e-6 * squares / count + 1e-30)
        for squares, part, own in zip((first_squares, second_squares), (first, second), noise, strict=True)
    ]
    return np.asarray(covariance / np.sqrt(np.outer(*variances)), np.float64)


def estimate_of(
    view: View, voxel: float, whole: FloatArray, without: Sequence[FloatArray]
) -> SliceEstimate | None:
    """Read the estimate of a view off the correlations for each of its profiles, with and without each part.

    Its partner shows the body through voxels, of a size in mm, which take their share of the blur away from the slices.
    """
    distance = float(view.grid.spacing[view.axis])
    fits = [best_fits(each) for each in (whole, *without)]
    lead = np.array([box[0] - gaussian[0] for box, gaussian in fits])
    shape = 0 if lead[0] > 0 else 1
    told_apart = abs(lead[0]) > 2 * jackknife_error(lead[1:])
    fraction = np.array([fit[shape][1] for fit in fits])
    error = jackknife_error(fraction[1:])
    at_end = not FRACTIONS[0] < fraction[0] < FRACTIONS[-1]
    if at_end or error > UNCERTAIN * fraction[0]:
        return None
    share = voxel * profile_spread(1.0, "box") / profile_spread(1.0, SHAPES[shape])
    thickness = float(np.hypot(fraction[0] * distance, share))
    return SliceEstimate(thickness, error * distance, SHAPES[shape], bool(told_apart))


def best_fits(correlation: FloatArray) -> list[tuple[float, float]]:
    """Best correlation of each shape, and its thickness over the distance of slices, between those that were tried."""
    best = correlation.max(axis=1).reshape(len(SHAPES), -1)
    fits = []
    for values in best:
        top = int(values.argmax())
        fraction = float(FRACTIONS[top])
        if 0 < top < len(values) - 1:
            before, here, after = values[top - 1 : top + 2]
            bend = before - 2 * here + after
            if bend < 0:
                fraction += float((before - after) / bend / 2 * (FRACTIONS[1] - FRACTIONS[0]))
        fits.append((float(values[top]), fraction))
    return fits


def jackknife_error(without: FloatArray) -> float:
    """Standard error of an estimate from those without each of its parts."""
    return float(np.sqrt((len(without) - 1) * np.mean((without - without.mean()) ** 2)))
