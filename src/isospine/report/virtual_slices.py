"""Write the page of the scores of slices that were never acquired."""

import pandas as pd

from isospine.report.table_page import table_page

TITLE = "Slices that were never acquired"
TEXT = (
    "One row per image, method, seed and slices, against the same slices of the reference. Bias is the mean error: a maximum "
    "projection is biased low, a minimum projection high, and the more a method blurs, the more so."
)
HEADINGS = {
    "psnr": "PSNR (dB)",
    "project": "projection",
    "bias": "bias (% of the range)",
    "known": "known (% of the voxels)",
    "thickness": "thickness (mm)",
    "angles": "angles (degrees)",
    "profile": "slice profile",
}
#: Shares, which the page has in percent, and their decimal places.
PERCENT = {"bias": 2, "known": 1}


def slices_page(scores: pd.DataFrame) -> str:
    """Write the page, in plain ASCII, every label escaped.

    Parameters
    ----------
    scores : DataFrame
        Rows of `evaluation.virtual_slices`, as in `tables/planes.tsv`.
    """
    shown = scores.assign(**{name: 100 * scores[name] for name in PERCENT})
    digits = {name: [places] * len(shown) for name, places in PERCENT.items()}
    return table_page(shown, TITLE, TEXT, HEADINGS, digits)
