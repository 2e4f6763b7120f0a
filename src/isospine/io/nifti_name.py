"""Names of NIfTI files: what counts as one, and where its sidecar lies; standard library only."""

import os
import re
from pathlib import Path

from isospine.errors import InputError

#: The suffixes of a NIfTI file, in letters of either case.
SUFFIX = re.compile(r"\.nii(?:\.gz)?$", re.IGNORECASE)


def is_nifti(path: str | Path) -> bool:
    """Check whether a file is a NIfTI file by its name: ``.nii`` or ``.nii.gz``, also in capital letters."""
    return SUFFIX.search(Path(path).name) is not None


def stem_of(path: str | Path) -> str:
    """Name of a NIfTI file without its suffixes; of another file, its whole name.

    Examples
    --------
    >>> stem_of("scans/sub-01_T2w.NII.GZ")
    'sub-01_T2w'
    """
    return SUFFIX.sub("", Path(path).name)


def sidecar_of(path: str | Path) -> Path:
    """Path of the BIDS sidecar beside an image file.

    It ends in ``.json``, unless the file that is there has capital letters in that suffix.

    Raises
    ------
    InputError
        If two sidecars differ in such letters only.
    """
    path, stem = Path(path), stem_of(path)
    try:
        names = os.listdir(path.parent)
    except OSError:  # the folder is not there yet, or must not be listed
        names = []
    found = sorted(
        name for name in names if name[: len(stem)] == stem and name[len(stem) :].lower() == ".json"
    )
    if len(found) > 1:
        raise InputError(f"{path}: has the sidecars {' and '.join(found)}; expected one: remove the other")
    return path.with_name(found[0] if found else f"{stem}.json")
