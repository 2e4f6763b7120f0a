"""Write scans of two synthetic subjects that moved between them, as a BIDS dataset: the example of your-data.md.

Usage: python docs/scans.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np

from isospine.dataset.demo.phantom import spine_phantom
from isospine.geometry.grid import Grid
from isospine.geometry.rigid import rigid
from isospine.io.atomic import write_json
from isospine.io.nifti import save_volume
from isospine.physics.moving_body import scan
from isospine.physics.simulate import acquire

SUBJECTS = ("01", "02")
SHAPE = (40, 75, 75)
#: Turns in degrees and shifts in mm before the sagittal scan, its gain, and the noise of both.
MOTION, GAIN, NOISE = (2.0, -1.5, 1.0, 1.5, -1.0, 2.0), 1.3, 5.0
FACTOR = 5


def main(folder: Path) -> None:
    """Write the dataset, to a folder that holds nothing yet."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        sys.exit(f"{folder}: exists already; give the name of a new folder")
    write_json(
        folder / "dataset_description.json", {"Name": "Scans", "BIDSVersion": "1.10.0", "License": "CC0"}
    )
    for seed, label in enumerate(SUBJECTS):
        phantom = spine_phantom(seed, SHAPE)
        grid = Grid(SHAPE, phantom.affine)
        random = np.random.default_rng(seed)
        motion = rigid(np.array(MOTION), grid.centre)
        for plane, name, moves, gain in (("axial", "ax", None, 1.0), ("sagittal", "sag", motion, GAIN)):
            slices = acquire(phantom.intensity, grid, plane, FACTOR, "box")
            view = scan(phantom.intensity, grid, slices.grid, slices.axis, slices.thickness, moves)
            data = (gain * view.data + random.normal(scale=NOISE, size=view.data.shape)).astype(np.float32)
            path = folder / f"sub-{label}/anat/sub-{label}_acq-{name}_T2w.nii.gz"
            save_volume(path, data, view.grid.affine, {"SliceThickness": view.thickness})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
