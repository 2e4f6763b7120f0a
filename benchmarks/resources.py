"""Memory that jobs ask for and take: every rule of both workflow modes, on phantoms of three sizes, short trainings."""

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import yaml

from isospine.dataset.demo.phantom import Phantom, spine_phantom
from isospine.geometry.grid import Grid
from isospine.io.atomic import write_json
from isospine.io.nifti import save_volume
from isospine.physics.moving_body import scan
from isospine.physics.simulate import acquire

ROOT = Path(__file__).parents[1]
#: Voxels from left to right, posterior to anterior and inferior to superior; a reference of spine-generic is the largest.
SHAPES = {
    "simulated": {"small": (32, 120, 120), "middle": (48, 200, 200), "large": (64, 320, 320)},
    "acquired": {"small": (32, 100, 100), "middle": (40, 150, 150), "large": (48, 200, 200)},
}
RECIPES = {"self-prior": {"steps": 200}, "fourier": {"epochs": 1, "batch": 4096}}
COMMON = {"ablations": {"mapping-size": None, "bandwidth": None}, "seeds": [0]}
SIMULATED = COMMON | {
    "recipes": RECIPES | {"population-prior": {"steps": 100, "population_steps": 100}},
    "segmentations": {"SC": {"kind": "binary"}},
    "planes": {
        "oblique": {"plane": "axial", "angles": [20, 0, 0], "thickness": 4},
        "myelogram": {"plane": "coronal", "thickness": 10, "project": "max"},
    },
    "compression": {"bits": 8},
    "metrics": {"fixed_point": [8]},
}
ACQUIRED = COMMON | {
    "recipes": RECIPES,
    "resolutions": [0.8, 0.5],
    "views": [{"entities": {"acq": "ax"}}, {"entities": {"acq": "sag"}}],
    "segmentations": {"SC": {"kind": "binary"}},
}
#: Largest relative difference of what a job asks for from what it takes.
TARGET = 0.3
TOOK = re.compile(r"took (?P<seconds>[\d.]+) s and at most (?P<peak>\d+) MB of memory")


def save_reference(folder: Path, name: str, phantom: Phantom) -> None:
    """An isotropic image with its cord segmentation."""
    image = f"sub-{name}/anat/sub-{name}_T2w"
    save_volume(folder / f"{image}.nii.gz", phantom.intensity, phantom.affine)
    cord = folder / f"derivatives/labels/{image}_label-SC_seg.nii.gz"
    save_volume(cord, phantom.cord.astype(np.uint8), phantom.affine)


def save_views(folder: Path, name: str, phantom: Phantom) -> None:
    """An axial and a sagittal scan, with labels of the cord."""
    grid = Grid(phantom.intensity.shape, phantom.affine)
    for plane, label in (("axial", "ax"), ("sagittal", "sag")):
        slices = acquire(phantom.intensity, grid, plane, 5, "box")
        view = scan(phantom.intensity, grid, slices.grid, slices.axis, slices.thickness, None)
        path = folder / f"sub-{name}/anat/sub-{name}_acq-{label}_T2w.nii.gz"
        save_volume(path, view.data, view.grid.affine, {"SliceThickness": view.thickness})
        cord = scan(phantom.cord.astype(np.float32), grid, slices.grid, slices.axis, slices.thickness, None)
        labels = folder / f"derivatives/labels/sub-{name}/anat/sub-{name}_acq-{label}_T2w_label-SC_seg.nii.gz"
        save_volume(labels, (cord.data > 0.5).astype(np.uint8), view.grid.affine)


def measured_jobs(
    folder: Path,
    config: dict,
    shapes: dict[str, tuple[int, int, int]],
    save: Callable[[Path, str, Phantom], None],
) -> Iterator[tuple]:
    """Rule, log, memory asked for and memory taken of every job of a run."""
    write_json(
        folder / "data/dataset_description.json",
        {"Name": "phantoms", "BIDSVersion": "1.9.0", "License": "CC0"},
    )
    for name, shape in shapes.items():
        save(folder / "data", name, spine_phantom(0, shape))
    config = config | {"dataset": {"source": str(folder / "data"), "version": None}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    snakemake = str(Path(sys.executable).parent / "snakemake")
    command = [snakemake, "-s", str(ROOT / "Snakefile"), "--cores", "1", "--configfile", "config.yaml"]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if answer.returncode:
        sys.exit(answer.stderr[-3000:])
    rule = log = ""
    for line in answer.stderr.splitlines():
        if started := re.match(r"(?:local)?(?:rule|checkpoint) (\w+):", line):
            rule = started[1]
        elif line.startswith("    log: "):
            log = line.split()[1].rstrip(",")
        elif memory := re.match(r"    resources: .*mem_mb=(\d+)", line):
            took = TOOK.search((folder / log).read_text(errors="replace"))
            yield rule, log, int(memory[1]), int(took["peak"]) if took else None


def run() -> None:
    for mode, config, save in (("simulated", SIMULATED, save_reference), ("acquired", ACQUIRED, save_views)):
        with tempfile.TemporaryDirectory() as name:
            jobs = list(measured_jobs(Path(name), config, SHAPES[mode], save))
        rows = defaultdict(list)
        if len(sys.argv) > 1:
            with open(sys.argv[1], "a") as file:
                file.writelines(f"{mode} {rule} {log} {asked} {peak}\n" for rule, log, asked, peak in jobs)
        for rule, log, asked, peak in jobs:
            if peak is None:
                print(f"  {mode} {rule}: its log does not say what it took ({log})")
                continue
            size = next((size for size in SHAPES[mode] if f"sub-{size}" in log), "run")
            rows[rule, size].append((asked / peak, asked, peak))
        for (rule, size), ratios in sorted(rows.items()):
            least, most = min(ratios), max(ratios)
            good = "" if least[0] >= 1 - TARGET and most[0] <= 1 + TARGET else "  beyond"
            print(
                f"  {mode} {rule:<20} {size:<7} {len(ratios):3} jobs asked for {least[0]:4.0%} ({least[1]} MB) "
                f"to {most[0]:4.0%} ({most[1]} MB) of what they took{good}"
            )


if __name__ == "__main__":
    run()
