"""One row of metrics per region for one reconstruction."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isospine.hyperparameters import KINDS, keys_of
from isospine.metrics import region_metrics, seed_project_metrics, tissue_mask
from isospine.nifti import Volume

#: Columns that are there in every table, whether or not it holds a network.
HYPERPARAMETERS = list(dict.fromkeys(key for kind in KINDS for key in keys_of(kind)))


def evaluate(
    reference: Volume,
    image: Volume,
    cord: NDArray[np.uint8] | None,
    record: dict[str, Any],
    acquisition: dict[str, Any],
) -> pd.DataFrame:
    """Measure a reconstruction in the whole volume, the tissue mask and, where known, the cord.

    Parameters
    ----------
    reference, image : (I, J, K) arrays
        The truth and the reconstruction on its grid.
    cord : (I, J, K) uint8 array or None
        The dataset's cord segmentation.
    record : dict
        Record of the training or baseline that made the reconstruction.
    acquisition : dict
        `sampling`, `slice_profile` and `noise` of the views.

    Returns
    -------
    DataFrame
        One row per region; columns as in workflow/schemas/metrics.schema.yaml.
    """
    regions = {"whole": np.ones(reference.shape, dtype=bool), "mask": tissue_mask(reference)}
    if cord is not None and cord.any():
        regions["cord"] = cord.astype(bool)
    settings = {
        "image": record["image"],
        "subject": record["image"].split("_")[0].removeprefix("sub-"),
        "session": next((p[4:] for p in record["image"].split("_") if p.startswith("ses-")), None),
        "contrast": record["contrast"],
        "method": record["method"],
        "recipe": record.get("recipe"),
        **(dict.fromkeys(HYPERPARAMETERS) | record.get("hyperparameters", {})),
        "seed": record.get("seed"),
        **acquisition,
    }
    seed_protocol = seed_project_metrics(reference, image, regions["mask"])
    cost = {key: record.get(key) for key in ("train_seconds", "parameters", "model_bytes")}
    return pd.DataFrame(
        [
            settings | {"region": region} | values | seed_protocol | cost
            for region, values in region_metrics(reference, image, regions).items()
        ]
    )
