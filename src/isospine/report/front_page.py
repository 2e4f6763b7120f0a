"""The front page of a report: what was run, what came out, and which method is better by it."""

import html
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from isospine.evaluation.measures import MEASURES, REGIONS, compared_measures, region_place
from isospine.report.page import TEXT_STYLE, description_list, document
from isospine.statistics.by_contrast import by_contrast, titled
from isospine.statistics.paired import MINIMUM_SUBJECTS
from isospine.statistics.winners import (
    Cell,
    Column,
    Lead,
    contenders,
    find_lead,
    headline,
    network_names,
    say_difference,
    say_lead,
)
from isospine.words import count

NO_CORD = "No image has a segmentation of the spinal cord, so that nothing is said about it."
TOO_FEW = f"With {{subjects}}, fewer than {MINIMUM_SUBJECTS}, there are no intervals, and any of these differences may be chance."
#: Of the best network against the best classical method.
VERDICTS = {
    "better": "the network is better",
    "worse": "the network is worse",
    "undecided": "not told apart: the interval holds zero",
    "too few subjects": f"no verdict: fewer than {MINIMUM_SUBJECTS} subjects",
    "infinite difference": "no verdict: the difference is infinite",
}


def overview_page(
    metrics: pd.DataFrame,
    compared: pd.DataFrame,
    facts: Sequence[tuple[str, str]],
    left_out: Mapping[str, tuple[str, str]],
    hero: tuple[str, str] | None,
    accusations: Sequence[str] = (),
) -> str:
    """Write the front page, in plain ASCII, every label escaped.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run, one row per reconstruction and region.
    compared : DataFrame
        Of `paired.compare_methods`.
    facts : sequence of (term, text)
        What was run.
    left_out : mapping
        Reason and log of each image that the run goes on without.
    hero : (image, address) or None
        Name of an image and its comparison as a data URI.
    accusations : sequence of str
        What the audit found.
    """
    body = ["<h1>isospine: isotropic volumes from thick slices</h1>\n", left_out_warning(left_out)]
    body += [f'<div class="warning"><p>{html.escape(text)}</p></div>\n' for text in accusations]
    pairs = by_contrast(compared)
    for contrast, own in by_contrast(metrics).items():
        shown, pair = contenders(own), pairs.get(contrast, compared)
        title = html.escape(titled("Which method is better?", contrast))
        body += [
            f'<h2>{title}</h2>\n<div class="answer">\n{_answers(shown, pair)}</div>\n',
            _headline_table(*headline(shown), contrast),
            f'<p class="note">{_reading(own, shown)}</p>\n',
            _networks(shown, pair, contrast),
        ]
    if hero:
        name = html.escape(hero[0])
        body.append(
            f'<h2>{name}</h2>\n<p><img src="{hero[1]}" alt="Reference, reconstructions and errors of {name}"></p>\n'
            '<p class="note">The first image of the run: reference and reconstructions with zoomed patches and errors. '
            "The category Images has every image in full size, with what the rows are.</p>\n"
        )
    body.append(f"<h2>What was run</h2>\n{description_list(facts)}")
    return document("isospine: a first look", TEXT_STYLE, "".join(body))


def left_out_warning(left_out: Mapping[str, tuple[str, str]]) -> str:
    """Box that names images that are in no number; nothing without any."""
    if not left_out:
        return ""
    rows = "".join(
        f"<li>{html.escape(name)}: {html.escape(why)}</li>\n" for name, (why, _) in left_out.items()
    )
    return (
        f'<div class="warning"><p>{count(len(left_out), "image")} left out of every number below, because a job failed:'
        f"</p>\n<ul>\n{rows}</ul></div>\n"
    )


def _answers(shown: pd.DataFrame, compared: pd.DataFrame) -> str:
    """Per region and measure, who is best or that none is."""
    items = []
    few = None
    for region in dict.fromkeys(shown["region"]):
        for measure in compared_measures():
            lead = find_lead(shown, compared, region, measure.name)
            if lead:
                verdict, why = say_lead(lead)
                few = lead.subjects if lead.verdict == "too few subjects" else few
                where = f"{measure.title} {region_place(region)}"
                items.append(
                    f"<li><b>{html.escape(where)}: {html.escape(verdict)}</b>{': ' if lead.verdict == 'better' else '. '}"
                    f"{html.escape(why)}</li>\n"
                )
    if not items:
        return "<p>There is one method alone, and so nothing to compare.</p>\n"
    chance = "" if few is None else f"<p>{TOO_FEW.format(subjects=count(few, 'subject'))}</p>\n"
    missing = "" if "cord" in set(shown["region"]) else f"<p>{NO_CORD}</p>\n"
    return f"<ul>\n{''.join(items)}</ul>\n{chance}{missing}"


