"""Maps of a follow-up from its model: what changed, how sure that is, and what is only remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from isospine.dataset.bids import spacing_text
from isospine.geometry.grid import Volume
from isospine.models.earlier.change import Change, clusters, find_change
from isospine.models.earlier.deformation import folds, jacobian
from isospine.models.earlier.model import FollowUpModel
from isospine.plan.labels import FOLLOW_UP_MAPS

#: Of each map, the unit of its values, for sidecars.
UNITS = {"earlier": "arbitrary", "change": "arbitrary", "zscore": "1", "remembered": "1", "jacobian": "1"}


@dataclass(frozen=True)
class FollowUpMaps:
    """What a follow-up shows.

    Attributes
    ----------
    volumes : mapping of str to (I, J, K) array
        By the names in `FOLLOW_UP_MAPS`, on the model's grid; 0 where the earlier scan is not known.
    change : Change
        What changed, and how sure that is.
    clusters : DataFrame
        Table of what changed, one row per cluster; none where the earlier scan was not used, since a scan that does not fit says
        nothing of what changed.
    folds : int
        Voxels in which the deformation folds.
    """

    volumes: Mapping[str, Volume]
    change: Change
    clusters: pd.DataFrame
    folds: int


def follow_up_maps(model: FollowUpModel) -> FollowUpMaps:
    """Compute the maps of a model."""
    change = find_change(model.image, model.placed, model.covered, model.grid)
    growth = jacobian(model.displacement, model.grid)
    volumes = {
        "earlier": model.placed,
        "change": change.difference,
        "zscore": change.z,
        "remembered": model.remembered,
        "jacobian": growth,
    }
    known = {name: np.where(model.covered, volume, np.float32(0)) for name, volume in volumes.items()}
    found = clusters(change, model.grid)
    told = found if model.verdict["used"] else found.iloc[:0]
    return FollowUpMaps(known, change, told, folds(growth[model.covered]))


def map_sidecar(model: FollowUpModel, kind: str, sources: Sequence[str]) -> dict[str, Any]:
    """Sidecar of a map: what it is, what it was made from, and whether the earlier scan was used."""
    return {
        "Description": f"{FOLLOW_UP_MAPS[kind]}, by {model.provenance['method']}",
        "Sources": list(sources),
        "SkullStripped": False,
        "Units": UNITS[kind],
        "Resolution": f"isotropic: {spacing_text(model.grid)}",
        "EarlierScan": model.provenance["earlier"],
        "EarlierScanUsed": model.verdict["used"],
        "Verdict": model.verdict["reason"],
    }
