"""Write the first page of a report: which method is better, the results, every subject, and what was run."""

from collections.abc import Mapping, Sequence

import pandas as pd

from isospine.evaluation.measures import MEASURES, REGIONS, compared_measures
from isospine.report.method_tables import (
    NO_CORD,
    Section,
    earlier_table,
    headline_table,
    networks,
    ranking_table,
    reading,
)
from isospine.report.page import render
from isospine.report.subject_list import run_links, subject_list
from isospine.statistics.by_contrast import by_contrast, titled
from isospine.statistics.persons import MINIMUM_PERSONS, count_persons, say_persons, say_variation
from isospine.statistics.seen import fair_rows, with_earlier, without_earlier
from isospine.statistics.winners import Lead, contenders, find_lead, is_won, say_lead
from isospine.words import count

TEMPLATE = "index.html"
NO_TRIAL = "No trial was possible: the views have too few lines."
ONE_METHOD = "There is only one method, so there is nothing to compare."
TOO_FEW = f"With {{persons}}, fewer than {MINIMUM_PERSONS}, there are no intervals, and any of these differences may be chance."


def index_page(
    scores: pd.DataFrame,
    compared: pd.DataFrame,
    facts: Sequence[tuple[str, str]],
    left_out: Mapping[str, tuple[str, str]],
    ranking: pd.DataFrame | None = None,
    hero: tuple[str, str] | None = None,
    accusations: Sequence[str] = (),
    subjects: Mapping[str, Sequence[str]] | None = None,
    pages: Sequence[tuple[str, str]] = (),
    run: str = "",
) -> str:
    """Write the first page, in plain ASCII, every label escaped.

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
    hero : (image, path), optional
        Name of an image, and the path of its comparison.
    accusations : sequence of str
        What the audit and the estimates of motion warn of, each with the name of its image.
    subjects : mapping, optional
        Names of the images of each subject, by its label.
    pages : sequence of (rule, path)
        Figures, tables and pages of the whole run.
    run : str
        Name of the run, under which a browser keeps ratings.
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
        title="isospine: results",
        heading=heading,
        left_out=[(name, why) for name, (why, _) in left_out.items()],
        left_out_count=count(len(left_out), "image"),
        accusations=accusations,
        sections=sections,
        trials=ranking is not None,
        hero=hero,
        facts=facts,
        subjects=subject_list(subjects or {}, scores, accusations),
        links=run_links(pages),
        run=run,
    )


def reference_section(metrics: pd.DataFrame, compared: pd.DataFrame, contrast: str) -> Section:
    """Summarise the metrics of one contrast; parameters as of `index_page`."""
    followers, metrics = with_earlier(metrics), without_earlier(metrics)
    shown = contenders(metrics)
    fair = fair_rows(shown)  # as are the comparisons
    answer = _answer(fair, compared, list(dict.fromkeys(shown["region"])))
    if answer["reasons"] and "cord" not in set(shown["region"]):
        answer["notes"].append(NO_CORD)
    return {
        "title": titled("Which method is better?", contrast),
        "answer": answer,
        "table": headline_table(shown, contrast),
        "reading": reading(metrics, shown),
        "networks": networks(fair, compared, contrast),
        "earlier": earlier_table(contenders(followers), contrast),
    }


def trials_section(
    images: pd.DataFrame, compared: pd.DataFrame, ranking: pd.DataFrame, contrast: str
) -> Section:
    """Summarise the trials of one contrast; parameters as of `index_page`."""
    answer = {"opening": NO_TRIAL, "verdict": ("", ""), "reasons": [], "notes": []}
    if not images.empty:
        shown = contenders(images)
        answer = _answer(shown, compared, list(dict.fromkeys(shown["region"])))
    return {
        "title": titled("Which method is best on the views' own planes?", contrast),
        "answer": answer,
        "table": ranking_table(ranking, contrast),
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
        return {"opening": ONE_METHOD, "verdict": ("", ""), "reasons": [], "notes": []}
    few = [lead.persons for lead in leads if lead.verdict == "too few persons"]
    chance = [_too_few(min(few), shown)] if few else []
    first = next((lead for lead in leads if (lead.region, lead.measure) == ("cord", "psnr")), leads[0])
    if any(map(is_won, leads)):
        reasons = [_reason(lead) for lead in leads]
        return {"opening": "", "verdict": _reason(first), "reasons": reasons, "notes": chance}
    return {
        "opening": "".join(chance),
        "verdict": ("No winner is declared.", say_lead(first)[1]),
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
