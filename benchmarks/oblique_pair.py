"""A pair of views that share nothing but the body: other voxels, gaps, oblique to each other, and overlapping in part.

The first is axial, of 0.6 mm and slices of 3 mm, the second sagittal, of 0.9 mm and slices of 4 mm, turned by 10 degrees;
gaps are 10 % of the thickness. Along the longest axis of the volume each covers 80 %. PSNR is taken where both are.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from measured import Scan
from moved_views import NOISE, Case, cases, noisy
from persons import Person, available_weights, measured_rows
from persons_table import RESULTS, read_table, replaced, table_of, write_table
from real_data import data_folder
from scipy.spatial.transform import Rotation

from isospine.geometry.grid import Grid
from isospine.physics.interpolate import covers
from isospine.physics.moving_body import scan
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES

#: Spacing in the planes, thickness (mm), turn (degrees), and what is covered of the longest axis.
SPECS = ((0.6, 3.0, 0.0, (0.0, 0.8)), (0.9, 4.0, 10.0, (0.2, 1.0)))
GAP = 0.1

METHODS = (*BASELINES, "fourier", "pretrained")

#: Standard deviation of the noise over the range of intensities, by setting.
SETTINGS = {"oblique pair": 0.0, "oblique pair, 1 % noise": NOISE}


def stack(
    case: Case, axis: int, sharp: float, thickness: float, turn: float, part: tuple[float, float]
) -> View:
    """Scan slices across an axis of the volume, turned about its diagonal."""
    extent = np.array(case.grid.shape) * case.grid.spacing
    longest = int(np.argmax(extent))
    spacing = np.full(3, sharp)
    spacing[axis] = thickness * (1 + GAP)
    centre = (np.array(case.grid.shape) - 1) / 2
    centre[longest] = sum(part) / 2 * case.grid.shape[longest] - 0.5
    extent[longest] *= part[1] - part[0]
    i, j, k = (int(n) for n in np.maximum(1, extent / spacing + 1e-6))
    turned = Rotation.from_rotvec(np.ones(3) / np.sqrt(3) * turn, degrees=True).as_matrix()
    affine = np.eye(4)
    affine[:3, :3] = turned @ case.grid.directions * spacing
    affine[:3, 3] = case.grid.world(centre) - affine[:3, :3] @ (np.array([i, j, k]) - 1) / 2
    return scan(case.reference, case.grid, Grid((i, j, k), affine), axis, thickness)


def scans(folder: Path, subjects: list[str]) -> Iterator[tuple[str, str, Scan]]:
    """Setting, label and scan of each volume, without and with noise; scored where both views see it."""
    for subject, case in zip(subjects, cases(folder, subjects), strict=True):
        axes = [view.axis for view in case.aligned]
        clean = [stack(case, axis, *spec) for axis, spec in zip(axes, SPECS, strict=True)]
        both = np.logical_and(*(covers(view, case.grid) for view in clean))
        for setting, noise in SETTINGS.items():
            views = [noisy(view, noise * case.range, index) for index, view in enumerate(clean)]
            yield setting, subject, Scan(case.reference, case.grid, views, {"both views": both})


def run(folder: Path, subjects: list[str], methods: Sequence[str] = METHODS) -> pd.DataFrame:
    """Measure methods, each with weights that never saw the person, and print it."""
    torch.set_num_threads(1)
    weights = list(available_weights())
    rows = []
    for setting, subject, seen in scans(folder, subjects):
        volumes = Person(folder / f"sub-{subject}", subject).volumes
        rows += measured_rows({"setting": setting, "person": subject}, seen, methods, volumes, weights)
    return table_of(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=data_folder("real-t2w"), help="BIDS dataset")
    parser.add_argument("--only", nargs="*", default=["sct08mm", "sct1mm", "unf01"], help="labels of persons")
    parser.add_argument("--methods", nargs="*", default=METHODS)
    parser.add_argument(
        "--update", type=Path, help=f"table to write what was measured into, such as {RESULTS}"
    )
    options = parser.parse_args()
    table = run(options.folder, options.only, options.methods)
    if options.update:
        write_table(replaced(read_table(options.update), table), options.update)
