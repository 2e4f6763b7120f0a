"""What docs/follow-up.md says of measured follow-ups, from their table of results."""

import pandas as pd
from claim_tables import grid
from followup import RESULTS

#: Of the table of results, the method with the earlier scan, and those without it.
WITH, TV, FLAGSHIP = "earlier bspline", "tv", "pretrained"
LESIONS = ("lesion 4 mm", "lesion 2.4 mm", "lesion gone")


def follow_up() -> str:
    """Table of gains, lesion shares and errors of the field, one row for each person and difficulty."""
    table = pd.read_csv(RESULTS, sep="\t")
    head = ["session 2", "seeds", "`tv`", "`pretrained`", "`follow-up`", "gain over `tv`, whole", "cord"]
    head += ["lesion kept: 4 mm", "2.4 mm", "gone", "field, mm", "CPU s"]
    rows = [
        _row(str(person), str(difficulty), own)
        for (person, difficulty), own in table.groupby(["person", "difficulty"], sort=False)
    ]
    return grid(head, rows)


def _row(person: str, difficulty: str, own: pd.DataFrame) -> list[str]:
    lesion = own[own["change"] == LESIONS[0]].set_index(["method", "seed"])
    ours, tv, flagship = (lesion.loc[method] for method in (WITH, TV, FLAGSHIP))
    shares = own.set_index(["change", "method", "seed"])["share"].sort_index()
    cells = [f"{person}, {difficulty}", str(len(ours))]
    cells += [span(one["psnr"], 1) for one in (tv, flagship, ours)]
    cells += [span(ours[region] - tv[region], 1, "+") for region in ("psnr", "cord")]
    cells += [f"{span(shares[change, WITH], 2)} ({span(shares[change, TV], 2)})" for change in LESIONS]
    return [*cells, span(ours["field"], 2), span(ours["seconds"], 0)]


def span(values: "pd.Series[float]", digits: int, sign: str = "") -> str:
    """Least and largest value; a single one where they are equal."""
    low, high = (f"{value:{sign}.{digits}f}" for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"
