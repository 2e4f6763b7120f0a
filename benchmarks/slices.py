"""Slices that were never acquired, of models and of the volumes of baselines, against the same slices of the reference.

The views are those of the standard setting of `persons.py`. Baselines are volumes on the grid of the reference, between whose
voxels cubic splines interpolate; models are evaluated on the planes of the slices.
"""

import argparse
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from measured import Scan
from persons import STANDARD, Person, available_weights, unseen_weights
from real_data import data_folder
from view_sets import baseline, train_views

from isospine.evaluation.metrics import psnr
from isospine.geometry.grid import Grid
from isospine.geometry.resample import resample
from isospine.io.atomic import atomic_path
from isospine.physics.virtual_slices import Slab, SlicePlanes, stack_over, virtual_slices
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import settings_of

RESULTS = Path(__file__).parent / "results/slices.tsv"
METHODS = ("cubic", "ibp", "tv", "fourier", "pretrained")
KEY = ["person", "slices", "method"]


class Wanted(NamedTuple):
    """Slices: their plane, its angles in degrees, thickness in mm (0: the whole field of view), and projection."""

    plane: str
    angles: tuple[float, float, float]
    thickness: float
    project: str = "mean"


WANTED = {
    "oblique, 4 mm": Wanted("axial", (20, 0, 0), 4),
    "oblique, 0.8 mm": Wanted("axial", (20, 0, 0), 0.8),
    "coronal maximum, 10 mm": Wanted("coronal", (0, 0, 0), 10, "max"),
    "coronal maximum, whole": Wanted("coronal", (0, 0, 0), 0, "max"),
}


def image_function(name: str, scan: Scan, weights: str | None) -> Any:
    """What a method gives on any grid."""
    if name in BASELINES:
        return partial(resample, baseline(name)(scan.views, scan.grid), scan.grid)
    settings = known_recipes()[name]
    if "weights" in settings:
        settings |= {"weights": weights}
    about = {"image": "sub-01"}
    return train_views(scan.views, settings_of(settings), grid=scan.grid, provenance=about)[0].reconstruct


def planes_of(wanted: Wanted, grid: Grid) -> tuple[SlicePlanes, Slab]:
    """Planes of the slices over a field of view."""
    thickness = wanted.thickness
    if not thickness:
        thickness = float(np.ptp([grid.world(end)[1] for end in np.diag(grid.shape) - 0.5]))
    slab = Slab(thickness, project=wanted.project)
    slices, axis = stack_over(grid, wanted.plane, wanted.angles, slab.thickness)
    return SlicePlanes.of_slices(slices, axis, slab, float(grid.spacing.min())), slab


def measured(person: Person, methods: Sequence[str]) -> list[dict[str, Any]]:
    """Scores of the slices of each method; bias is the mean error, in percent of the range of the reference."""
    scan = person.scan(STANDARD)
    assert scan is not None
    reference, grid = scan.reference, scan.grid
    whole = float(np.ptp(reference))
    truths = {}
    for name, wanted in WANTED.items():
        planes, slab = planes_of(wanted, grid)
        truths[name] = planes, slab, *virtual_slices(partial(resample, reference, grid), grid, planes, slab)
    rows = []
    for method in methods:
        weights = None
        if "weights" in known_recipes().get(method, {}):
            weights = unseen_weights(person.volumes, 2, available_weights())
        start = time.process_time()
        evaluate = image_function(method, scan, weights)
        for name, (planes, slab, truth, known) in truths.items():
            image, _ = virtual_slices(evaluate, grid, planes, slab)
            error = (image - truth)[known].astype(np.float64)
            scores = {"psnr": psnr(truth[known], image[known], whole), "bias": 100 * error.mean() / whole}
            row = {"person": person.label, "slices": name, "method": method, **scores}
            rows.append(row | {"weights": Path(weights or "").stem})
            print(
                "  ".join(
                    f"{value:.2f}" if isinstance(value, float) else str(value) for value in row.values()
                ),
                flush=True,
            )
        print(f"  {method}: {time.process_time() - start:.1f} CPU s with training", flush=True)
    return rows


def read_table(path: Path = RESULTS) -> pd.DataFrame:
    """Read what was measured."""
    return pd.read_csv(path, sep="\t", keep_default_na=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=data_folder("real-t2w"), help="BIDS dataset")
    parser.add_argument("--only", nargs="*", default=["sct08mm", "sct1mm", "unf01"], help="labels of persons")
    parser.add_argument("--methods", nargs="*", default=METHODS)
    parser.add_argument("--update", action="store_true", help=f"write what was measured into {RESULTS}")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found: list[dict[str, Any]] = []
    for label in options.only:
        found += measured(Person(options.folder / f"sub-{label}", label), options.methods)
        if options.update:
            table = pd.DataFrame(found).round({"psnr": 3, "bias": 3})
            old = read_table() if RESULTS.exists() else table[:0]
            both = pd.concat([one for one in (old, table) if len(one)]).drop_duplicates(KEY, keep="last")
            with atomic_path(RESULTS) as temporary:
                both.sort_values(KEY, kind="stable").to_csv(
                    temporary, sep="\t", index=False, lineterminator="\n"
                )
