"""The manifest: a table of text with one row per image of the dataset, "n/a" where absent."""

from pathlib import Path

import pandas as pd

from isospine.errors import InputError
from isospine.io.atomic import atomic_path
from isospine.plan.entities import ENTITIES

ABSENT = "n/a"

#: BIDS entities, as the BIDS schema calls them, in its order.
ENTITY_COLUMNS = list(ENTITIES.values())
CONTENT = ["annex_key", "size", "sha256"]
GEOMETRY = ["shape", "spacing", "orientation"]
SLICES = ["slice_thickness", "slice_distance"]
SEGMENTATION = ["segmentation", *(f"segmentation_{name}" for name in CONTENT)]
MANIFEST_COLUMNS = [
    "image",
    *ENTITY_COLUMNS,
    "person",
    "contrast",
    "path",
    *CONTENT,
    *GEOMETRY,
    *SLICES,
    *SEGMENTATION,
]


def write_manifest(table: pd.DataFrame, path: Path) -> None:
    """Write a manifest as TSV, atomically.

    Parameters
    ----------
    table : DataFrame
        With the columns `MANIFEST_COLUMNS`, all text.
    path : Path
        Where to.
    """
    with atomic_path(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, lineterminator="\n")


def read_manifest(path: Path) -> pd.DataFrame:
    """Read a manifest.

    Parameters
    ----------
    path : Path
        A file of `write_manifest`.

    Returns
    -------
    DataFrame
        With the columns `MANIFEST_COLUMNS`, every value as text ("01" and "n/a" as they are written).

    Raises
    ------
    InputError
        If there is no such file or it has other columns.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; run the rule that indexes the dataset") from error
    except (ValueError, pd.errors.ParserError) as error:
        raise InputError(f"{path}: not a table ({error}); delete it and run again") from error
    if list(table.columns) != MANIFEST_COLUMNS:
        differing = sorted(set(table.columns) ^ set(MANIFEST_COLUMNS))
        raise InputError(
            f"{path}: not a manifest of this version (it differs in {', '.join(differing) or 'order'}); "
            "delete it and run again"
        )
    return table
