"""Tabulate the methods of a run for the first page of its report."""

from typing import Any

import numpy as np
import pandas as pd

from isospine.evaluation.measures import MEASURES, REGIONS, compared_measures
from isospine.numbers import ABSENT, EQUAL, fixed, is_zero
from isospine.statistics.by_contrast import titled
from isospine.statistics.persons import MINIMUM_PERSONS, count_persons, say_numbers, say_variation
from isospine.statistics.winners import (
    Cell,
    Lead,
    find_lead,
    headline,
    is_equal,
    network_names,
    say_difference,
)
from isospine.words import count, listed

NO_CORD = "No image has a segmentation of the spinal cord, so the page says nothing about it."
#: Of the best network against the best classical method.
VERDICTS = {
    "better": "the network is better",
    "worse": "the network is worse",
    "undecided": "no clear difference",
    "too few persons": f"no verdict: fewer than {MINIMUM_PERSONS} persons",
    "infinite difference": "no verdict: the difference is infinite",
}

Section = dict[str, Any]


def networks(shown: pd.DataFrame, compared: pd.DataFrame, contrast: str) -> Section:
    """Tabulate the best network minus the best classical method."""
    classical = [name for name in dict.fromkeys(shown["method"]) if name not in network_names(shown)]
    found = [
        find_lead(shown, compared, region, measure.name, against=classical)
        for region in dict.fromkeys(shown["region"])
        for measure in compared_measures()
    ]
    leads = [lead for lead in found if lead]
    return {
        "title": titled("Is a network worth it?", contrast),
        "id": f"networks{contrast}",
        "missing": "network" if classical else "classical method",
        "rows": [_network_row(lead) for lead in leads],
        "undecided": any(lead.verdict == "undecided" for lead in leads),
    }


def _network_row(lead: Lead) -> Section:
    return {
        "region": REGIONS[lead.region].title if lead.region in REGIONS else lead.region,
        "measure": MEASURES[lead.measure].title,
        "network": lead.leader,
        "classical": lead.rival,
        "difference": say_difference(lead, signed=True),
        "won": f"{lead.images_won} of {lead.images}",
        "verdict": EQUAL
        if is_equal(lead) and lead.verdict in ("better", "worse")
        else VERDICTS[lead.verdict],
    }


def headline_table(shown: pd.DataFrame, contrast: str) -> Section:
    """Tabulate the means of every method."""
    columns, rows = headline(shown)
    return {
        "title": titled("Every method", contrast),
        "id": f"headline{contrast}",
        "heads": [column.title for column in columns],
        "rows": [
            (name, [_number(cell, one.measure.digits) for cell, one in zip(cells, columns, strict=True)])
            for name, cells in rows.items()
        ],
    }


def earlier_table(followers: pd.DataFrame, contrast: str) -> Section | None:
    """Tabulate the methods that know an earlier scan; None if there are none."""
    if followers.empty:
        return None
    table = headline_table(followers, contrast)
    rows = [(name, [cell | {"best": False} for cell in cells]) for name, cells in table["rows"]]
    title = titled("With an earlier scan of the same person", contrast)
    return table | {"title": title, "id": f"earlier{contrast}", "rows": rows}


def ranking_table(ranking: pd.DataFrame, contrast: str) -> Section:
    """Tabulate methods in the order of their PSNR in trials."""
    rows = []
    for row in ranking.to_dict("records"):
        cells = []
        for key in ("psnr", "ssim"):
            digits = MEASURES[key].digits
            mean, spread = (fixed(row[f"{key}_{kind}"], digits) for kind in ("mean", "sd"))
            text = mean if pd.isna(row[f"{key}_sd"]) else f"{mean} ({spread})"
            cells.append({"text": text, "best": False, "notes": []})
        rows.append((str(row["method"]), cells))
    heads = [MEASURES[name].heading for name in ("psnr", "ssim")]
    return {"title": "", "id": f"ranking{contrast}", "heads": heads, "rows": rows}


def _number(cell: Cell, digits: int) -> Section:
    """Format a mean, with its interval and the spread of seeds beneath."""
    if np.isnan(cell.mean):
        return {"text": ABSENT, "best": False, "notes": []}
    notes = []
    if not np.isnan(cell.low):
        notes.append(f"{fixed(cell.low, digits)} to {fixed(cell.high, digits)}")
    if not np.isnan(cell.sd_seeds):
        equal = is_zero(cell.sd_seeds, digits)
        notes.append(f"seeds {EQUAL}" if equal else f"seeds \u00b1 {fixed(cell.sd_seeds, digits)}")
    return {"text": fixed(cell.mean, digits), "best": cell.best, "notes": notes}


def reading(metrics: pd.DataFrame, shown: pd.DataFrame) -> str:
    """Explain how to read the headline table."""
    persons, subjects = count_persons(shown), shown["subject"].nunique()
    parts = ["Means over images and seeds; the best of each column is bold, even if it is best by chance."]
    if persons >= MINIMUM_PERSONS:
        parts.append("Beneath: 95 % interval of the mean, from a bootstrap over persons.")
        parts.append(say_variation(persons, subjects, shown["image"].nunique()))
    else:
        parts.append(
            f"With {say_numbers(persons, subjects)} there are no intervals ({MINIMUM_PERSONS} persons are needed)."
        )
    seeds = int(shown["seed"].nunique())
    if seeds > 1:
        parts.append("Seeds: standard deviation between the seeds of one image.")
    elif seeds == 1:
        parts.append("Only one seed: the variation of the networks with it is unknown.")
    if "cord" not in set(shown["region"]):
        parts.append(NO_CORD)
    else:
        images, own = shown["image"].nunique(), shown.loc[shown["region"] == "cord", "image"].nunique()
        if own < images:
            parts.append(f"The cord is segmented on {own} of {count(images, 'image')}.")
    others = metrics["method"].nunique() - shown["method"].nunique()
    if others:
        parts.append(
            f"Not compared here, but in the summary table: {count(others, 'other setting')} of the ablations."
        )
    parts.append("Times are those of the training, or of the classical method, on the machine of the run.")
    untrained = shown.loc[shown["refine"] == 0, "method"] if "refine" in shown else shown["method"].iloc[:0]
    if not untrained.empty:
        parts.append(
            f"{listed(list(untrained.unique()))} trains nothing, and the time of applying it is not counted."
        )
    if persons >= MINIMUM_PERSONS:
        parts.append("Intervals are not corrected for the number of comparisons.")
    return " ".join(filter(None, parts))
