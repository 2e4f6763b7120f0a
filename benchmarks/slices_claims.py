"""What docs/slices.md says of slices that were never acquired, from their table of results."""

import pandas as pd
from claim_tables import grid
from slices import METHODS, WANTED, read_table


def slices() -> str:
    """Table of PSNR, and of the bias of projections, one row for each person and method."""
    table = read_table().set_index(["person", "method", "slices"])
    found = table.index.droplevel("slices").unique()
    methods = sorted(found, key=lambda one: (one[0], METHODS.index(one[1])))
    rows = [
        [f"sub-{person}", f"`{method}`", *(_cell(table.loc[person, method, name], name) for name in WANTED)]
        for person, method in methods
    ]
    return grid(["person", "method", *WANTED], rows)


def _cell(row: "pd.Series[float]", name: str) -> str:
    bias = f" ({row['bias']:+.1f} %)" if WANTED[name].project != "mean" else ""
    return f"{row['psnr']:.1f}{bias}"
