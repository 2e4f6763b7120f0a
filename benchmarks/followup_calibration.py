"""Threshold of the change's z-score: calibrated on pairs of sessions between which nothing changed, tried on others.

No real pair of sessions is at hand: sessions are simulated (`second_session`). Seeds of the calibration, of the test of its
rate and of the lesions differ; lesions are those on which follow-up scans are judged.

`.venv/bin/python benchmarks/followup_calibration.py calibrate` takes about 20 s a pair.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt
from scipy.ndimage import label as connected
from second_session import GONE, NEW, SMALL, UNCHANGED, Change, second_session
from session_anatomy import EASY, HARD

from isospine.evaluation.metrics import Mask
from isospine.geometry.grid import Grid, Volume
from isospine.models.earlier.change import SMALLEST_VOLUME, THRESHOLD, clusters, find_change
from isospine.models.earlier.change import Change as Found
from isospine.models.earlier.place import place_earlier
from isospine.solvers.change_variation import change_variation
from isospine.views.view_set import stack_set

LABELS = ("sct08mm", "sct1mm")
DIFFICULTIES = {"easy": EASY, "hard": HARD}
LESIONS = {
    "new, 4 mm": NEW,
    "new, 2.4 mm": SMALL,
    "gone, 4 mm": GONE,
    "gone, 2.4 mm": Change(lesion="gone", diameter=2.4),
}

#: Seeds of the pairs without change that give the threshold, of those on which it is tried, and of the lesions.
CALIBRATION, TEST, JUDGED = range(100, 105), range(200, 205), range(4)

THRESHOLDS = np.arange(3, 10.01, 0.25)

#: Distance in mm from the cord within which its edge moves the tissue.
AROUND = 5.0

#: False clusters in a volume that are accepted, on the mean.
ACCEPTED = 1.0


@dataclass(frozen=True)
class Followed:
    """A simulated second session, reconstructed with the earlier scan.

    Attributes
    ----------
    image, placed : (X, Y, Z) array
        Reconstruction, and the earlier scan in its place.
    covered, lesion, cord : (X, Y, Z) bool array
        Where the earlier scan covers, the lesion that came or went, and the cord.
    contrast : float
        Of the lesion, below 0 where it is gone.
    grid : Grid
        Of all of them.
    """

    image: Volume
    placed: Volume
    covered: Mask
    lesion: Mask
    cord: Mask
    contrast: float
    grid: Grid

    def change(self) -> Found:
        """What is found to have changed."""
        return find_change(self.image, self.placed, self.covered, self.grid)


def followed(person: str, seed: int, difficulty: str, change: Change, store: Path | None = None) -> Followed:
    """Simulate a session and reconstruct it, or read both from a folder."""
    name = f"{person}-{seed}-{difficulty}-{change.lesion}-{change.diameter:g}-{change.atrophy:g}.npz"
    if store is not None and (store / name).exists():
        with np.load(store / name) as file:
            found = dict(file)
        grid = Grid(found["image"].shape, found.pop("affine"))
        return Followed(**found | {"contrast": float(found["contrast"]), "grid": grid})
    session = second_session(person, seed, DIFFICULTIES[difficulty], change)
    placed = place_earlier(
        session.earlier, session.earlier_grid.affine, stack_set("T2w", session.views, session.grid)
    )
    image = change_variation(session.views, session.grid, placed.volume, placed.covered)
    result = Followed(
        image,
        placed.volume,
        placed.covered,
        session.lesion,
        session.cord,
        session.lesion_contrast,
        session.grid,
    )
    if store is not None:
        parts = {key: value for key, value in vars(result).items() if key != "grid"}
        np.savez_compressed(store / name, affine=session.grid.affine, **parts)
    return result


def unchanged(
    seeds: Sequence[int], store: Path | None, persons: Sequence[str] = LABELS
) -> Iterator[tuple[str, Followed]]:
    """Pairs between which nothing changed, with their titles."""
    for person in persons:
        for difficulty in DIFFICULTIES:
            for seed in seeds:
                yield f"{person} {difficulty} {seed}", followed(person, seed, difficulty, UNCHANGED, store)


def false_clusters(change: Found, grid: Grid) -> list[int]:
    """Clusters at each of `THRESHOLDS`."""
    return [count_clusters(change.z, float(threshold), grid) for threshold in THRESHOLDS]


def count_clusters(z: Volume, threshold: float, grid: Grid) -> int:
    """Clusters above a threshold, of either sign."""
    voxel = float(np.prod(grid.spacing))
    counts = [np.bincount(connected(sign * z > threshold)[0].ravel())[1:] for sign in (1, -1)]
    return int(sum((part * voxel >= SMALLEST_VOLUME).sum() for part in counts))


def calibrate(seeds: Sequence[int], store: Path | None) -> float:
    """Print the rate of false clusters at each threshold; return the smallest threshold whose rate is accepted."""
    rows = []
    for title, pair in unchanged(seeds, store):
        change = pair.change()
        rows.append(false_clusters(change, pair.grid))
        own = count_clusters(change.z, THRESHOLD, pair.grid)
        cord = np.abs(change.z[pair.cord & pair.covered]).max()
        print(
            f"  {title:<20} {own} at the default; largest |z| in the cord {cord:.1f}, misplaced by {change.misplacement:.2f} mm",
            flush=True,
        )
    counts = np.array(rows)
    print(f"  false clusters in {len(counts)} volumes in which nothing changed")
    for threshold, column in zip(THRESHOLDS, counts.T, strict=True):
        print(f"    |z| > {threshold:5.2f}: {column.mean():6.2f} a volume, at most {column.max()}")
    enough = np.flatnonzero(counts.mean(axis=0) <= ACCEPTED)
    threshold = float(THRESHOLDS[enough[0]]) if len(enough) else float("inf")
    print(f"  smallest threshold with at most {ACCEPTED:g} a volume: {threshold:g}; default {THRESHOLD:g}")
    return threshold


def hits(pair: Followed) -> tuple[bool, float]:
    """Whether a cluster of the right sign overlaps with the lesion, and the largest z within it."""
    change, sign = pair.change(), float(np.sign(pair.contrast))
    regions, _ = connected(sign * change.z > THRESHOLD)
    counts = np.bincount(regions.ravel()) * float(np.prod(pair.grid.spacing))
    overlapping = np.setdiff1d(np.unique(regions[pair.lesion]), [0])
    found = bool((counts[overlapping] >= SMALLEST_VOLUME).any())
    return found, float((sign * change.z)[pair.lesion].max())


def elsewhere(pair: Followed) -> int:
    """Clusters farther than `AROUND` from the cord, where nothing changed: its edge moved, as it is thinner."""
    table = clusters(pair.change(), pair.grid)
    distance = distance_transform_edt(~(pair.cord | pair.lesion), sampling=pair.grid.spacing)
    middles = pair.grid.indices(table[["x_mm", "y_mm", "z_mm"]].to_numpy(np.float64))
    return sum(bool(distance[tuple(np.rint(middle).astype(int))] > AROUND) for middle in middles)


def sensitivity(seeds: Sequence[int], store: Path | None) -> None:
    """Print how many lesions are found at the default threshold, and how many other clusters there are."""
    for difficulty in DIFFICULTIES:
        for title, change in LESIONS.items():
            found, others, peaks = 0, 0, []
            pairs = [followed(person, seed, difficulty, change, store) for person in LABELS for seed in seeds]
            for pair in pairs:
                hit, peak = hits(pair)
                found += hit
                peaks.append(peak)
                others += elsewhere(pair)
            print(
                f"  {difficulty}, {title:<13} {found} of {len(pairs)} found, z {min(peaks):.1f} to {max(peaks):.1f}; "
                f"{others / len(pairs):.2f} clusters a volume away from the cord",
                flush=True,
            )


def main() -> None:
    """Print the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="+", choices=["calibrate", "test", "lesions"])
    parser.add_argument("--store", type=Path, help="folder that keeps reconstructed pairs")
    parser.add_argument("--seeds", type=int, nargs="+", help="other seeds than those stated")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.store:
        options.store.mkdir(parents=True, exist_ok=True)
    seeds = {"calibrate": CALIBRATION, "test": TEST, "lesions": JUDGED}
    for part in options.parts:
        print(part)
        run = sensitivity if part == "lesions" else calibrate
        run(options.seeds or list(seeds[part]), options.store)


if __name__ == "__main__":
    main()
