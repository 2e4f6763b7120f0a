"""Acquired views of `isospine run`: named by their entities, or found by the entities in which file names differ."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isospine.dataset.source import anat_folders
from isospine.errors import InputError
from isospine.io.nifti_name import is_nifti, stem_of
from isospine.plan.entities import read_image_name
from isospine.plan.views import COLUMN_OF

log = logging.getLogger(__name__)

REMEDY = "name the views by the entities of their files, such as --acquired acq-ax acq-sag"


def told_view(text: str) -> dict[str, Any]:
    """View of the configuration that some entities select.

    Parameters
    ----------
    text : str
        As in file names: "acq-ax", "acq-ax_run-1".

    Raises
    ------
    InputError
        If there is no such entity.
    """
    pairs = [part.partition("-") for part in text.split("_")]
    wrong = [key for key, _, label in pairs if key not in COLUMN_OF or not label]
    if wrong:
        raise InputError(
            f"--acquired {text!r}: {wrong[0]!r} is no entity with a label; expected some as in file names: {', '.join(COLUMN_OF)}, "
            "such as acq-ax or acq-ax_run-1"
        )
    return {"entities": {key: label for key, _, label in pairs}}


def find_views(root: Path, contrasts: Sequence[str], subjects: str | Sequence[str]) -> list[dict[str, Any]]:
    """Views of the configuration, one for each label of the entity in which images of one body differ.

    Parameters
    ----------
    root : Path
        A BIDS dataset.
    contrasts : sequence of str
        BIDS suffixes.
    subjects : "all" or sequence of str
        Labels to look at.

    Raises
    ------
    InputError
        If the images of no body differ, so that there is one view at most.
    """
    bodies: dict[str, list[dict[str, str]]] = {}
    for folder in anat_folders(root):
        for name in sorted(os.listdir(root / folder)):
            image, _, contrast = stem_of(name).rpartition("_")
            entities = read_image_name(image) if is_nifti(name) and contrast in contrasts else None
            if entities and (subjects == "all" or entities["subject"] in subjects):
                bodies.setdefault(folder, []).append(entities)
    for key in ("acq", *(key for key in COLUMN_OF if key not in ("acq", "ses"))):
        column = COLUMN_OF[key]
        if any(len({image.get(column) for image in own}) > 1 for own in bodies.values()):
            labels = {image.get(column) for own in bodies.values() for image in own}
            ordered = sorted(labels, key=lambda label: label or "")
            shown = [f"{key}-{label}" if label else f"no {key}" for label in ordered]
            log.info("Views: %s; the first defines the position of the body", ", ".join(shown))
            return [{"entities": {key: label}} for label in ordered]
    suffixes = " or ".join(contrasts)
    raise InputError(
        f"--acquired: no body in {root} has two {suffixes} images whose names differ in an entity; {REMEDY}, or leave the option "
        "out if each image is an isotropic reference"
    )
