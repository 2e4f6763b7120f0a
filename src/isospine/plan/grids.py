"""Grids of a configuration: their labels, their descriptions, and checks of the images that define them."""

import gzip
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from isospine.errors import InputError
from isospine.io.nifti_name import is_nifti, stem_of
from isospine.io.text import check_regular, open_regular

#: Bytes of the header of a NIfTI file, which holds all of a grid, and of one of version 2, which begin with that number.
HEADER, HEADER_2 = 348, 540


#: What planes of slices are where a configuration does not say it.
PLANE_DEFAULTS = {"angles": [0, 0, 0], "project": "mean", "profile": "box"}


def planes_of(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Slices that were never acquired and are rendered, by name, with every setting."""
    planes = config.get("planes") or {}
    return {name: PLANE_DEFAULTS | plane for name, plane in planes.items() if plane is not None}


def resolution_label(resolution: str | float | dict[str, str]) -> str:
    """BIDS label of a target grid: ``reference``, for example ``0p5mm``, or the name of the image that has it."""
    if isinstance(resolution, dict):
        return alphanumeric(stem_of(resolution["image"]))
    return resolution if isinstance(resolution, str) else alphanumeric(f"{resolution:g}mm")


def resolution_text(resolution: str | float | dict[str, str]) -> str:
    """Target grid in words."""
    if isinstance(resolution, dict):
        return f"that of {Path(resolution['image']).name}"
    return "that of the reference" if isinstance(resolution, str) else f"{resolution:g} mm"


def check_target_images(config: Mapping[str, Any], folder: Path) -> None:
    """Refuse target images that are not there; relative paths start from `folder`.

    Raises
    ------
    InputError
        Naming the file.
    """
    for index, resolution in enumerate(config["resolutions"]):
        if not isinstance(resolution, dict):
            continue
        name = resolution["image"]
        try:
            check_regular(folder / name)
        except FileNotFoundError as error:
            raise InputError(
                f"resolutions.{index}.image: {name} does not exist; expected a NIfTI file, whose grid is used: correct the "
                "path, which starts from the working directory"
            ) from error
        except InputError as error:
            raise InputError(f"resolutions.{index}.image: {error}") from error
        if not is_nifti(name):
            raise InputError(
                f"resolutions.{index}.image: {name} is no NIfTI file by its name; expected one (.nii or .nii.gz), whose grid is "
                "used"
            )


def target_header(path: Path) -> str:
    """SHA-256 of the header of a target image, which is all that is used of it; of a damaged file, of its beginning."""
    with open_regular(path) as file:
        start = file.read(HEADER_2)
        file.seek(0)
        try:
            with gzip.open(file) as content:
                start = content.read(HEADER_2)
        except (OSError, EOFError):  # not compressed, or damaged, which is said where it is read
            pass
    second = HEADER_2 in (int.from_bytes(start[:4], "little"), int.from_bytes(start[:4], "big"))
    return sha256(start[: HEADER_2 if second else HEADER]).hexdigest()


def alphanumeric(text: str) -> str:
    """Keep letters and digits, with `p` for the decimal point and `m` for the minus of an exponent."""
    spelled = re.sub(r"(?<=\de)-(?=\d)", "m", text.replace(".", "p"))
    return "".join(c for c in spelled if c.isalnum())
