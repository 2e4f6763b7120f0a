"""Grids of a configuration: their labels, their descriptions, and checks of the images that define them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isospine.errors import InputError


def resolution_label(resolution: str | float | dict[str, str]) -> str:
    """BIDS label of a target grid: ``reference``, for example ``0p5mm``, or the name of the image that has it."""
    if isinstance(resolution, dict):
        return alphanumeric(Path(resolution["image"]).name.removesuffix(".gz").removesuffix(".nii"))
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
        if isinstance(resolution, dict) and not (folder / resolution["image"]).is_file():
            raise InputError(
                f"resolutions.{index}.image: {resolution['image']} does not exist; expected a NIfTI file, whose grid is "
                "used: correct the path, which starts from the working directory"
            )


def alphanumeric(text: str) -> str:
    """Keep letters and digits, with `p` for the decimal point and `m` for the minus of an exponent."""
    spelled = re.sub(r"(?<=\de)-(?=\d)", "m", text.replace(".", "p"))
    return "".join(c for c in spelled if c.isalnum())
