"""Tables of results that a benchmark writes a part of at a time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from isospine.io.atomic import atomic_path


def update(rows: Sequence[Mapping[str, Any]], path: Path, key: list[str], digits: Mapping[str, int]) -> None:
    """Update a table with what was measured: rows of the same `key` are replaced, and all are sorted by it."""
    new = pd.DataFrame(rows, columns=[*key, *digits])
    if path.exists():
        old = pd.read_csv(path, sep="\t", keep_default_na=False, na_values=["n/a"])
        keys = set(new[key].itertuples(index=False, name=None))
        kept = [one not in keys for one in old[key].itertuples(index=False, name=None)]
        new = pd.concat([part for part in (old[kept], new) if not part.empty], ignore_index=True)
    new = new.sort_values(key, kind="stable", ignore_index=True).round(dict(digits))
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        new.to_csv(temporary, sep="\t", index=False, na_rep="n/a", float_format="%g")
