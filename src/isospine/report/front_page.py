"""Write the front page of a report: what was run, the results, and which method is better."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from isospine.evaluation.measures import MEASURES, REGIONS, compared_measures
from isospine.numbers import ABSENT, EQUAL, fixed, is_zero
from isospine.report.page import render
from isospine.statistics.by_contrast import by_contrast, titled
from isospine.statistics.persons import (
    MINIMUM_PERSONS,
    count_persons,
    say_numbers,
    say_persons,
    say_variation,
)
from isospine.statistics.seen import fair_rows, with_earlier, without_earlier
from isospine.statistics.winners import (
    Cell,
    Lead,
    contenders,
    find_lead,
    headline,
    is_equal,
    is_won,
    network_names,
    say_difference,
    say_lead,
)
from isospine.words import count, listed

TEMPLATE = "front_page.html"
NO_CORD = "No image has a segmentation of the spinal cord, so the page says nothing about it."
NO_TRIAL = "No trial was possible: the views have too few lines."
ONE_METHOD = "There is only one method, so there is nothing to compare."
TOO_FEW = f"With {{persons}}, fewer than {MINIMUM_PERSONS}, there are no intervals, and any of these differences may be chance."
#: Of the best network against the best classical method.
VERDICTS = {
    "better": "the network is better",
    "worse": "the network is worse",
    "undecided": "no clear difference",
    "too few persons": f"no verdict: fewer than {MINIMUM_PERSONS} persons",
    "infinite difference": "no verdict: the difference is infinite",
}

Section = dict[str, Any]


def front_page(
    scores: pd.DataFrame,
    compared: pd.DataFrame,
    facts: Sequence[tuple[str, str]],
    left_out: Mapping[str, tuple[str, str]],
    ranking: pd.DataFrame | None = None,
    hero: tuple[str, str] | None = None,
    accusations: Sequence[str] = (),
) -> str:
    """Write the front page, in plain ASCII, every label escaped.

    Parameters
    ----------
    scores : DataFrame
        The table of a run, one row per reconstruction and region; of acquired views `ranking.image_scores`.
    compared : DataFrame
        Of `paired.compare_methods`.
    facts : sequence of (term, text)
        What was run.
    left_out : mapping
        Reason and log of each image or body that the run leaves out.
    ranking : DataFrame, optional
        Of `ranking.rank_methods`, where views were acquired and there is no reference.
    hero : (image, address), optional
        Name of an image and its comparison as a data URI.
    accusations : sequence of str
        What the audit found.
    """
    pairs = by_contrast(compared)
    if ranking is None:
        heading = "isospine: isotropic volumes from thick slices"
        sections = [
            reference_section(own, pairs.get(contrast, compared), contrast)
            for contrast, own in by_contrast(scores).items()
        ]
    else:
        heading, ranked = "isospine: volumes of acquired views", by_contrast(ranking)
        sections = [
            trials_section(own, pairs.get(contrast, compared), ranked[contrast], contrast)
            for contrast, own in by_contrast(scores).items()
        ]
    return render(
        TEMPLATE,
        title="isospine: a first look",
        heading=heading,
        left_out=[(name, why) for name, (why, _) in left_out.items()],
        left_out_count=count(len(left_out), "image"),
        accusations=accusations,
        sections=sections,
        trials=ranking is not None,
        hero=hero,
        facts=facts,
    )


def reference_section(metrics: pd.DataFrame, compared: pd.DataFrame, contrast: str) -> Section:
    """Summarise the metrics of one contrast; parameters as of `front_page`."""
    followers, metrics = with_earlier(metrics), without_earlier(metrics)
    shown = contenders(metrics)
    fair = fair_rows(shown)  # as are the comparisons
    answer = _answer(fair, compared, list(dict.fromkeys(shown["region"])))
    if answer["reasons"] and "cord" not in set(shown["region"]):
        answer["notes"].append(NO_CORD)
    return {
        "title": titled("Which method is better?", contrast),
        "answer": answer,
        "table": _headline_table(shown, contrast),
        "reading": _reading(metrics, shown),
        "networks": _networks(fair, compared, contrast),
        "earlier": _earlier_table(contenders(followers), contrast),
    }


def trials_section(
    images: pd.DataFrame, compared: pd.DataFrame, ranking: pd.DataFrame, contrast: str
) -> Section:
    """Summarise the trials of one contrast; parameters as of `front_page`."""
    answer = {"opening": NO_TRIAL, "verdict": "", "reasons": [], "notes": []}
    if not images.empty:
        shown = contenders(images)
        answer = _answer(shown, compared, list(dict.fromkeys(shown["region"])))
    return {
        "title": titled("Which method is best on the views' own planes?", contrast),
        "answer": answer,
        "table": _ranking_table(ranking, contrast),
        "reading": "",
        "networks": None,
        "earlier": None,
    }


def _answer(shown: pd.DataFrame, compared: pd.DataFrame, regions: Sequence[str]) -> Section:
    """Name the best method per region and measure; if there is none at all, state it once."""
    found = [
        find_lead(shown, compared, region, measure.name)
        for region in regions
        for measure in compared_measures()
    ]
    leads = [lead for lead in found if lead]
    if not leads:
        return {"opening": ONE_METHOD, "verdict": "", "reasons": [], "notes": []}
    few = [lead.persons for lead in leads if lead.verdict == "too few persons"]
    chance = [_too_few(min(few), shown)] if few else []
    if any(map(is_won, leads)):
        reasons = [_reason(lead) for lead in leads]
        return {"opening": "", "verdict": "", "reasons": reasons, "notes": chance}
    return {
        "opening": "".join(chance),
        "verdict": "No winner is declared.",
        "reasons": [("", say_lead(lead)[1]) for lead in leads],
        "notes": [],
    }


def _too_few(persons: int, shown: pd.DataFrame) -> str:
    """State how few persons there are, and what varies instead where several images are of one."""
    subjects, images, everybody = shown["subject"].nunique(), shown["image"].nunique(), count_persons(shown)
    who = say_persons(shown) if persons == everybody else count(persons, "person")
    return f"{TOO_FEW.format(persons=who)} {say_variation(everybody, subjects, images)}".rstrip()


def _reason(lead: Lead) -> tuple[str, str]:
    """Return the verdict for a region and measure, and the sentence with its numbers."""
    verdict, why = say_lead(lead)
    place = f" {REGIONS[lead.region].place}" if lead.region in REGIONS else ""
    end = ":" if is_won(lead) else "."
    return f"{MEASURES[lead.measure].title}{place}: {verdict}{end}", why


def _networks(shown: pd.DataFrame, compared: pd.DataFrame, contrast: str) -> Section:
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


def _headline_table(shown: pd.DataFrame, contrast: str) -> Section:
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


def _earlier_table(followers: pd.DataFrame, contrast: str) -> Section | None:
    """Tabulate the methods that know an earlier scan; None if there are none."""
    if followers.empty:
        return None
    table = _headline_table(followers, contrast)
    rows = [(name, [cell | {"best": False} for cell in cells]) for name, cells in table["rows"]]
    title = titled("With an earlier scan of the same person", contrast)
    return table | {"title": title, "id": f"earlier{contrast}", "rows": rows}


def _ranking_table(ranking: pd.DataFrame, contrast: str) -> Section:
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


def _reading(metrics: pd.DataFrame, shown: pd.DataFrame) -> str:
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
