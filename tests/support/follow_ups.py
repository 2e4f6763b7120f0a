"""Two sessions of a synthetic body: an isotropic scan, and later thick views of it with something new."""

from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from isospine.geometry.grid import Affine, Grid, Volume
from isospine.io.atomic import write_json
from isospine.io.nifti import save_volume
from isospine.physics.simulate import acquire
from isospine.views.view_set import ViewSet, stack_set

SHAPE = (32, 30, 20)
#: Middle of the new lesion, in voxels.
LESION = (16, 14, 10)


def session_grid() -> Grid:
    """Grid of both sessions, 1 mm."""
    affine = np.eye(4)
    affine[:3, 3] = [-20.0, 5.0, 40.0]
    return Grid(SHAPE, affine)


def anatomy(seed: int = 0) -> Volume:
    """Blobs in a dark rim, from 0 to about 1000; another seed is another person."""
    image = gaussian_filter(np.random.default_rng(seed).standard_normal(SHAPE), 2.0)
    return (500 * (1 + image / image.std() / 3)).clip(0).astype(np.float32)


def with_lesion(image: Volume) -> Volume:
    """The same with a bright ball of 5 mm."""
    distance = np.sqrt(sum((axis - at) ** 2 for axis, at in zip(np.indices(SHAPE), LESION, strict=True)))
    return (image + 400 * (distance <= 2.5)).astype(np.float32)


def later_views(image: Volume, planes: tuple[str, ...] = ("axial", "sagittal")) -> ViewSet:
    """Views of factor 4 of a session."""
    return stack_set(
        "T2w", [acquire(image, session_grid(), plane, 4.0, "box") for plane in planes], session_grid()
    )


def make_sessions(folder: Path, acquired: bool = False) -> Path:
    """Write a BIDS dataset of one person in two sessions; the later one has thick views, or an isotropic scan to simulate them of."""
    about = {"Name": "Sessions", "BIDSVersion": "1.9.0", "License": "CC0"}
    write_json(folder / "dataset_description.json", about)
    grid, later = session_grid(), with_lesion(anatomy())
    random = np.random.default_rng(1)

    def save(session: str, name: str, data: Volume, affine: Affine, sidecar: dict[str, float]) -> None:
        path = folder / f"sub-01/ses-{session}/anat/sub-01_ses-{session}_{name}T2w.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_volume(
            path, (data + random.normal(scale=3, size=data.shape)).clip(0).astype(np.float32), affine, sidecar
        )

    save("01", "acq-iso_" if acquired else "", anatomy(), grid.affine, {})
    if not acquired:
        save("02", "", later, grid.affine, {})
        return folder
    for plane, name in (("axial", "ax"), ("sagittal", "sag")):
        view = acquire(later, grid, plane, 4.0, "box")
        sidecar = {"SliceThickness": view.thickness, "SpacingBetweenSlices": view.thickness}
        save("02", f"acq-{name}_", view.data, view.grid.affine, sidecar)
    return folder
