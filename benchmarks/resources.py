"""What jobs ask for beside what they took: memory on phantoms of three sizes, with short trainings."""

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import yaml

from isospine.files import write_json
from isospine.nifti import save_volume
from isospine.phantom import spine_phantom

ROOT = Path(__file__).parents[1]
#: Voxels from left to right, posterior to anterior and inferior to superior.
SHAPES = {"small": (32, 120, 120), "middle": (48, 200, 200), "large": (64, 320, 320)}
CONFIG = {
    "recipes": {
        "isospine": {"steps": 200},
        "isospine-population": {"steps": 100, "population_steps": 100},
        "fourier": {"epochs": 1, "batch": 4096},
    },
    "ablations": {"mapping-size": None, "bandwidth": None},
    "seeds": [0],
}
TOOK = re.compile(r"took (?P<seconds>[\d.]+) s and at most (?P<peak>\d+) MB of memory")


def make_dataset(folder: Path) -> None:
    write_json(
        folder / "dataset_description.json", {"Name": "phantoms", "BIDSVersion": "1.9.0", "License": "CC0"}
    )
    for name, shape in SHAPES.items():
        phantom = spine_phantom(0, shape)
        image = f"sub-{name}/anat/sub-{name}_T2w"
        save_volume(folder / f"{image}.nii.gz", phantom.intensity, phantom.affine)
        cord = folder / f"derivatives/labels/{image}_label-SC_seg.nii.gz"
        save_volume(cord, phantom.cord.astype(np.uint8), phantom.affine)


def run() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_dataset(folder / "data")
        config = CONFIG | {"dataset": {"source": str(folder / "data"), "version": None}}
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        command = [
            str(Path(sys.executable).parent / "snakemake"),
            "-s",
            str(ROOT / "Snakefile"),
            "--cores",
            "1",
        ]
        command += ["--configfile", "config.yaml"]
        answer = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        asked, log = {}, ""
        for line in answer.stderr.splitlines():
            if line.startswith("    log: "):
                log = line.split()[1].rstrip(",")
            elif memory := re.match(r"    resources: .*mem_mb=(\d+)", line):
                asked[log] = int(memory[1])
        rows = defaultdict(list)
        for log, memory in asked.items():
            if took := TOOK.search((folder / log).read_text(errors="replace")):
                step = log.split("/")[2]
                rows[step].append((int(took["peak"]) / memory, log))
        for step, ratios in rows.items():
            least, most = min(ratios), max(ratios)
            print(
                f"  {step:<12} {len(ratios):3} jobs took {least[0]:4.0%} to {most[0]:4.0%} of the memory asked for"
            )


if __name__ == "__main__":
    run()
