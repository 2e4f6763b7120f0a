"""Size of a report of 19 full-size subjects, what weighs what in it, and the seconds that it takes to build.

One small subject goes through the workflow with the shortest trainings. Then its volumes are replaced by ones as large as
the figures ever show, its figures drawn again, and everything of it copied for the other subjects. Takes some minutes.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from pathlib import Path

import numpy as np
import yaml
from scipy.ndimage import gaussian_filter, zoom

from isospine.dataset.demo.phantom import spine_phantom
from isospine.io.atomic import write_json
from isospine.io.nifti import load_volume, save_volume

ROOT = Path(__file__).parents[1]
SNAKEMAKE = [str(Path(sys.executable).parent / "snakemake"), "-s", str(ROOT / "Snakefile"), "--cores", "2"]
SUBJECTS = [f"{number:02d}" for number in range(1, 20)]
FIRST = f"sub-{SUBJECTS[0]}"
#: Of a volume of 320 x 320 x 64 voxels of 0.8 mm, figures show 120 mm at most, and viewers less.
SHAPE, SMALL = (64, 155, 155), (25, 30, 35)
#: The ablations, seeds and grids of the real data, with networks that are trained at once.
CONFIG = yaml.safe_load((ROOT / "config/spine-generic.yaml").read_text()) | {
    "recipes": {
        "self-prior": {"steps": 20},
        "fourier": {"epochs": 1, "width": 16, "hidden_layers": 1, "batch": 4096},
    },
}
IMAGE_FIGURES = [
    *(f"figure_{name}" for name in ("views", "comparison", "finer", "viewer", "along_cord")),
    "figure_error_anatomy",
    "figure_profiles",
]


def make_dataset(folder: Path) -> None:
    """One small phantom under the names of all subjects."""
    description = {"Name": "phantoms", "BIDSVersion": "1.9.0", "License": "CC0"}
    write_json(folder / "dataset_description.json", description)
    phantom = spine_phantom(0, SMALL)
    for label in SUBJECTS:
        image = f"sub-{label}/anat/sub-{label}_T2w"
        save_volume(folder / f"{image}.nii.gz", phantom.intensity, phantom.affine)
        cord = folder / f"derivatives/labels/{image}_label-SC_seg.nii.gz"
        save_volume(cord, phantom.cord.astype(np.uint8), phantom.affine)


def snakemake(folder: Path, subjects: list[str], *arguments: str) -> float:
    """Run the workflow for some subjects; seconds."""
    dataset = {"source": str(folder / "data"), "version": None, "subjects": subjects}
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG | {"dataset": dataset}))
    start = time.perf_counter()
    command = [*SNAKEMAKE, *arguments, "--configfile", "config.yaml"]
    answer = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if answer.returncode:
        sys.exit((answer.stdout + answer.stderr)[-3000:])
    return time.perf_counter() - start


def enlarge(folder: Path) -> None:
    """Replace the volumes of the first subject by large ones, without making anything newer."""
    phantom = spine_phantom(1, SHAPE)
    rng = np.random.default_rng(0)
    for path in sorted(folder.glob("*.nii.gz")):
        made = path.stat().st_mtime_ns
        spacing = np.linalg.norm(load_volume(path)[1][:3, :3], axis=0)
        steps = spacing / 0.8
        volume, affine = phantom.intensity, phantom.affine @ np.diag([*steps, 1])
        if "mask" in path.name:
            volume = phantom.cord
        elif "_res-" in path.name:  # as noisy as a reconstruction, and a little blurred
            volume = gaussian_filter(volume + rng.normal(0, 8, SHAPE), rng.uniform(0.3, 0.6))
            volume = zoom(volume, 1 / steps, order=1) if steps[0] != 1 else volume
        else:
            thick = int(np.argmax(steps))
            count = round(steps[thick])
            whole = np.take(volume, range(SHAPE[thick] // count * count), axis=thick)
            parts = np.split(whole, whole.shape[thick] // count, axis=thick)
            volume = np.stack([part.mean(axis=thick) for part in parts], axis=thick)
        save_volume(path, volume.astype(np.uint8 if "mask" in path.name else np.float32), affine)
        os.utime(path, ns=(made, made))


def multiply(folder: Path) -> None:
    """Copy everything of the first subject for the others, with what Snakemake knows of it."""

    def renamed(content: bytes, label: str) -> bytes:
        content = content.replace(FIRST.encode(), f"sub-{label}".encode())
        return re.sub(rb"(?m)^(sub-\d\d)\t01\t", rb"\1\t" + label.encode() + rb"\t", content)

    files = [path for path in (folder / "results").rglob("*") if path.is_file() and FIRST in path.name]
    records = {}
    for path in (folder / ".snakemake/metadata").iterdir():
        name = urlsafe_b64decode(path.name).decode()
        if FIRST in name:
            records[name] = path.read_text(encoding="utf-8")
    for number, label in enumerate(SUBJECTS[1:], 1):
        for path in files:
            copy = Path(str(path).replace(FIRST, f"sub-{label}"))
            copy.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix in (".tsv", ".json", ".log"):
                copy.write_bytes(renamed(path.read_bytes(), label))
            else:
                shutil.copyfile(path, copy)
        for name, text in records.items():
            record = json.loads(text.replace(FIRST, f"sub-{label}"))
            record["job_hash"] += number  # else the jobs of all subjects were one
            copy = name.replace(FIRST, f"sub-{label}")
            path = folder / ".snakemake/metadata" / urlsafe_b64encode(copy.encode()).decode()
            path.write_text(json.dumps(record), encoding="utf-8")


def weigh(report: str) -> dict[str, list[int]]:
    """Bytes of every file in a report by its kind, the same for all subjects."""
    sizes = defaultdict(list)
    results, _ = json.JSONDecoder().raw_decode(
        report, report.index("var results = {") + len("var results = ")
    )
    for entry in results.values():
        sizes[re.sub(r"sub-\d\d", "sub-*", entry["filename"])].append(len(entry["data_uri"]))
    return sizes


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_dataset(folder / "data")
        snakemake(folder, SUBJECTS[:1])
        enlarge(folder / "results" / FIRST / "anat")
        snakemake(folder, SUBJECTS[:1], "--rerun-triggers", "mtime", "--forcerun", *IMAGE_FIGURES)
        multiply(folder)
        snakemake(folder, SUBJECTS, "results/manifest.tsv")
        now = time.time()
        for path in (folder / "results").rglob("*"):
            os.utime(path, (now, now))
        again = ["--forcerun", "metrics", "figure_training", "methods"]
        snakemake(folder, SUBJECTS, "--rerun-triggers", "mtime", *again)
        seconds = snakemake(folder, SUBJECTS, "--report", "report.html")
        report = (folder / "report.html").read_text(encoding="utf-8")
        sizes = weigh(report)
        assert len(sizes["sub-*_desc-comparison_T2w.png"]) == len(SUBJECTS)
        print(f"  report of {len(SUBJECTS)} subjects  {len(report) / 1e6:7.1f} MB in {seconds:.1f} s")
        for kind, own in sorted(sizes.items(), key=lambda item: -sum(item[1])):
            print(f"    {kind:44s} {len(own):3d} x {np.mean(own) / 1e3:7.1f} kB = {sum(own) / 1e6:6.2f} MB")
        print(f"    {'Snakemake itself':44s} {(len(report) - sum(map(sum, sizes.values()))) / 1e6:22.2f} MB")


if __name__ == "__main__":
    run()
