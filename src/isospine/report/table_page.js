"use strict";
const sorted = document.querySelector("table.sortable");
const body = sorted.tBodies[0];
const heads = [...sorted.tHead.rows[0].cells];
// what is missing is empty: it comes last in either order
const key = (row, column) =>
  row.cells[column].textContent
    .trim()
    .replace(/^n\/a$/, "")
    .replace(/inf$/, "Infinity");
function sortBy(column) {
  const ascending = heads[column].getAttribute("aria-sort") !== "ascending";
  for (const head of heads) head.removeAttribute("aria-sort");
  heads[column].setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const numeric = heads[column].dataset.kind === "number";
  const compare = (a, b) => {
    const [x, y] = [key(a, column), key(b, column)];
    if (x === "" || y === "") return (x === "") - (y === "");
    const order = numeric ? x - y : x.localeCompare(y, "en", { numeric: true });
    return ascending ? order : -order;
  };
  body.append(...[...body.rows].sort(compare));
}
heads.forEach((head, column) => {
  head.firstChild.addEventListener("click", () => sortBy(column));
});
document.querySelector("input[type=search]").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const row of body.rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
});
