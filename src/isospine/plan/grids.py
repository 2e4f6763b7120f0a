"""Grids of a configuration: their labels, their descriptions, and checks of the images that define them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isospine.errors import InputError
from isospine.io.nifti_name import is_nifti, stem_of
from isospine.io.text import check_regular


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


def alphanumeric(text: str) -> str:
    """Keep letters and digits, with `p` for the decimal point and `m` for the minus of an exponent."""
    spelled = re.sub(r"(?<=\de)-(?=\d)", "m", text.replace(".", "p"))
    return "".join(c for c in spelled if c.isalnum())
