"""Tabulate how a segmentation agrees with the labels on each view, where nobody knows the truth."""

from collections.abc import Mapping, Sequence

import pandas as pd

from isospine.evaluation.segmentation_scores import COLUMNS as SCORED

#: Columns of `segmentation.tsv` of acquired views, and what they hold.
COLUMNS = {name: SCORED[name] for name in ("image", "contrast", "structure")} | {
    "kind": "Labels that were drawn on the views: binary, or soft (the part of a voxel that is inside)",
    "method": SCORED["method"],
    "view": "Name of the view that labels were drawn on",
    "dice": "Twice the voxels that these labels have in common with the segmentation as the view would show it (more than half of a "
    "voxel inside), over the voxels of both; n/a where neither has any in slices that are wholly inside the volume",
    "dice_others": "The same with the segmentation that the labels of the other views alone become, in the voxels that one of these "
    "covers; n/a where no other view has labels, or none near these",
}


def label_agreement(
    about: Mapping[str, str], views: Sequence[str], dice: Sequence[float], others: Sequence[float]
) -> pd.DataFrame:
    """Tabulate the agreement of one segmentation with the labels.

    Parameters
    ----------
    about : mapping
        `image`, `contrast`, `structure`, `kind` and `method`.
    views : sequence of str
        Names of the views that have labels.
    dice, others : sequence of float
        Of the labels of each with the segmentation, and with that of the others alone.

    Returns
    -------
    DataFrame
        One row for each view, with `COLUMNS`.
    """
    rows = [
        {**about, "view": view, "dice": own, "dice_others": other}
        for view, own, other in zip(views, dice, others, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
