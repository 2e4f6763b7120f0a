"""Quality and cost of methods on real volumes of several persons, with weights that never saw the person.

The folder is a BIDS dataset with isotropic images (sub-*/anat/*_T2w.nii.gz); masks of the cord in derivatives/labels are used
where they are. Volumes are cropped at their far ends to whole slices; views are simulated from them.

`.venv/bin/python benchmarks/persons.py --folder MY_DATASET` measures your own.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from measured import Scan, measure, method_of
from persons_table import REFINED, RESULTS, read_table, replaced, table_of, write_table
from real_data import data_folder
from scipy.ndimage import binary_dilation, label

from isospine.errors import InputError
from isospine.evaluation.metrics import Mask
from isospine.geometry.crops import crop_for_views, cropping
from isospine.geometry.grid import Grid, Volume
from isospine.io.nifti import load_volume
from isospine.models.pretrained.bodies import recognised
from isospine.models.pretrained.weights import Weights, load_weights, shipped_weights
from isospine.physics.simulate import acquire, add_rician_noise
from isospine.recipes.baselines import BASELINES

ROOT = Path(__file__).parents[1]

#: Weights of folds: each was trained without one of the persons.
FOLDS = Path(__file__).parent / "weights"

#: Connected voxels of the cord that hold exactly one intensity: someone painted them.
PAINTED = 20

#: Voxels around a lesion that count as of it.
MARGIN = 2


@dataclass(frozen=True)
class Setting:
    """How the views of each person are simulated, and by which methods."""

    name: str
    specs: tuple[tuple[str, float], ...] = (("axial", 5.0), ("sagittal", 5.0))
    profile: str = "box"
    noise: float = 0.0
    contrast: str = "T2w"
    methods: tuple[str, ...] = ("tv", "pretrained")


def two_views(first: float, second: float) -> tuple[tuple[str, float], ...]:
    return ("axial", first), ("sagittal", second)


STANDARD = Setting("factor 5", methods=(*BASELINES, "pretrained", REFINED))
SLOW = ("self-prior", "fourier")
FURTHER = (
    *(Setting(f"factor {factor:g}", two_views(factor, factor)) for factor in (2.5, 3, 4, 7.3)),
    Setting("factors 5 and 3", two_views(5, 3)),
    Setting("three views", (*two_views(5, 5), ("coronal", 5.0))),
    Setting("Gaussian profile", profile="gaussian"),
    Setting("2 % noise", noise=0.02),
    Setting("5 % noise", noise=0.05),
    Setting("axial view alone", (("axial", 5.0),), methods=("cubic", "tv", "pretrained")),
)
T1W = Setting("T1w", contrast="T1w", methods=(*BASELINES, "pretrained"))


@dataclass(frozen=True)
class Person:
    """One person of a BIDS dataset."""

    folder: Path
    label: str

    def image(self, contrast: str) -> Path | None:
        """Path of the first image of a contrast."""
        return next(iter(sorted(self.folder.glob(f"anat/*_{contrast}.nii.gz"))), None)

    def mask(self, name: str, shape: Sequence[int]) -> Mask | None:
        """Mask of a label, cropped."""
        masks = self.folder.parent / "derivatives/labels" / self.folder.name / "anat"
        path = next(iter(sorted(masks.glob(f"*_label-{name}_seg.nii.gz"))), None)
        return None if path is None else load_volume(path)[0][tuple(slice(length) for length in shape)] > 0

    @cached_property
    def volumes(self) -> list[Volume]:
        """All images of the person."""
        return [load_volume(path)[0] for path in sorted(self.folder.glob("anat/*.nii.gz"))]

    def scan(self, setting: Setting) -> Scan | None:
        """Reference and views; none where there is no image of the contrast."""
        path = self.image(setting.contrast)
        if path is None:
            return None
        data, affine = load_volume(path)
        whole = Grid(data.shape, affine)
        _, cropped = crop_for_views(whole, setting.specs)
        grid = whole.cropped((0, 0, 0), cropped.shape)
        reference = data[cropping((0, 0, 0), grid)]
        views = [acquire(reference, grid, plane, factor, setting.profile) for plane, factor in setting.specs]
        sigma = setting.noise * float(np.ptp(reference))
        if sigma:
            views = [
                replace(view, data=add_rician_noise(view.data, sigma, index))
                for index, view in enumerate(views)
            ]
        return Scan(reference, grid, views, self.regions(reference))

    def regions(self, reference: Volume) -> dict[str, Mask]:
        """Whole volume, cord, and what of the cord is no lesion."""
        regions = {"whole": np.ones(reference.shape, bool)}
        cord = self.mask("SC", reference.shape)
        if cord is None or not cord.any():
            return regions
        regions["cord"] = cord
        lesion = self.mask("lesion", reference.shape)
        if lesion is None:
            lesion = painted(reference, cord)
        if lesion.any():
            regions["cord without lesion"] = cord & ~binary_dilation(lesion, iterations=MARGIN)
        return regions


def painted(reference: Volume, cord: Mask) -> Mask:
    """Connected voxels that hold the most frequent intensity of the cord, where they are many."""
    values, counts = np.unique(reference[cord], return_counts=True)
    parts, _ = label((reference == values[counts.argmax()]) & cord, np.ones((3, 3, 3)))
    largest = np.bincount(parts.ravel())
    largest[0] = 0
    return (parts == largest.argmax()) & (largest.max() >= PAINTED)


def persons(folder: Path) -> list[Person]:
    """Persons of a dataset, by label."""
    found = [
        Person(path, path.name.removeprefix("sub-")) for path in sorted(folder.glob("sub-*")) if path.is_dir()
    ]
    if not any(person.image(contrast) for person in found for contrast in ("T2w", "T1w")):
        raise InputError(
            f"{folder}: has no sub-*/anat/*_T2w.nii.gz; expected a BIDS dataset with isotropic images"
        )
    return found


def available_weights() -> Iterator[tuple[str, Weights]]:
    """Names, and the weights that ship before those of folds."""
    yield "isospine", shipped_weights()
    for path in sorted(FOLDS.glob("*.safetensors")):
        yield str(path), load_weights(path)


def unseen_weights(
    volumes: Iterable[Volume], views: int, available: Iterable[tuple[str, Weights]]
) -> str | None:
    """First weights for so many views, 1 or 2, that recognise none of a person's images; those that know no body do not count."""
    volumes = list(volumes)
    for name, weights in available:
        if views not in weights.networks or not weights.bodies:
            continue
        if not any(recognised(volume, weights.bodies) for volume in volumes):
            return name
    return None


