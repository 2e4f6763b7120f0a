"""Simulated second sessions of real persons: what moved, bent, brightened and changed since an earlier scan is known.

No real pair of sessions is at hand. The denoised real image is the anatomy of the earlier session; the later one is the same
anatomy, moved rigidly and bent smoothly, with another contrast, a lesion that came or went, and a thinner cord. Both are
scanned with noise: the earlier session as the isotropic image, the later one in two thick-slice views.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from persons import Person
from real_data import data_folder
from session_anatomy import (
    EASY,
    HARD,
    Centreline,
    Difficulty,
    brightened,
    denoised,
    ellipsoid,
    later_to_earlier,
    noisy,
    sampled,
)

from isospine.evaluation.metrics import Mask
from isospine.geometry.crops import crop_for_views
from isospine.geometry.grid import Grid, Volume
from isospine.io.nifti import load_volume
from isospine.physics.simulate import acquire, add_rician_noise
from isospine.physics.tissue import tissue_mask
from isospine.physics.view import View

FOLDER = "real-t2w"


@dataclass(frozen=True)
class Change:
    """What disease changed.

    Attributes
    ----------
    lesion : {'new', 'gone', 'none'}
        Whether the later session has a lesion more, or lacks one of the earlier session.
    diameter : float
        Width of the lesion in mm; along the body it is twice as long.
    contrast : float
        Its brightness over the range of intensities.
    atrophy : float
        Share by which the cord's radius is smaller.
    """

    lesion: str = "new"
    diameter: float = 4.0
    contrast: float = 0.17
    atrophy: float = 0.1


NEW, SMALL, GONE = Change(), Change(diameter=2.4), Change(lesion="gone")
UNCHANGED = Change(lesion="none", atrophy=0)


@dataclass(frozen=True)
class SecondSession:
    """Two sessions of a person.

    Attributes
    ----------
    earlier : (I, J, K) ndarray of float32
        Isotropic scan of the earlier session.
    earlier_grid : Grid
        Its own grid.
    earlier_truth : (I, J, K) ndarray of float32
        The same without noise.
    truth : (X, Y, Z) ndarray of float32
        Anatomy of the later session, in its intensities.
    grid : Grid
        Its grid, whole slices of every view.
    views : tuple of View
        Thick-slice views of the later session.
    displacement : (3, X, Y, Z) ndarray of float32
        mm in world axes from each point of the later session to the same anatomy in the earlier one.
    lesion, cord, tissue, covered : (X, Y, Z) bool arrays
        Of the later session: the lesion (for one that is gone: where it was), the cord, all tissue, and what the earlier
        scan covers.
    lesion_contrast : float
        Difference in intensity that the lesion makes: negative where it is gone, 0 without one.
    """

    earlier: Volume
    earlier_grid: Grid
    earlier_truth: Volume
    truth: Volume
    grid: Grid
    views: tuple[View, ...]
    displacement: Volume
    lesion: Mask
    cord: Mask
    tissue: Mask
    covered: Mask
    lesion_contrast: float

    @property
    def range(self) -> float:
        """Range of the later session's intensities."""
        return float(np.ptp(self.truth))


def second_session(
    label: str,
    seed: int = 0,
    difficulty: Difficulty = EASY,
    change: Change = NEW,
    planes: tuple[str, ...] = ("axial", "sagittal"),
    factor: float = 5.0,
    folder: Path | None = None,
) -> SecondSession:
    """Simulate the second session of a person of the real T2w images; equal arguments give equal bytes."""
    person = Person((folder or data_folder(FOLDER)) / f"sub-{label}", label)
    path = person.image("T2w")
    assert path is not None, f"{label}: no T2w image"
    data, affine = load_volume(path)
    own = Grid(data.shape, affine)
    cord = person.mask("SC", data.shape)
    assert cord is not None, f"{label}: no mask of the cord"
    random = np.random.default_rng([seed, 2])
    anatomy = denoised(data, own)
    _, cropped = crop_for_views(own, [(plane, factor) for plane in planes])
    grid = own.cropped(tuple((np.array(own.shape) - cropped.shape) // 2), cropped.shape)
    line = Centreline.of(cord, own)
    points = later_to_earlier(grid, difficulty, line, change.atrophy, random)
    indices = np.moveaxis(own.indices(points), -1, 0)
    moved = sampled(anatomy, indices)
    truth = brightened(moved, grid, difficulty, random)
    later_cord = sampled(cord.astype(np.float32), indices, order=1) > 0.5
    place = line.place_of_lesion(random)
    distance = np.linalg.norm(points - place, axis=-1)
    centre = grid.voxel_centres()[np.unravel_index(distance.argmin(), grid.shape)]
    contrast = change.contrast * float(np.ptp(truth))
    shape = np.zeros(grid.shape, np.float32)
    before = anatomy
    if change.lesion == "new":
        shape = ellipsoid(grid.voxel_centres(), centre, change.diameter, float(grid.spacing.min()))
        truth = truth + np.float32(contrast) * shape
    elif change.lesion == "gone":
        spacing = float(own.spacing.min())
        brightness = np.float32(change.contrast * np.ptp(anatomy))
        before = anatomy + brightness * ellipsoid(own.voxel_centres(), place, change.diameter, spacing)
        shape = ellipsoid(points, place, change.diameter, spacing)
        contrast = -contrast
    sigma = difficulty.noise * float(np.ptp(truth))
    views = tuple(
        noisy(acquire(truth, grid, plane, factor, "box"), sigma, 10 * seed + number)
        for number, plane in enumerate(planes)
    )
    last = np.array(own.shape)[:, None, None, None] - 0.5
    return SecondSession(
        earlier=add_rician_noise(before, difficulty.noise * float(np.ptp(before)), 10 * seed + 9),
        earlier_grid=own,
        earlier_truth=before,
        truth=truth,
        grid=grid,
        views=views,
        displacement=np.moveaxis(points - grid.voxel_centres(), -1, 0).astype(np.float32),
        lesion=shape > 0.5,
        cord=later_cord,
        tissue=tissue_mask(truth),
        covered=np.all((indices > -0.5) & (indices < last), axis=0),
        lesion_contrast=contrast if change.lesion != "none" else 0.0,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", nargs="*", default=["sct08mm", "sct1mm", "unf01"])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for name in options.labels:
        for title, hard in (("easy", EASY), ("hard", HARD)):
            session = second_session(name, options.seed, hard)
            length = np.linalg.norm(session.displacement, axis=0)[session.tissue]
            print(
                f"{name} {title}: {session.grid.shape}, displacement {length.mean():.2f} mm (largest {length.max():.2f}), covered "
                f"{session.covered.mean():.1%}, lesion {session.lesion.sum()} voxels, cord {session.cord.sum()}"
            )
