"""The embedded demo: synthetic subjects as a DataLad dataset in the layout of spine-generic."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from isospine.dataset.clone import remove_tree
from isospine.dataset.demo.phantom import spine_phantom
from isospine.dataset.environment import datalad_environment
from isospine.errors import InputError
from isospine.geometry.grid import Affine
from isospine.io.atomic import write_json, write_text
from isospine.io.git import find_commit
from isospine.io.nifti import save_volume

#: DataLad's identifier of the dataset, the same wherever it is made.
DATASET_ID = "a8a24e5f-5a3c-4d0e-9b5e-2f0d3c1b7e64"

#: Author and date of every commit, so that equal content gives equal commits.
AUTHOR, EMAIL, DATE = "isospine", "isospine@localhost", "2026-01-01T00:00:00+0000"

#: Volumes into the annex, unlocked; everything else into git.
ATTRIBUTES = """\
* annex.backend=SHA256E annex.largefiles=nothing
*.nii.gz filter=annex annex.largefiles=anything
"""

README = """\
# Synthetic cervical spines

T2-weighted volumes of 0.8 mm with segmentations of the spinal cord, computed by isospine
(`isospine.phantom.spine_phantom`). They show no person and were acquired on no scanner: they let the
whole workflow run without a download, and prove nothing about its quality on real images.

