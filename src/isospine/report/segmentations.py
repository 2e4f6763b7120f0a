"""Say on the page of a subject how good its segmentations of the cord are, or how far they agree with labels on the views."""

from typing import Any

import pandas as pd

from isospine.numbers import fixed
from isospine.segmentation.agreement import ENOUGH

#: Heading and decimal places of each column that is shown, of those that the scores have.
SHOWN = {
    "dice": ("Dice", 3),
    "dice_others": ("Dice, labels of the other views alone", 3),
    "surface_distance": ("surface distance (mm)", 2),
    "area_error": ("area error (%)", 1),
}


def segmentations_table(scores: pd.DataFrame) -> dict[str, list[Any]] | None:
    """Tabulate the scores of the segmentations of one image, by method and, of drawn labels, by view; None without any.

    Parameters
    ----------
    scores : DataFrame
        Rows of one image of `segmentation.tsv`, with the columns of `evaluation.label_agreement` or `.segmentation_scores`.
    """
    if scores.empty:
        return None
    labels = [name for name in ("method", "view") if name in scores]
    shown = {name: about for name, about in SHOWN.items() if name in scores}
    rows = [
        [
            *(str(row[name]) for name in labels),
            *(fixed(float(row[name]), places) for name, (_, places) in shown.items()),
        ]
        for row in scores.to_dict("records")
    ]
    return {"heads": [*labels, *(heading for heading, _ in shown.values())], "rows": rows}


def segmentation_warnings(scores: pd.DataFrame) -> list[str]:
    """List the views whose labels no method's segmentation of all labels agrees with."""
    if scores.empty or "view" not in scores:
        return []
    best = scores.groupby("view", sort=False)["dice"].max()
    return [
        f"The labels of the cord on {view} agree with no segmentation of all labels by a Dice above {fixed(float(value), 2)}: the views "
        "are out of place, or were drawn by different rules"
        for view, value in best.items()
        if value < ENOUGH
    ]
