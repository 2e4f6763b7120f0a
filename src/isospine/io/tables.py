"""Read and write tables of a run: tab-separated, `n/a` for missing values, written atomically."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from isospine.io.atomic import atomic_path


def write_table(rows: pd.DataFrame | list[dict[str, Any]], path: str | Path) -> None:
    """Write a TSV file with nine significant digits."""
    table = pd.DataFrame(rows)
    with atomic_path(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, na_rep="n/a", float_format="%.9g", lineterminator="\n")


def write_csv(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table with commas for other tools, with six significant digits; missing values are empty."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g", lineterminator="\n")


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a TSV file; columns of labels stay text."""
    labels = dict.fromkeys(
        ["image", "subject", "person", "session", "contrast", "method", "recipe", "region"], str
    )
    return pd.read_csv(path, sep="\t", na_values=["n/a"], keep_default_na=False, dtype=labels)


def concatenate_tables(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Stack tables with the same columns in the given order, keeping every value as its text."""
    texts = [pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False) for path in paths]
    return pd.concat(texts, ignore_index=True)
