"""Score a network alone in several number formats, and what each of them costs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isospine.evaluation.metrics import psnr
from isospine.evaluation.rows import regions_of
from isospine.geometry.grid import Volume

#: Format that the others are compared with.
FLOAT = "float32"
#: Columns of the table of scores, in order.
COLUMNS = ("image", "contrast", "method", "seed", "format", "region", "psnr_network", "psnr_loss")


def format_scores(
    reference: Volume, cord: NDArray[np.uint8] | None, images: Mapping[str, Volume], about: Mapping[str, Any]
) -> pd.DataFrame:
    """Measure the images of one network against the reference, one row for each format and region.

    Parameters
    ----------
    reference : (I, J, K) array
        The truth.
    cord : (I, J, K) uint8 array or None
        The dataset's cord segmentation.
    images : mapping of str to (I, J, K) array
        By number format, of which one is `FLOAT`.
    about : mapping
        `image`, `contrast`, `method` and `seed`.

    Returns
    -------
    DataFrame
        `COLUMNS`: PSNR in dB, and by how much it is below that of `FLOAT`.
    """
    data_range = float(reference.max() - reference.min())
    rows = []
    for region, inside in regions_of(reference, cord).items():
        found = {name: psnr(reference[inside], image[inside], data_range) for name, image in images.items()}
        for name, value in found.items():
            row = {"format": name, "region": region, "psnr_network": value, "psnr_loss": found[FLOAT] - value}
            rows.append({**about, **row})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def mean_losses(scores: pd.DataFrame, method: str, number_format: str) -> dict[str, Any]:
    """PSNR (dB) of a method in one format in the whole volume, and what it loses: means over images and seeds, and the most."""
    own = scores[(scores["method"] == method) & (scores["format"] == number_format)]
    own = own[own["region"] == "whole"]
    return {
        "psnr_network_mean": own["psnr_network"].mean(),
        "psnr_loss_mean": own["psnr_loss"].mean(),
        "psnr_loss_highest": own["psnr_loss"].max(),
    }
