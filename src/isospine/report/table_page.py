"""Write a table as one self-contained HTML page: begins with what matters, sorts, filters, needs no network."""

import math
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

import pandas as pd

from isospine.evaluation.measures import column_digits
from isospine.numbers import ABSENT, exact, fixed
from isospine.report.page import render

#: It names the page's style and script.
TEMPLATE = "table_page.html"
#: Columns that every page begins with, in this order, those that its table has; the others are behind a switch.
LEADING = (
    *(
        "method",
        "slices",
        "project",
        "comparator",
        "format",
        "region",
        "measure",
        "difference",
        "low",
        "high",
        "verdict",
    ),
    *(
        "weight_bytes",
        "multiply_adds",
        "nanojoules_45nm",
        "nanojoules_7nm",
        "psnr_network_mean",
        "psnr_loss_mean",
    ),
    *("dice", "dice_others", "surface_distance", "area_error"),
    *("psnr", "ssim", "bias", "psnr_mean", "ssim_mean", "contrast", "image", "seed", "view", "slice"),
    *("state", "done", "jobs", "reason"),
)


def table_page(
    table: pd.DataFrame,
    title: str,
    text: str,
    headings: Mapping[str, str],
    digits: Mapping[str, Sequence[int]] | None = None,
) -> str:
    """Write a table as an HTML page in plain ASCII, every label escaped.

    Parameters
    ----------
    table : DataFrame
        The rows; missing values are shown as n/a and sorted last. Its columns are those of `LEADING`, then the others.
    title, text : str
        Heading and a sentence beneath it.
    headings : mapping
        Heading of each column whose heading is not its name.
    digits : mapping, optional
        Decimal places in each row, of columns that hold several measures.
    """
    leading = leading_columns(table)
    table = table[[*leading, *(column for column in table.columns if column not in leading)]]
    columns = [
        {
            "number": number,
            "heading": headings.get(column, str(column)),
            "numeric": pd.api.types.is_numeric_dtype(table[column]),
        }
        for number, column in enumerate(table.columns, start=1)
    ]
    rows = table_texts(table, digits).itertuples(index=False)
    return render(TEMPLATE, title=title, text=text, columns=columns, rows=rows, leading=len(leading))


def leading_columns(table: pd.DataFrame) -> list[str]:
    """Columns that a page begins with; the contrast is one of them where there are several.

    >>> leading_columns(pd.DataFrame({"image": ["a"], "psnr": [1.0], "contrast": ["T2w"], "recipe": ["b"]}))
    ['psnr', 'image']
    """
    several = "contrast" in table and table["contrast"].nunique() > 1
    return [name for name in LEADING if name in table and (several or name != "contrast")]


def table_texts(table: pd.DataFrame, digits: Mapping[str, Sequence[int]] | None = None) -> pd.DataFrame:
    """Write every cell of a table as text: measures at their decimal places, settings and counts with all digits.

    Parameters
    ----------
    table : DataFrame
        The rows.
    digits : mapping, optional
        As of `table_page`.
    """
    given = digits or {}
    texts = {
        column: [
            _cell(value, places)
            for value, places in zip(
                table[column].astype(object),
                given.get(str(column), repeat(column_digits(str(column)), len(table))),
                strict=True,
            )
        ]
        for column in table.columns
    }
    return pd.DataFrame(texts, columns=table.columns, dtype=object)


def _cell(value: Any, digits: int | None) -> str:
    """Format a cell; numbers are sorted as they are shown."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ABSENT
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return exact(value) if digits is None else fixed(value, digits)
