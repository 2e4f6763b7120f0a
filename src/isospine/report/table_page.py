"""A table as one self-contained HTML page: sorts by any column, filters, needs no network."""

import html
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from isospine.report.page import document

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
tbody tr:hover { background: #eef5fb; }
"""

_SCRIPT = """
const body = document.querySelector("tbody");
const heads = [...document.querySelectorAll("th")];
// what is missing is empty: it comes last in either order
const key = (row, column) => row.cells[column].textContent.trim().replace(/^n\\/a$/, "").replace(/inf$/, "Infinity");
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
    # end tags of rows and cells may be left out, and would be a third of the page
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{_cell(value)}" for value in row)
        for row in table.astype(object).itertuples(index=False)
    )
    numbers = [f"td:nth-child({n})" for n, is_number in enumerate(numeric.values(), 1) if is_number]
    style = f"{_STYLE}{', '.join(numbers)} {{ text-align: right; }}\n" if numbers else _STYLE
    body = (
        f"<h1>{html.escape(title)}</h1>\n<p>{html.escape(text)}</p>\n"
        '<input type="search" placeholder="filter rows" aria-label="filter rows">\n'
        f'<div class="scroll"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>\n'
        f"<script>{_SCRIPT}</script>\n"
    )
    return document(title, style, body)


def _cell(value: Any) -> str:
    """A cell's HTML; numbers are sorted as they are shown."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "n/a"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return html.escape(str(value))
    return f"{value:.5g}"
