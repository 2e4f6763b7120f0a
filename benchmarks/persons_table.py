"""The table of what was measured: benchmarks/results/persons.tsv."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from isospine.io.atomic import atomic_path

#: What was measured; the claims of the README and of docs/recipes.md are computed from it.
RESULTS = Path(__file__).parent / "results/persons.tsv"

#: A measurement is that of one method on one person's image in one setting.
KEY = ["setting", "person", "method"]
COLUMNS = [*KEY, "region", "psnr", "ssim", "seconds", "memory_mb", "weights"]
DIGITS = {"psnr": 3, "ssim": 4, "seconds": 2, "memory_mb": 0}

#: The prior that is refined on the views, in the table.
REFINED = "pretrained, refine: 1000"


def table_of(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Table of rows with all `COLUMNS`."""
    return pd.DataFrame(rows, columns=COLUMNS)


def read_table(path: Path = RESULTS) -> pd.DataFrame:
    """Read what was measured; nothing where there is no file."""
    return (
        pd.read_csv(path, sep="\t", keep_default_na=False, na_values=["n/a"])
        if path.exists()
        else table_of([])
    )


def replaced(table: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Table whose measurements are those of another where that has them, in a fixed order."""
    keys = set(new[KEY].itertuples(index=False, name=None))
    kept = [key not in keys for key in table[KEY].itertuples(index=False, name=None)]
    whole = pd.concat([part for part in (table[kept], new) if not part.empty], ignore_index=True)
    return whole.sort_values([*KEY, "region"], kind="stable", ignore_index=True)


def write_table(table: pd.DataFrame, path: Path = RESULTS) -> None:
    """Write a table, as `read_table` reads it."""
    rounded = table.assign(**{name: table[name].astype(float).round(digit) for name, digit in DIGITS.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        rounded.to_csv(temporary, sep="\t", index=False, na_rep="n/a", float_format="%g")