The layout is that of the spine-generic datasets. The subjects are stored differently on purpose: one along
the axes of the world, one in sagittal slices of a tilted field of view.
"""


@dataclass(frozen=True)
class Subject:
    """The specification of one synthetic subject.

    Attributes
    ----------
    label : str
        BIDS label, the part after ``sub-``.
    seed : int
        The phantom's seed.
    axes : str
        Directions in which the array indices grow, e.g. "PSR".
    tilt : float
        Rotation of the field of view about an oblique axis, in degrees.
    centre : tuple of float
        World coordinates of the field of view's centre in mm, RAS+.
    """

    label: str
    seed: int
    axes: str
    tilt: float
    centre: tuple[float, float, float]


#: One plain subject, and one that shows whether orientations are handled.
SUBJECTS = (
    Subject("demo01", seed=1, axes="RAS", tilt=0.0, centre=(0.0, 0.0, 0.0)),
    Subject("demo02", seed=3, axes="PSR", tilt=5.0, centre=(2.5, -31.0, -64.0)),
)


def make_demo_dataset(folder: str | Path, subjects: Sequence[Subject] = SUBJECTS) -> str:
    """Write a BIDS dataset of synthetic subjects as a DataLad dataset with annexed volumes.

    The dataset is made beside `folder` and moved there when it is whole; one that is already there, whole
    or not, is replaced.

    Parameters
    ----------
    folder : path-like
        Folder of the dataset.
    subjects : sequence of Subject
        Subjects that it holds.

    Returns
    -------
    str
        The commit, the same for the same subjects and the same version of the code.

    Raises
    ------
    InputError
        If the folder holds something else, cannot be written, or git is not installed.
    """
    folder = Path(folder).absolute()
    _check_replaceable(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    except OSError as error:
        raise InputError(
            f"{folder.parent}: cannot write there ({error.strerror}); expected a writable output folder: "
            "change its permissions or run in another working directory (snakemake --directory)"
        ) from error
    try:
        dataset = beside / folder.name
        with datalad_environment():
            os.environ.update(_fixed_commits())
            _write_dataset(dataset, subjects)
            commit = find_commit(dataset, "HEAD")
        remove_tree(folder)
        dataset.rename(folder)
    finally:
        remove_tree(beside)
    return commit


def write_bids(root: Path, subjects: Sequence[Subject]) -> None:
    """Write the files of the dataset, without git."""
    description = {
        "Name": "isospine demo: synthetic cervical spines",
        "BIDSVersion": "1.10.0",
        "DatasetType": "raw",
        "License": "CC0",
        "Authors": ["The isospine developers"],
        "GeneratedBy": [{"Name": "isospine", "Description": "Computed by isospine.phantom; no person"}],
    }
    write_json(root / "dataset_description.json", description)
    write_text(root / "README.md", README)
    rows = [f"sub-{subject.label}\t{subject.seed}\n" for subject in subjects]
    write_text(root / "participants.tsv", "participant_id\tseed\n" + "".join(rows))
    column = {"Description": "Seed of the pseudo-random generator that drew the synthetic anatomy"}
    write_json(root / "participants.json", {"seed": column})
    labels = root / "derivatives" / "labels"
    derived = {
        "Name": "isospine demo: segmentations of the spinal cord",
        "DatasetType": "derivative",
        "DatasetLinks": {"raw": "../.."},
    }
    write_json(labels / "dataset_description.json", description | derived)
    for subject in subjects:
        _write_subject(root, labels, subject)


def _write_subject(root: Path, labels: Path, subject: Subject) -> None:
    phantom = spine_phantom(subject.seed)
    affine = place(phantom.affine, subject.tilt, subject.centre)
    stem = f"sub-{subject.label}/anat/sub-{subject.label}_T2w"
    image = np.rint(phantom.intensity).astype(np.int16)
    save_volume(root / f"{stem}.nii.gz", *store_along(image, affine, subject.axes), sidecar=_sidecar())
    exact = {"Type": "ROI", "Manual": False, "Description": "Exact, from the synthetic anatomy"}
    source = {"SpatialReference": "orig", "Sources": [f"bids:raw:{stem}.nii.gz"]}
    save_volume(
        labels / f"{stem}_label-SC_seg.nii.gz",
        *store_along(phantom.cord, affine, subject.axes),
        sidecar=exact | source,
    )


def place(affine: Affine, tilt: float, centre: Sequence[float]) -> Affine:
    """Rotate a field of view about the world's origin, then move it there.

    Parameters
    ----------
    affine : (4, 4) array
        Voxel indices to world coordinates in mm.
    tilt : float
        Angle in degrees, about the axis (2, 1, 2) / 3.
    centre : sequence of float
        Where the origin goes, in mm.

    Returns
    -------
    (4, 4) ndarray of float64
        The new affine.
    """
    x, y, z = np.array([2.0, 1.0, 2.0]) / 3
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.deg2rad(tilt)
    rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross  # Rodrigues' formula
    return nib.affines.from_matvec(rotation, centre) @ affine


def store_along(data: NDArray[Any], affine: Affine, axes: str) -> tuple[NDArray[Any], Affine]:
    """Flip and permute a volume so that its indices grow along the directions `axes`, e.g. "PSR"."""
    wanted = nib.orientations.axcodes2ornt(axes)
    change = nib.orientations.ornt_transform(nib.io_orientation(affine), wanted)
    undo = nib.orientations.inv_ornt_aff(change, data.shape)
    return nib.orientations.apply_orientation(data, change), affine @ undo


def _sidecar() -> dict[str, Any]:
    """BIDS metadata of a 3-D turbo spin echo at 3 T."""
    return {
        "Modality": "MR",
        "Manufacturer": "isospine",
        "ManufacturersModelName": "synthetic phantom",
        "SeriesDescription": "Synthetic T2-weighted cervical spine; computed, not acquired",
        "BodyPart": "CSPINE",
        "MagneticFieldStrength": 3,
        "MRAcquisitionType": "3D",
        "ScanningSequence": "SE",
        "SequenceVariant": "SK",
        "PulseSequenceType": "3D turbo spin echo",
        "RepetitionTime": 1.5,
        "EchoTime": 0.12,
        "FlipAngle": 120,
        "SliceThickness": 0.8,
    }


def _write_dataset(dataset: Path, subjects: Sequence[Subject]) -> None:
    # DataLad looks at the environment when it is imported, so not before the caller has set it
    from datalad import api

    write_text(dataset / ".datalad" / "config", f'[datalad "dataset"]\n\tid = {DATASET_ID}\n')
    repository = api.create(
        path=str(dataset),
        force=True,  # it already holds its identifier
        initopts=["--initial-branch=main"],
        description="isospine demo",
        result_renderer="disabled",
    )
    repository.config.set("annex.addunlocked", "true", scope="local")
    write_text(dataset / ".gitattributes", ATTRIBUTES)
    write_bids(dataset, subjects)
    repository.save(message="Add the synthetic subjects", result_renderer="disabled")


def _fixed_commits() -> dict[str, str]:
    """Environment variables that make git's commits depend only on their content."""
    people = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", AUTHOR), ("EMAIL", EMAIL), ("DATE", DATE))
    }
    unsigned = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "commit.gpgsign", "GIT_CONFIG_VALUE_0": "false"}
    return people | unsigned


def _check_replaceable(folder: Path) -> None:
    """Refuse to replace anything but an empty folder or this dataset."""
    config = folder / ".datalad" / "config"
    ours = config.is_file() and DATASET_ID in config.read_text(encoding="utf-8", errors="replace")
    if os.path.lexists(folder) and not ours and not (folder.is_dir() and not any(folder.iterdir())):
        raise InputError(
            f"{folder}: holds something other than the demo dataset; move it away or give another folder"
        )
