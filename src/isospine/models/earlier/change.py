"""Map what changed since an earlier scan, and list what looks like a lesion.

The plain difference is unsafe: where a placement is a fraction of a voxel off, every edge of the anatomy shows as a change.
Its standard deviation is therefore modelled as ``sqrt(a + b g^2)``, with g the steepest slope of the earlier scan nearby: a
stands for noise and b for the variance of the placement's error, both fitted to the pair itself, of which most has not changed.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, label, maximum_filter, minimum_filter
from scipy.optimize import least_squares
from scipy.stats import norm

from isospine.geometry.grid import FloatArray, Grid, Volume

#: Standard deviations in mm of the Gaussians that smooth the change and the slopes.
SMOOTHING, SLOPE_SMOOTHING = 0.5, 0.6

#: Distance in mm along each axis within which the steepest slope counts; at least one voxel.
NEARBY = 0.8

#: Width in mm of the border of what is covered, which has a standard deviation of its own: less holds the placement there.
BORDER = 1.6

#: Groups of voxels of like slopes, and the quantile of the change in each that gives its standard deviation: high, since the
#: total variation leaves most voxels without any change; low enough that a twentieth of a group may have changed.
GROUPS, QUANTILE = 30, 0.95

#: Fewest voxels to fit to.
FEWEST = 1000

#: Smallest standard deviation over the range of the earlier scan's intensities: rounding in single precision.
SMALLEST = 1e-5

#: |z| from which connected voxels are a cluster, and its smallest volume in mm3. In 20 simulated pairs in which nothing changed,
#: of seeds that chose nothing (400 to 404), there were 0.4 such clusters a volume, at most 3, and none in a cord
#: (`benchmarks/followup_calibration.py`).
THRESHOLD, SMALLEST_VOLUME = 8.0, 3.0

CLUSTER_COLUMNS = ["x_mm", "y_mm", "z_mm", "volume_mm3", "peak_z", "mean_change", "sign"]


@dataclass(frozen=True)
class Change:
    """What changed since an earlier scan.

    Attributes
    ----------
    difference : (I, J, K) ndarray of float32
        Reconstruction less earlier scan, in the views' intensities; 0 where the scan does not cover.
    z : (I, J, K) ndarray of float32
        The same, smoothed, over its standard deviation.
    noise : float
        Standard deviation of the smoothed change away from edges and from the border, in the views' intensities.
    misplacement : float
        Standard deviation in mm by which the placement seems to be off at edges, relative to the steepest slope nearby.
    """

    difference: Volume
    z: Volume
    noise: float
    misplacement: float


def find_change(image: Volume, placed: Volume, covered: NDArray[np.bool_], grid: Grid) -> Change:
    """Compare a reconstruction with the earlier scan.

    Parameters
    ----------
    image : (I, J, K) array
        Reconstruction of the later session.
    placed : (I, J, K) array
        The earlier scan in its place and in the views' intensities; any values where it does not cover.
    covered : (I, J, K) bool array
        Where it covers.
    grid : Grid
        Their grid.
    """
    difference = np.where(covered, image - placed, 0).astype(np.float32)
    if np.count_nonzero(covered) < FEWEST:
        return Change(difference, np.zeros_like(difference), float("nan"), float("nan"))
    sigma = SMOOTHING / grid.spacing
    amount = np.maximum(gaussian_filter(covered.astype(np.float32), sigma), np.float32(1e-3))
    smoothed = gaussian_filter(difference, sigma) / amount
    slope = steepest(np.where(covered, placed, image), grid)
    floor = SMALLEST * (float(np.ptp(placed[covered])) or 1.0)
    inner = within(covered, grid)
    parts = [inner if np.count_nonzero(inner) >= FEWEST else covered]
    border = covered & ~inner
    if np.count_nonzero(border) >= FEWEST:
        parts.append(border)
    fits = [fit_deviation(np.abs(smoothed[part]), slope[part], floor) for part in parts]
    deviations = [np.hypot(noise, misplacement * slope) for noise, misplacement in fits]
    deviation = np.where(border, np.maximum.reduce(deviations), deviations[0])
    z = np.where(covered, smoothed / deviation, 0).astype(np.float32)
    return Change(difference, z, *fits[0])


def within(covered: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_]:
    """Mark what is covered but for a border of `BORDER` mm, also at the ends of the volume."""
    reach = np.maximum(1, np.rint(BORDER / grid.spacing)).astype(int)
    size = tuple(2 * reach + 1)
    return np.asarray(minimum_filter(covered, size=size, mode="constant", cval=0), np.bool_)


def steepest(image: Volume, grid: Grid) -> Volume:
    """Largest slope of an image nearby, in intensity per mm."""
    sigma = SLOPE_SMOOTHING / grid.spacing
    squared = np.zeros(image.shape, np.float32)
    for axis in range(3):
        order = [int(axis == each) for each in range(3)]
        squared += np.square(gaussian_filter(image, sigma, order=order) / np.float32(grid.spacing[axis]))
    reach = np.maximum(1, np.rint(NEARBY / grid.spacing)).astype(int)
    return np.asarray(np.sqrt(maximum_filter(squared, size=tuple(2 * reach + 1))), np.float32)


def fit_deviation(
    changes: FloatArray | Volume, slopes: FloatArray | Volume, floor: float
) -> tuple[float, float]:
    """Fit the standard deviation of changes as a function of slopes: ``sqrt(noise^2 + (misplacement slope)^2)``.

    Voxels are put in groups of like slopes; a high quantile of each gives its standard deviation, and a Huber loss on the
    logarithms keeps groups in which much has changed from deciding.

    Parameters
    ----------
    changes, slopes : (N,) array
        Absolute smoothed changes, and the steepest slopes.
    floor : float
        Smallest noise.

    Returns
    -------
    noise, misplacement : float
    """
    groups = np.array_split(np.argsort(slopes, kind="stable"), GROUPS)
    known = np.array([np.quantile(changes[group], QUANTILE) for group in groups], np.float64)
    known = np.maximum(known / norm.ppf((1 + QUANTILE) / 2), floor)
    steep = np.array([np.sqrt(np.mean(np.square(slopes[group], dtype=np.float64))) for group in groups])
    if not steep.max() > 0:
        return float(known.max()), 0.0
    steep = np.maximum(steep, 1e-6 * steep.max())

    def residuals(logarithms: FloatArray) -> FloatArray:
        first, second = np.exp(logarithms)
        return np.asarray(np.log(np.hypot(first, second * steep) / known), np.float64)

    start = np.log([known.min(), known[-1] / steep[-1]])
    first, second = np.exp(least_squares(residuals, start, loss="huber", f_scale=0.15).x)
    return max(float(first), floor), float(second)


def clusters(
    change: Change, grid: Grid, threshold: float = THRESHOLD, smallest: float = SMALLEST_VOLUME
) -> pd.DataFrame:
    """List connected regions that became brighter or darker, the largest |z| first.

    Parameters
    ----------
    change : Change
        What `find_change` found.
    grid : Grid
        Its grid.
    threshold : float
        Least |z| of their voxels.
    smallest : float
        Least volume in mm3 above the threshold.

    Returns
    -------
    DataFrame
        Columns `x_mm`, `y_mm`, `z_mm` (middle in world coordinates, RAS+), `volume_mm3`, `peak_z`, `mean_change` (in the
        views' intensities) and `sign` (1 where brighter than before, -1 where darker). Middle, volume and mean are of the
        voxels with at least half of the peak.
    """
    voxel = float(np.prod(grid.spacing))
    rows = []
    for sign in (1, -1):
        regions, _ = label(sign * change.z > threshold)
        counts = np.bincount(regions.ravel())
        for number in np.flatnonzero(counts * voxel >= smallest):
            if number == 0:
                continue
            peak = float((sign * change.z[regions == number]).max())
            # the skirts of a strong change are above the threshold too
            core = (regions == number) & (sign * change.z >= peak / 2)
            middle = grid.world(np.argwhere(core).mean(axis=0))
            volume = float(np.count_nonzero(core)) * voxel
            rows.append((*middle, volume, sign * peak, float(change.difference[core].mean()), sign))
    table = pd.DataFrame(rows, columns=CLUSTER_COLUMNS)
    return table.sort_values("peak_z", key=np.abs, ascending=False, ignore_index=True, kind="stable")
