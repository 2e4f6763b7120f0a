"""Write a table as one self-contained HTML page: sorts by any column, filters, needs no network."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from isospine.report.page import render

#: It names the page's style and script.
TEMPLATE = "table_page.html"


def table_page(table: pd.DataFrame, title: str, text: str, headings: Mapping[str, str]) -> str:
    """Write a table as an HTML page in plain ASCII, every label escaped.

    Parameters
    ----------
    table : DataFrame
        The rows; missing values are shown as n/a and sorted last.
    title, text : str
        Heading and a sentence beneath it.
    headings : mapping
        Heading of each column whose heading is not its name.
    """
    columns = [
        {
            "number": number,
            "heading": headings.get(column, str(column)),
            "numeric": pd.api.types.is_numeric_dtype(table[column]),
        }
        for number, column in enumerate(table.columns, start=1)
    ]
    rows = (map(_cell, row) for row in table.astype(object).itertuples(index=False))
    return render(TEMPLATE, title=title, text=text, columns=columns, rows=rows)


def _cell(value: Any) -> str:
    """Format a cell; numbers are sorted as they are shown."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "n/a"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:.5g}"
