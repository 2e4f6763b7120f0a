"""How well labels that are drawn on thick views become one isotropic segmentation, by every method.

Labels are those of the cord of real persons, as views of thick slices would show them. No method is given what it assumes, exactly:
binary labels say only whether more than half of a voxel is inside, and soft ones carry noise of 10 % of the range, clipped to
[0, 1] as probabilities are. In one setting they also come from Gaussian slices, which all methods take for boxes.

`.venv/bin/python benchmarks/segmentation.py --only sct1mm --methods tv` measures a part of the table.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from persons import STANDARD, Person
from real_data import data_folder
from scipy.ndimage import binary_erosion, distance_transform_edt
from updated_table import update

from isospine.evaluation.metrics import Mask
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.planes import thick_axis
from isospine.physics.simulate import acquire
from isospine.physics.view import View
from isospine.segmentation.agreement import dice
from isospine.segmentation.methods import METHODS, network

RESULTS = Path(__file__).parent / "results/segmentation.tsv"
KEY = ["labels", "person", "method"]
DIGITS = {"dice": 4, "distance": 3, "distance95": 2, "area": 2, "seconds": 1}

#: Of the table, the network that is trained on the views of the image too.
SHARED = "network, image"

#: Standard deviation of the noise of soft labels.
NOISE = 0.1


@dataclass(frozen=True)
class Labels:
    """How labels are drawn on the views of the standard setting.

    Attributes
    ----------
    noise : float or None
        Of fractions of a voxel; None for binary labels.
    planes : tuple of str
        Planes of the views.
    profile : str
        True slice profile of the views; methods take it for a box.
    methods : tuple of str
        What is measured.
    """

    noise: float | None = None
    planes: tuple[str, ...] = ("axial", "sagittal")
    profile: str = "box"
    methods: tuple[str, ...] = (*METHODS, SHARED)


QUICK = tuple(name for name in METHODS if name != "network")
SETTINGS = {
    "binary": Labels(),
    "binary, axial alone": Labels(planes=("axial",), methods=QUICK),
    "soft": Labels(NOISE, methods=tuple(METHODS)),
    "soft, Gaussian slices": Labels(NOISE, profile="gaussian", methods=QUICK),
}


def drawn(mask: Mask, grid: Grid, setting: Labels) -> list[View]:
    """Labels of a mask on thick views."""
    random, views = np.random.default_rng(0), []
    for plane, factor in STANDARD.specs:
        if plane in setting.planes:
            view = acquire(mask.astype(np.float32), grid, plane, factor, setting.profile)
            if setting.noise is None:
                data = view.data > 0.5
            else:
                data = np.clip(view.data + random.normal(scale=setting.noise, size=view.data.shape), 0, 1)
            views.append(replace(view, data=data.astype(np.float32), profile="box"))
    return views


def surface_distances(one: Mask, other: Mask, spacing: FloatArray) -> FloatArray:
    """Distances in mm from each voxel on the surface of a mask to that of another, both ways.

    Faces at the end of the grid are no surface.
    """
    surfaces = [mask & ~binary_erosion(mask, border_value=1) for mask in (one, other)]
    away = [distance_transform_edt(~surface, sampling=spacing) for surface in surfaces]
    return np.concatenate([away[1][surfaces[0]], away[0][surfaces[1]]])


def area_error(mask: Mask, truth: Mask, grid: Grid) -> float:
    """Mean absolute error of the area in an axial slice, in percent of the mean area."""
    axis = thick_axis(grid.affine, "axial")
    found, true = (np.moveaxis(own, axis, 0).sum(axis=(1, 2)) for own in (mask, truth))
    return float(100 * np.abs(found - true).sum() / true.sum())


def scores(occupancy: Volume, truth: Mask, grid: Grid) -> dict[str, float]:
    """Scores of a segmentation, of its voxels that are more than half full."""
    mask = occupancy > 0.5
    distances = surface_distances(mask, truth, grid.spacing)
    return {
        "dice": dice(mask, truth),
        "distance": float(distances.mean()),
        "distance95": float(np.percentile(distances, 95)),
        "area": area_error(mask, truth, grid),
    }


def rows_of(
    person: Person, settings: Sequence[str], methods: Sequence[str] | None
) -> Iterator[dict[str, Any]]:
    """Measurements of one person."""
    scan = person.scan(STANDARD)
    assert scan is not None
    truth = scan.regions["cord"]

    def method(name: str) -> Callable[[list[View]], Volume]:
        if name == SHARED:
            return lambda views: network(views, scan.grid, scan.views)
        return lambda views: METHODS[name](views, scan.grid)

    for setting in settings:
        views = drawn(truth, scan.grid, SETTINGS[setting])
        for name in SETTINGS[setting].methods:
            if methods is None or name in methods:
                start = time.process_time()
                occupancy = method(name)(views)
                cost = {"seconds": time.process_time() - start}
                about = {"labels": setting, "person": person.label, "method": name}
                yield about | scores(occupancy, truth, scan.grid) | cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=data_folder("real-t2w"), help="BIDS dataset with cord masks"
    )
    parser.add_argument("--only", nargs="*", default=["sct08mm", "sct1mm", "unf01"], help="labels of persons")
    parser.add_argument("--settings", nargs="*", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--methods", nargs="*", choices=[*METHODS, SHARED])
    parser.add_argument("--update", type=Path, help=f"table that is updated, such as {RESULTS}")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for label in options.only:
        person = Person(options.folder / f"sub-{label}", label)
        for row in rows_of(person, options.settings, options.methods):
            cells = "  ".join(f"{name} {row[name]:.{digits}f}" for name, digits in DIGITS.items())
            print("  ".join(row[name] for name in KEY) + f"  {cells}", flush=True)
            if options.update:
                update([row], options.update, KEY, DIGITS)


if __name__ == "__main__":
    main()
