"""Make one row of metrics per region for one reconstruction."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isospine.evaluation.identity import identity
from isospine.evaluation.metrics import Mask, karthik2023_metrics, psnr, region_metrics
from isospine.geometry.grid import Volume
from isospine.physics.tissue import tissue_mask

#: Time, energy and size in a record; a baseline has no size.
COSTS = (
    "train_seconds",
    "train_joules",
    "parameters",
    "network_bytes_float32",
    "network_bytes_bfloat16",
    "model_bytes",
)


def evaluate(
    reference: Volume,
    image: Volume,
    cord: NDArray[np.uint8] | None,
    record: dict[str, Any],
    acquisition: dict[str, Any],
    reference_bytes: int,
    network: Volume | None = None,
    seen: Sequence[str] = (),
    *,
    karthik2023: bool = False,
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
    reference_bytes : int
        Size of the reference's compressed file.
    network : (I, J, K) array or None
        The image of the network alone, with weights in bfloat16, where it needs no views to give one.
    seen : sequence of str
        Bodies that the image shows and the method's weights learned from.
    karthik2023 : bool
        Whether to measure by the protocol of karthik2023 too; the same in every region.

    Returns
    -------
    DataFrame
        One row per region; columns as in workflow/schemas/metrics.schema.yaml.
    """
    regions = regions_of(reference, cord)
    settings = {
        **identity(record),
        **acquisition,
        "body_seen": ", ".join(seen) or None,
        "earlier": record.get("earlier"),
        "earlier_verdict": {True: "used", False: "refused", None: None}[record.get("earlier_used")],
    }
    protocol = karthik2023_metrics(reference, image, regions["mask"]) if karthik2023 else {}
    cost = {key: record.get(key) for key in COSTS}
    cost |= size_measures(cost, reference_bytes, reference.size, network is not None)
    data_range = float(reference.max() - reference.min())
    rows = []
    for region, values in region_metrics(reference, image, regions).items():
        inside = regions[region]
        alone = None if network is None else psnr(reference[inside], network[inside], data_range)
        row = settings | {"region": region} | values | protocol | cost
        rows.append(row | {"psnr_network_bfloat16": alone})
    return pd.DataFrame(rows)


def regions_of(reference: Volume, cord: NDArray[np.uint8] | None) -> dict[str, Mask]:
    """Voxels of each region of a reference: all, the tissue and, where a segmentation shows any, the cord."""
    regions = {"whole": np.ones(reference.shape, dtype=bool), "mask": tissue_mask(reference)}
    return regions if cord is None or not cord.any() else regions | {"cord": cord.astype(bool)}


def size_measures(
    cost: dict[str, Any], reference_bytes: int, voxels: int, holds_image: bool
) -> dict[str, float | None]:
    """Compression ratio to the reference's file and bits per voxel, of a model's file and of its network alone.

    Parameters
    ----------
    cost : dict
        `model_bytes` and `network_bytes_bfloat16`, None without a model.
    reference_bytes : int
        Size of the reference's compressed file.
    voxels : int
        Of the reference's grid.
    holds_image : bool
        Whether the network gives an image without the views; if not, its size alone is meaningless.
    """
    sizes = {
        "file": cost["model_bytes"],
        "network_bfloat16": cost["network_bytes_bfloat16"] if holds_image else None,
    }
    measures: dict[str, float | None] = {"reference_bytes": reference_bytes}
    for name, size in sizes.items():
        measures[f"compression_{name}"] = reference_bytes / size if size else None
    for name, size in sizes.items():
        measures[f"bits_per_voxel_{name}"] = 8 * size / voxels if size else None
    return measures
