"""Axial and sagittal scans of a body that moved between them, as files of a BIDS dataset."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from support.volumes import make_affine, smooth_image

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.rigid import rigid
from isospine.io.atomic import read_json, write_json
from isospine.io.nifti import load_volume, save_volume
from isospine.physics.moving_body import scan
from isospine.physics.simulate import acquire
from isospine.views.acquired import slice_axis

#: Turns in degrees and shifts in mm of the body before the second scan, and its gain.
MOTION, GAIN = (2.0, -1.5, 1.0, 1.5, -1.0, 2.0), 1.3
SIDECAR = {"SliceThickness": 4.0, "SpacingBetweenSlices": 4.0}


def make_body(shape: tuple[int, int, int] = (44, 48, 40)) -> tuple[Volume, Grid]:
    """An ellipsoid of uneven tissue, 1 mm voxels."""
    grid = Grid(shape, make_affine(spacing=1.0))
    i, j, k = (axis - size // 2 for axis, size in zip(np.indices(shape), shape, strict=True))
    inside = (i / (shape[0] // 2 - 4)) ** 2 + (j / (shape[1] // 2 - 4)) ** 2 + (k / 30) ** 2 < 1
    return np.where(inside, 400 + smooth_image(grid.shape), 20).astype(np.float32), grid


def write_pair(
    folder: Path,
    prefix: str = "sub-01_",
    contrasts: tuple[str, str] = ("T2w", "T2w"),
    shape: tuple[int, int, int] = (44, 48, 40),
) -> tuple[list[Path], FloatArray]:
    """Scan the body twice, in slices of 4 mm; paths, and the motion in between. What is bright in T2w is dark in T1w."""
    reference, grid = make_body(shape)
    motion = rigid(np.array(MOTION), grid.centre)
    paths = []
    scans = (("axial", "ax", None, 1.0), ("sagittal", "sag", motion, GAIN))
    for (plane, name, moves, gain), contrast in zip(scans, contrasts, strict=True):
        body = reference if contrast == "T2w" else np.where(reference > 100, 1000 - reference, reference)
        like = acquire(reference, grid, plane, 4, "box")
        view = scan(body, grid, like.grid, like.axis, like.thickness, moves)
        noise = np.random.default_rng(1).normal(scale=5, size=view.data.shape)
        paths.append(folder / f"{prefix}acq-{name}_{contrast}.nii.gz")
        data = (view.data * gain + noise).astype(np.float32)
        save_volume(paths[-1], data, view.grid.affine, SIDECAR)
    return paths, motion


def write_labels(paths: Sequence[Path], shape: tuple[int, int, int] = (44, 48, 40)) -> list[Path]:
    """Draw a tilted tube of 5 mm radius on the views of `write_pair`, in voxels of which more than half is inside."""
    grid = make_body(shape)[1]
    tube = tilted_tube(grid)
    written = []
    for path, moves in zip(paths, (None, rigid(np.array(MOTION), grid.centre)), strict=True):
        data, affine = load_volume(path)
        i, j, k = data.shape
        own = Grid((i, j, k), affine)
        seen = scan(tube.astype(np.float32), grid, own, slice_axis(path, own), 4.0, moves)
        name = path.name.rsplit("_", 1)[0] + "_label-SC_seg.nii.gz"
        save_volume(path.with_name(name), (seen.data > 0.5).astype(np.uint8), affine)
        written.append(path.with_name(name))
    return written


def draw_labels(data: Path, subject: str, views: Sequence[str] = ("ax", "sag")) -> list[Path]:
    """Labels as of `write_labels` in the derivatives of a dataset of pairs, on some of a subject's views."""
    anat = data / f"sub-{subject}/anat"
    folder = data / f"derivatives/labels/sub-{subject}/anat"
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"sub-{subject}_acq-{view}_T2w" for view in ("ax", "sag")]
    drawn = []
    for name, path in zip(names, write_labels([anat / f"{name}.nii.gz" for name in names]), strict=True):
        path = path.rename(folder / f"{name}_label-SC_seg.nii.gz")
        if name.split("acq-")[1].split("_")[0] in views:
            drawn.append(path)
        else:
            path.unlink()
    return drawn


def tilted_tube(grid: Grid) -> NDArray[np.bool_]:
    """A tube through the middle of a grid, along its last axis and 8.5 degrees towards the second."""
    i, j, k = (axis - size // 2 for axis, size in zip(np.indices(grid.shape), grid.shape, strict=True))
    return i**2 + (j - 0.15 * k) ** 2 < 25


def make_dataset(
    folder: Path, subjects: tuple[str, ...] = ("01",), contrasts: tuple[str, str] = ("T2w", "T2w")
) -> Path:
    """A BIDS dataset of such pairs."""
    write_json(
        folder / "dataset_description.json", {"Name": "Pairs", "BIDSVersion": "1.9.0", "License": "CC0"}
    )
    for label in subjects:
        write_pair(folder / f"sub-{label}" / "anat", f"sub-{label}_", contrasts)
    return folder


#: Ways to spoil the sagittal view of a body, and what is said of it.
SPOILT = {
    "elsewhere": ["do not overlap", "one session"],
    "isotropic": ["acq-sag_T2w.nii.gz", "expected thick slices"],
    "gap": ["SliceThickness is 1.5 mm", "larger than the slice"],
    "conflict": ["SpacingBetweenSlices is 3.0", "4 mm apart by the affine"],
    "no number": ["SliceThickness is 'thick'", "expected a length in mm"],
    "mirrored": ["mirrored along array axis"],
    "metres": ["fields of view are 48 and 0.048 mm long", "must be mm"],
}


def spoil(data: Path, subject: str, what: str) -> None:
    """Damage the sagittal view of a subject."""
    path = data / f"sub-{subject}/anat/sub-{subject}_acq-sag_T2w.nii.gz"
    image, affine = load_volume(path)
    sidecar = read_json(path.with_name(path.name.replace(".nii.gz", ".json")))
    if what == "elsewhere":
        affine = affine.copy()
        affine[:3, 3] += 500
    elif what == "isotropic":
        image, affine = image[:10, :10, :10], np.eye(4)
    elif what == "gap":
        sidecar["SliceThickness"] = 1.5
    elif what == "metres":
        affine = affine @ np.diag([1e-3, 1e-3, 1e-3, 1])
        sidecar = {}
    elif what == "conflict":
        sidecar["SpacingBetweenSlices"] = 3.0
    elif what == "no number":
        sidecar["SliceThickness"] = "thick"
    elif what == "mirrored":
        grid = Grid(image.shape, affine)
        affine = np.diag([1.0, -1, 1, 1]) @ affine
        affine[1, 3] += 2 * grid.centre[1]
    save_volume(path, image, affine, sidecar)
