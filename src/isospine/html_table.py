"""A table as one self-contained HTML page: sorts by any column, filters, needs no network."""

import html
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from isospine.html_page import document

_STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 1rem; color: #111; background: #fff; }
h1 { font-size: 1.1rem; margin: 0 0 .3rem; }
p { margin: 0 0 .6rem; max-width: 60rem; }
input { font: inherit; padding: .2rem .4rem; margin-bottom: .6rem; width: 16rem; max-width: 100%; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid #ddd; white-space: nowrap; text-align: left; }
th { position: sticky; top: 0; background: #f3f3f3; border-bottom: 2px solid #888; padding: 0; }
th button { all: unset; cursor: pointer; padding: .3rem .6rem; font-weight: 600; width: 100%; box-sizing: border-box; }
th button:focus-visible { outline: 2px solid #0072b2; outline-offset: -2px; }
th button::after { content: " \\2195"; content: " \\2195" / ""; color: #999; }
th[aria-sort=ascending] button::after { content: " \\2191"; content: " \\2191" / ""; color: #000; }
th[aria-sort=descending] button::after { content: " \\2193"; content: " \\2193" / ""; color: #000; }
td.number { text-align: right; }
tbody tr:hover { background: #eef5fb; }
"""

_SCRIPT = """
const body = document.querySelector("tbody");
const heads = [...document.querySelectorAll("th")];
const key = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent;
function sortBy(column) {
  const ascending = heads[column].getAttribute("aria-sort") !== "ascending";
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const numeric = heads[column].dataset.kind === "number";
  const compare = (a, b) => {
    const [x, y] = [key(a, column), key(b, column)];
    if (x === "" || y === "") return (x === "") - (y === "");
    const order = numeric ? x - y : x.localeCompare(y, "en", { numeric: true });
    return ascending ? order : -order;
  };
  [...body.rows].sort(compare).forEach((row) => body.append(row));
}
heads.forEach((head, column) => head.firstChild.addEventListener("click", () => sortBy(column)));
document.querySelector("input").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\\s+/);
  for (const row of body.rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
});
"""


def table_page(table: pd.DataFrame, title: str, text: str, headings: Mapping[str, str]) -> str:
    """Write a table as an HTML page in plain ASCII, every label escaped.

    Parameters
    ----------
    table : DataFrame
        The rows; missing values are shown as n/a and sorted last.
    title, text : str
        Heading and a sentence beneath it.
    headings : mapping
        Column to what stands at its top, where that is not its name.
    """
    numeric = {column: pd.api.types.is_numeric_dtype(table[column]) for column in table.columns}
    heads = "".join(
        f'<th scope="col" data-kind="{"number" if numeric[column] else "text"}">'
        f'<button type="button">{html.escape(headings.get(column, str(column)))}</button></th>'
        for column in table.columns
    )
    rows = "\n".join(
        "<tr>" + "".join(map(_cell, row, numeric.values())) + "</tr>"
        for row in table.astype(object).itertuples(index=False)
    )
    body = (
        f"<h1>{html.escape(title)}</h1>\n<p>{html.escape(text)}</p>\n"
        '<input type="search" placeholder="filter rows" aria-label="filter rows">\n'
        f'<div class="scroll"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>\n'
        f"<script>{_SCRIPT}</script>\n"
    )
    return document(title, _STYLE, body)


def _cell(value: Any, numeric: bool) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return f'<td{" class=number" if numeric else ""} data-value="">n/a</td>'
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"<td>{html.escape(str(value))}</td>"
    return f'<td class="number" data-value="{value!r}">{value:.5g}</td>'