def run(
    folder: Path,
    settings: Sequence[Setting],
    only: Sequence[str] = (),
    methods: Sequence[str] = (),
    update: Path | None = None,
) -> pd.DataFrame:
    """Measure and print.

    Parameters
    ----------
    folder : Path
        BIDS dataset.
    settings : sequence of Setting
        How views are simulated.
    only : sequence of str
        Labels of persons, otherwise all.
    methods : sequence of str
        These of each setting's methods, otherwise all.
    update : Path, optional
        Table of results that is updated after every setting.
    """
    torch.set_num_threads(1)
    weights = list(available_weights())
    rows = []
    for person in persons(folder):
        if only and person.label not in only:
            continue
        for setting in settings:
            scan = person.scan(setting)
            if scan is None:
                continue
            chosen = [method for method in setting.methods if not methods or method in methods]
            about = {"setting": setting.name, "person": person.label}
            rows += measured_rows(about, scan, chosen, person.volumes, weights)
            if update:
                write_table(replaced(read_table(update), table_of(rows)), update)
    return table_of(rows)


def measured_rows(
    about: dict[str, str],
    scan: Scan,
    methods: Sequence[str],
    volumes: Sequence[Volume],
    available: Sequence[tuple[str, Weights]],
) -> list[dict[str, Any]]:
    """Measure methods on one scan of a person, of whom all volumes are given, and print each."""
    rows: list[dict[str, Any]] = []
    count = min(2, len({view.axis for view in scan.views}))
    for method in methods:
        used = None
        if method.startswith("pretrained"):
            used = unseen_weights(volumes, count, available)
            if used is None:
                print(
                    f"  {about['person']}, {about['setting']}: skipped, all weights saw this person",
                    flush=True,
                )
                continue
        found = measure(scan, method_of(method, used))
        rows += [about | {"method": method, "weights": Path(used or "").stem} | row for row in found]
        print_row(about, method, rows[-len(found) :])
    return rows


def print_row(about: dict[str, str], method: str, found: list[dict[str, Any]]) -> None:
    scores = ", ".join(f"{row['region']} {row['psnr']:.2f} dB {row['ssim']:.3f}" for row in found)
    cost = f"{found[0]['seconds']:.1f} CPU s, {found[0]['memory_mb']:.0f} MB"
    print(f"  {about['person']:<9} {about['setting']:<17} {method:<24} {scores}; {cost}", flush=True)


def all_settings(folder: Path, other: Path, slow: bool = False) -> list[pd.DataFrame]:
    """Measure all settings on the persons of a dataset, and the T1w images of another one."""
    standard = replace(STANDARD, methods=STANDARD.methods + (SLOW if slow else ()))
    tables = []
    for dataset, settings in ((folder, (standard, *FURTHER)), (other, (T1W,))):
        if dataset.is_dir():
            tables.append(run(dataset, settings))
        else:
            print(f"  skipped, {dataset} is not there (set ISOSPINE_TEST_DATA)")
    return tables


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=data_folder("real-spines"), help="BIDS dataset")
    parser.add_argument("--only", nargs="*", default=[], help="labels of persons")
    parser.add_argument("--methods", nargs="*", default=[], help="methods, otherwise all but slow ones")
    parser.add_argument("--slow", action="store_true", help="measure self-prior and fourier too")
    parser.add_argument("--further", action="store_true", help="measure other settings than factor 5 too")
    parser.add_argument("--settings", nargs="*", default=[], help="settings by name")
    parser.add_argument(
        "--update", type=Path, help=f"table to write what was measured into, such as {RESULTS}"
    )
    options = parser.parse_args()
    standard = replace(STANDARD, methods=STANDARD.methods + (SLOW if options.slow else ()))
    chosen = [standard, *((*FURTHER, T1W) if options.further or options.settings else ())]
    if options.settings:
        chosen = [setting for setting in chosen if setting.name in options.settings]
    run(options.folder, chosen, options.only, options.methods, options.update)
