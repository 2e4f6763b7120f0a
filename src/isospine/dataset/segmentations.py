"""Find the segmentation of the spinal cord of each image in the derivatives of a dataset, by its name."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from isospine.dataset.manifest import ABSENT
from isospine.dataset.source import segmentation_folders
from isospine.errors import InputError
from isospine.io.nifti_name import is_nifti, stem_of

#: Entity of what made a segmentation, where its name has one.
DESC = "(?:_desc-[a-zA-Z0-9]+)?"
#: Ends of the names of segmentations after that of the image, of which the first that is there counts: those of
#: spine-generic, the older ones of spine-generic, and those of BIDS.
CORDS = (
    "_{contrast}_label-SC_seg",
    "_{contrast}_seg-manual",
    f"(?:_{{contrast}})?{DESC}_label-SC{DESC}_mask",
)
#: The same of labels drawn on acquired views; the Spinal Cord Toolbox names the structure in no file.
DRAWN = (*CORDS, "_{contrast}_seg")
#: Of labels that say what part of a voxel is inside: those of spine-generic and of BIDS.
SOFT = (
    "_{contrast}_desc-softseg_label-SC_seg",
    "_{contrast}(?:_label-SC)?_softseg",
    f"(?:_{{contrast}})?{DESC}_label-SC{DESC}_probseg",
)


def kinds_of_names(acquired: bool, soft: bool) -> tuple[tuple[str, ...], ...]:
    """Ends of the names of segmentations, those first that are preferred wherever they are.

    Parameters
    ----------
    acquired : bool
        Whether images are acquired views, on which labels are drawn.
    soft : bool
        Whether labels of these say what part of a voxel is inside.
    """
    if not acquired:
        return (CORDS,)
    return (SOFT, DRAWN) if soft else (DRAWN,)


def find_segmentations(root: Path, images: pd.DataFrame, kinds: Sequence[Sequence[str]]) -> list[str]:
    """Path of each image's cord segmentation; "n/a" if there is none.

    Parameters
    ----------
    root : Path
        The dataset.
    images : DataFrame
        With `image`, `contrast` and `path`.
    kinds : sequence of sequences of str
        As of `kinds_of_names`.

    Raises
    ------
    InputError
        If a folder has one twice, compressed and not.
    """
    pipelines = segmentation_folders(root)
    found = []
    for image, contrast, path in zip(images["image"], images["contrast"], images["path"], strict=True):
        folder = os.path.dirname(path)
        candidates = (
            _segmentation(
                root, f"{pipeline}/{folder}", image, [name.format(contrast=contrast) for name in names]
            )
            for names in kinds
            for pipeline in pipelines
        )
        found.append(next((candidate for candidate in candidates if candidate), ABSENT))
    return found


def _segmentation(root: Path, folder: str, image: str, names: Sequence[str]) -> str | None:
    """Path of the segmentation of an image in a folder of derivatives.

    A file in another space or resolution (`_RPI_r_`, `space-`, `res-`) would not lie on the image's grid.
    """
    if not (root / folder).is_dir():
        return None
    files = sorted(filter(is_nifti, os.listdir(root / folder)))
    for name in names:
        pattern = re.compile(re.escape(image) + name)
        fitting = [file for file in files if pattern.fullmatch(stem_of(file))]
        if len(fitting) > 1 and stem_of(fitting[0]) == stem_of(fitting[1]):
            raise InputError(
                f"{folder}/{fitting[0]} and {fitting[1]}: the same segmentation twice; expected one file: remove the other"
            )
        if fitting:
            return f"{folder}/{fitting[0]}"
    return None
