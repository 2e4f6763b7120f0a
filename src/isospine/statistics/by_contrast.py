"""Split tables by contrast, since images of one person are not independent."""

from collections.abc import Mapping

import pandas as pd


def by_contrast(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows of each contrast, in the order of the table; those of a single contrast under the empty name."""
    if "contrast" not in table or table["contrast"].nunique() < 2:
        return {"": table}
    return {str(name): own for name, own in table.groupby("contrast", sort=False)}


def stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Stack results for the parts of `by_contrast`, with a first column for the contrast if there are several."""
    if len(tables) == 1:
        return next(iter(tables.values()))
    parts = []
    for contrast, table in tables.items():
        part = table.copy()
        part.insert(0, "contrast", contrast)
        parts.append(part)
    filled = [part for part in parts if not part.empty]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def titled(title: str, contrast: str) -> str:
    """Title, with the contrast if there are several."""
    return f"{title}, {contrast}" if contrast else title
