"""Tables of numbers that results must keep; a change of them needs a line in the changelog."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.snakemake import read_rows

GOLDEN = Path(__file__).parents[1] / "golden"

#: Set it to write the golden files anew from this run, and look at the difference before you commit it.
UPDATE = "ISOSPINE_UPDATE_GOLDEN"

#: Results of these do not depend on rounding as those of trained networks do: their tolerance is a tenth.
SOLVED = {"linear", "cubic", "ibp", "tikhonov", "tv"}

Row = Mapping[str, str]


def differences(
    name: str, found: Sequence[Row], keys: Sequence[str], tolerance: Mapping[str, float]
) -> list[str]:
    """Compare a table with the golden one of that name, which is updated first if that is asked for.

    Parameters
    ----------
    name : str
        Of the golden file.
    found : sequence of mapping
        Rows of a run, every value as text, one of the keys being `method`.
    keys : sequence of str
        Columns that must be the same.
    tolerance : mapping
        By column, how far a number may be from the golden one, on any processor.
    """
    path = GOLDEN / name
    columns = [*keys, *tolerance]
    golden = {tuple(row[key] for key in keys): row for row in read_rows(path)} if path.exists() else {}
    rows = {tuple(row[key] for key in keys): row for row in found}
    if os.environ.get(UPDATE):
        kept = [
            golden[key]
            if key in golden and not _apart(row, golden[key], tolerance)
            else _rounded(row, tolerance)
            for key, row in rows.items()
        ]
        lines = ["\t".join(columns), *("\t".join(row[column] for column in columns) for row in kept)]
        path.write_text("\n".join(lines) + "\n")
        golden = {tuple(row[key] for key in keys): row for row in read_rows(path)}
    told = [f"{key} is in one table alone" for key in rows.keys() ^ golden.keys()]
    for key in rows.keys() & golden.keys():
        told += [f"{key}: {text}" for text in _apart(rows[key], golden[key], tolerance)]
    return told


def digest() -> str:
    """First digits of a hash of all golden tables, which the changelog names."""
    content = b"".join(path.read_bytes() for path in sorted(GOLDEN.glob("*.tsv")))
    return hashlib.sha256(content).hexdigest()[:12]


def _apart(row: Row, golden: Row, tolerance: Mapping[str, float]) -> list[str]:
    factor = 0.1 if row["method"] in SOLVED else 1.0
    return [
        f"{column} is {row[column]}, was {golden[column]}"
        for column, allowed in tolerance.items()
        # written so that a number that is none is apart
        if not abs(float(row[column]) - float(golden[column])) <= factor * allowed
    ]


def _rounded(row: Row, tolerance: Mapping[str, float]) -> Row:
    return {**row, **{column: f"{float(row[column]):.4f}" for column in tolerance}}