def _networks(shown: pd.DataFrame, compared: pd.DataFrame, contrast: str) -> str:
    """Table of the best network less the best classical method."""
    title = f"<h2>{html.escape(titled('Is a network worth it?', contrast))}</h2>\n"
    classical = [name for name in dict.fromkeys(shown["method"]) if name not in network_names(shown)]
    found = [
        find_lead(shown, compared, region, measure.name, against=classical)
        for region in dict.fromkeys(shown["region"])
        for measure in compared_measures()
    ]
    leads = [lead for lead in found if lead]
    if not leads:
        missing = "a network" if classical else "a classical method"
        return f"{title}<p>The run has not {missing} to compare with.</p>\n"
    heads = "".join(
        f'<th scope="col"{kind}>{text}</th>'
        for text, kind in [
            ("region", ""), ("measure", ""), ("best network", ""), ("best classical method", ""),
            ("difference", ' class="number"'), ("images won", ' class="number"'), ("verdict", ""),
        ]
    )  # fmt: skip
    return (
        f'{title}<div class="scroll"><table id="networks{contrast}">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n'
        f"{''.join(map(_network_row, leads))}</tbody>\n</table></div>\n"
        '<p class="note">Of each kind the method with the highest mean over images, and their difference (network less '
        "classical method).</p>\n"
    )


def _network_row(lead: Lead) -> str:
    sign = "-" if lead.difference < 0 else "+"
    region = REGIONS[lead.region].title if lead.region in REGIONS else lead.region
    return (
        f'<tr><th scope="row">{html.escape(region)}</th>'
        f"<td>{MEASURES[lead.measure].title}</td>"
        f"<td>{html.escape(lead.leader)}</td><td>{html.escape(lead.rival)}</td>"
        f'<td class="number">{sign}{say_difference(lead)}</td>'
        f'<td class="number">{lead.images_won} of {lead.images}</td><td>{VERDICTS[lead.verdict]}</td></tr>\n'
    )


def _headline_table(columns: Sequence[Column], rows: Mapping[str, Sequence[Cell]], contrast: str) -> str:
    heads = "".join(f'<th scope="col" class="number">{column.title}</th>' for column in columns)
    lines = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        + "".join(_number(cell, column.measure.digits) for cell, column in zip(cells, columns, strict=True))
        + "</tr>\n"
        for name, cells in rows.items()
    )
    return (
        f"<h2>{html.escape(titled('Every method', contrast))}</h2>\n"
        f'<div class="scroll"><table id="headline{contrast}">\n'
        f'<thead><tr><th scope="col">method</th>{heads}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table></div>\n'
    )


def _number(cell: Cell, digits: int) -> str:
    if np.isnan(cell.mean):
        return '<td class="number">n/a</td>'
    text = f"{cell.mean:.{digits}f}"
    notes = ""
    if not np.isnan(cell.low):
        notes += f"<small>{cell.low:.{digits}f} to {cell.high:.{digits}f}</small>"
    if not np.isnan(cell.sd_seeds):
        notes += f"<small>seeds &#177; {cell.sd_seeds:.{digits}f}</small>"
    return f'<td class="number">{f"<b>{text}</b>" if cell.best else text}{notes}</td>'


def _reading(metrics: pd.DataFrame, shown: pd.DataFrame) -> str:
    """How the headline table is to be read, in HTML."""
    subjects = shown["subject"].nunique()
    parts = ["Means over images and seeds; the best of each column is bold, which says nothing of chance."]
    if subjects >= MINIMUM_SUBJECTS:
        parts.append("Beneath: 95 % interval of the mean, a bootstrap over subjects.")
    else:
        parts.append(
            f"With {count(subjects, 'subject')} there are no intervals ({MINIMUM_SUBJECTS} are needed)."
        )
    seeds = int(shown["seed"].nunique())
    if seeds > 1:
        parts.append("Seeds: standard deviation between the seeds of one image.")
    elif seeds == 1:
        parts.append("One seed alone: how much the networks vary with it is not known.")
    if "cord" not in set(shown["region"]):
        parts.append(NO_CORD)
    else:
        images, own = shown["image"].nunique(), shown.loc[shown["region"] == "cord", "image"].nunique()
        if own < images:
            parts.append(f"The cord is segmented on {own} of {count(images, 'image')}.")
    others = metrics["method"].nunique() - shown["method"].nunique()
    if others:
        parts.append(
            f"{count(others, 'other setting')} of the ablations are in the summary table and not compared here."
        )
    parts.append(
        "Time is that of the training, or of a classical method, on the machine of the run. Intervals are not corrected "
        "for the number of comparisons."
    )
    return html.escape(" ".join(parts))
