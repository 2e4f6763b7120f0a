"""Read the slice entries of images from their sidecars, inherited ones too."""

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from bids.layout import BIDSLayout, BIDSLayoutIndexer

from isospine.dataset.manifest import ABSENT
from isospine.dataset.source import one_of
from isospine.dataset.texts import read_dataset_json
from isospine.errors import InputError
from isospine.io.atomic import write_json
from isospine.io.nifti_name import stem_of
from isospine.words import cell_text, printable

#: Entries of a sidecar that no affine holds.
KEYS = ("SliceThickness", "SpacingBetweenSlices")


def read_slices(root: Path, contrasts: Sequence[str], paths: Sequence[str]) -> list[list[str]]:
    """Read the slice entries of the sidecars of images, as text.

    pybids knows which sidecars belong to an image. It sees a copy of their names and of the sidecars' content, so that
    it opens no file of the dataset, whatever that is.

    Parameters
    ----------
    root : Path
        The dataset.
    contrasts : sequence of str
        BIDS suffixes of the images.
    paths : sequence of str
        POSIX paths of the images, relative to `root`.

    Returns
    -------
    list of list of str
        Of each image the values of `KEYS`, "n/a" where no sidecar has one.

    Raises
    ------
    InputError
        If a sidecar cannot be read, or leads out of the dataset.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        write_json(copy / "dataset_description.json", {"Name": "copy", "BIDSVersion": "1.9.0"})
        for path in _sidecars(root, contrasts, paths):
            place = PurePosixPath(path)
            (copy / place).parent.mkdir(parents=True, exist_ok=True)
            write_json(copy / place.with_suffix(".json"), _read(root, path))
        images = [copy / PurePosixPath(path).with_name(f"{stem_of(path)}.nii.gz") for path in paths]
        for image in images:
            image.parent.mkdir(parents=True, exist_ok=True)
            image.touch()
        indexer = BIDSLayoutIndexer(validate=False)
        layout = BIDSLayout(str(copy), validate=False, derivatives=False, indexer=indexer)
        found = [layout.get_metadata(str(image)) for image in images]
    return [
        [cell_text(printable(" ".join(str(about.get(key, ABSENT)).split()))) for key in KEYS]
        for about in found
    ]


def _sidecars(root: Path, contrasts: Sequence[str], paths: Sequence[str]) -> Iterator[str]:
    """Paths of every sidecar that may belong to some images."""
    sidecar = re.compile(rf"(?:.*_)?{one_of(contrasts)}\.(?i:json)", re.DOTALL)
    seen: dict[str, str] = {}
    for folder in sorted({str(parent) for path in paths for parent in PurePosixPath(path).parents}):
        for name in sorted(os.listdir(root / folder)):
            if sidecar.fullmatch(name):
                path = str(PurePosixPath(folder) / name)
                other = seen.setdefault(path[: -len(".json")], path)
                if other != path:
                    raise InputError(f"{root}: {other} and {path} are one sidecar twice; remove one of them")
                yield path


def _read(root: Path, path: str) -> dict[str, object]:
    try:
        return read_dataset_json(root, path)
    except (OSError, InputError) as error:
        raise InputError(f"{root / path}: this sidecar cannot be read ({error}); fix it") from error
