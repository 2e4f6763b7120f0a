"""The front page of a report on acquired views: which method does best in trials, and how far that goes."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from isospine.evaluation.measures import MEASURES, compared_measures
from isospine.plan.grids import resolution_text
from isospine.report.body_page import CAUTION
from isospine.report.facts import code_fact, recipe_facts
from isospine.report.front_page import TOO_FEW, left_out_warning
from isospine.report.page import TEXT_STYLE, description_list, document
from isospine.statistics.by_contrast import by_contrast, titled
from isospine.statistics.ranking import REGION
from isospine.statistics.winners import contenders, find_lead, say_lead
from isospine.words import count

MOTION = {
    "none": "none estimated: headers are trusted",
    "views": "estimated for each view, with gain and bias field",
    "slices": "estimated for each view, with gain and bias field, and for each slice",
}
FIELD = {"intersection": "what all views cover", "union": "what any view covers"}
AXES = {"view": "along the axes of the first view", "scanner": "along the axes of the scanner"}


def acquired_facts(
    images: pd.DataFrame, settings: Mapping[str, Any], commit: str | None, changed: bool
) -> list[tuple[str, str]]:
    """What was run; parameters as those of `run_facts.run_facts`, with the scores of images (`ranking.image_scores`)."""
    subjects = list(dict.fromkeys(images["subject"]))
    bodies = images["image"].nunique()
    entities = [
        "; ".join(f"{k}-{v}" if v else f"no {k}" for k, v in one["entities"].items())
        for one in settings["views"]
    ]
    how = settings["acquired"]
    grids = ", ".join(map(resolution_text, settings["resolutions"]))
    return [
        ("Bodies", f"{bodies} of {count(len(subjects), 'subject')}: {', '.join(subjects)}"),
        (
            "Views",
            f"{' and '.join(settings['contrasts'])} images with {', '.join(entities)}; {settings['acquisition']['slice_profile']} slice profile",
        ),
        ("Motion", MOTION[how["motion"]]),
        *recipe_facts(settings),
        ("Classical methods", ", ".join(settings["baselines"]) or "none"),
        ("Grids", f"{grids}; {FIELD[how['field']]}, {AXES[how['axes']]}"),
        code_fact(commit, changed),
    ]


def acquired_overview_page(
    images: pd.DataFrame,
    ranking: pd.DataFrame,
    compared: pd.DataFrame,
    facts: Sequence[tuple[str, str]],
    left_out: Mapping[str, tuple[str, str]],
) -> str:
    """Write the front page, in plain ASCII, every label escaped.

    Parameters
    ----------
    images : DataFrame
        Of `ranking.image_scores`.
    ranking : DataFrame
        Of `ranking.rank_methods`.
    compared : DataFrame
        Of `paired.compare_methods`.
    facts : sequence of (term, text)
        What was run.
    left_out : mapping
        Reason and log of each body that the run goes on without.
    """
    body = ["<h1>isospine: volumes of acquired views</h1>\n", left_out_warning(left_out)]
    pairs, ranked = by_contrast(compared), by_contrast(ranking)
    for contrast, own in by_contrast(images).items():
        title = html.escape(titled("Which method does best on the views' own planes?", contrast))
        body += [
            f'<h2>{title}</h2>\n<div class="answer">\n{answers(own, pairs.get(contrast, compared))}</div>\n',
            ranking_table(ranked[contrast]),
        ]
    body += [
        '<p class="note">Each view was made thick along the one and along the other axis of its planes, as thick as its slices '
        "are, and every method made the planes again from these two. Means over bodies, each averaged over slices, views and "
        "seeds; in brackets the standard deviation between bodies. The category Images has a page on each body: what was "
        "estimated of its views, its volumes, and where the views contradict each other.</p>\n",
        f'<p class="warning">{html.escape(CAUTION)}</p>\n',
        f"<h2>What was run</h2>\n{description_list(facts)}",
    ]
    return document("isospine: a first look", TEXT_STYLE, "".join(body))


def answers(images: pd.DataFrame, compared: pd.DataFrame) -> str:
    """By PSNR and by SSIM, who is best or that none is."""
    if images.empty:
        return "<p>No trial could be made: the views have too few lines.</p>\n"
    shown = contenders(images)
    items, few = [], None
    for measure in compared_measures():
        lead = find_lead(shown, compared, REGION, measure.name)
        if lead:
            verdict, why = say_lead(lead)
            few = lead.subjects if lead.verdict == "too few subjects" else few
            items.append(f"<li><b>{measure.title}: {html.escape(verdict)}</b>. {html.escape(why)}</li>\n")
    if not items:
        return "<p>There is one method alone, and so nothing to compare.</p>\n"
    chance = "" if few is None else f"<p>{TOO_FEW.format(subjects=count(few, 'subject'))}</p>\n"
    return f"<ul>\n{''.join(items)}</ul>\n{chance}"


def ranking_table(ranking: pd.DataFrame) -> str:
    """Methods in the order of their PSNR, as HTML."""
    rows = []
    for row in ranking.to_dict("records"):
        cells = [
            f"{row[f'{key}_mean']:.{digits}f}"
            + ("" if pd.isna(row[f"{key}_sd"]) else f" ({row[f'{key}_sd']:.{digits}f})")
            for key, digits in ((name, MEASURES[name].digits) for name in ("psnr", "ssim"))
        ]
        numbers = "".join(f'<td class="number">{cell}</td>' for cell in cells)
        rows.append(f'<tr><th scope="row">{html.escape(str(row["method"]))}</th>{numbers}</tr>\n')
    heads = "".join(
        f'<th scope="col" class="number">{title}</th>'
        for title in (MEASURES[name].heading for name in ("psnr", "ssim"))
    )
    return (
        '<div class="scroll"><table id="ranking">\n<thead><tr><th scope="col">method</th>'
        f"{heads}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table></div>\n"
    )
