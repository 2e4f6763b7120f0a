"""Write the page of a subject: every image with its figures, scores, findings, files and provenance."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from isospine.evaluation.audit import accusation as accuse
from isospine.evaluation.audit import audited, suspects
from isospine.evaluation.measures import MEASURES, REGIONS
from isospine.numbers import ABSENT, fixed
from isospine.numbers import share as say_share
from isospine.report.page import render
from isospine.report.segmentations import segmentation_warnings, segmentations_table
from isospine.statistics.seen import refused_notes, seen_notes, with_earlier
from isospine.statistics.winners import contenders, network_names
from isospine.version import __version__
from isospine.words import duration

TEMPLATE = "subject.html"
#: Title and caption of the figures of each rule.
FIGURES = {
    "figure_views": (
        "Views and reference",
        "The thick-slice views that the methods were given, and the reference that they never saw, in three planes.",
    ),
    "figure_comparison": (
        "Reconstructions and errors",
        "The same slices of the reference and of each reconstruction, with a patch in close-up and its absolute error in percent of "
        "the reference's range; all errors share one scale.",
    ),
    "figure_finer": (
        "On a finer grid",
        "The same models on the reference's grid and on a finer one, where no truth exists.",
    ),
    "figure_error_anatomy": (
        "Where the error lies",
        "Spectra of the reference and of the error along each axis, and the error against the distance from the nearest edge.",
    ),
    "figure_segmentation": (
        "Segmentations of the cord",
        "Outlines of each method, from labels on the views, and areas along the cord, with those of the dataset's own segmentation where it "
        "is known: a yellow outline, a black line.",
    ),
    "figure_profiles": (
        "Intensity profiles",
        "Intensities along lines through the cord: steps that slices of a view leave are visible here first.",
    ),
}
#: Title and caption of the interactive pages of each rule.
VIEWERS = {
    "figure_viewer": ("Volumes, interactive", ""),
    "figure_along_cord": (
        "Along the cord, interactive",
        "Along the cord: a slider moves through slices perpendicular to the middle of the cord, of the reference, the best classical "
        "method and a network.",
    ),
    "follow_up": ("Earlier and later scan, interactive", ""),
}

Table = dict[str, list[Any]]


def subject_page(
    subject: str,
    sections: Sequence[Mapping[str, Any]],
    facts: Sequence[tuple[str, str]],
    run: str,
) -> str:
    """Write the page, in plain ASCII, every label escaped.

    Parameters
    ----------
    subject : str
        Label.
    sections : sequence of mapping
        Of `image_section`.
    facts : sequence of (term, text)
        Dataset, code and settings of the run.
    run : str
        Name of the run, under which a browser keeps ratings.
    """
    return render(
        TEMPLATE,
        title=f"isospine: sub-{subject}",
        subject=subject,
        sections=sections,
        acquired=any(found["kind"] == "body" for one in sections for found in one["findings"]),
        facts=facts,
        run=run,
        version=__version__,
    )


def image_section(
    plan: Mapping[str, Any],
    scores: pd.DataFrame,
    anatomy: pd.DataFrame,
    findings: Sequence[Mapping[str, Any]],
    records: Sequence[Mapping[str, Any]],
    descriptions: Mapping[str, str],
    segmentations: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Describe one contrast of an image.

    Parameters
    ----------
    plan : mapping
        Of `plan.subjects.subject_sections`.
    scores : DataFrame
        Metrics of every reconstruction; empty without a reference.
    anatomy : DataFrame
        Where the errors lie, of `error_anatomy`; empty without a reference.
    findings : sequence of mapping
        Of `body_findings` and `follow_up_findings`, each with `figures`, paths by name.
    records : sequence of mapping
        Of every training and classical method.
    descriptions : mapping
        What each BIDS label stands for.
    segmentations : DataFrame, optional
        Scores of the segmentations of the cord.
    """
    segmented = pd.DataFrame() if segmentations is None else segmentations
    warnings = image_warnings(scores, anatomy) + segmentation_warnings(segmented)
    for found in findings:
        if found["kind"] == "body":
            warnings += [*found["doubts"], *found["warnings"]]
    return {
        **{key: plan[key] for key in ("image", "participant", "session", "contrast")},
        "warnings": warnings,
        "figures": [_figure(one) for one in plan["figures"] if one["rule"] in FIGURES],
        "viewers": [
            dict(zip(("title", "caption"), VIEWERS[one["rule"]], strict=True), path=one["path"])
            for one in plan["pages"]
        ],
        "scores": scores_table(scores),
        "errors": errors_table(anatomy),
        "segmentations": segmentations_table(segmented),
        "findings": list(findings),
        "volumes": [_volume(one["path"], descriptions) for one in plan["volumes"]],
        "trainings": trainings_table(records),
        "software": software_text(records),
    }


def image_warnings(scores: pd.DataFrame, anatomy: pd.DataFrame) -> list[str]:
    """List what makes the scores of an image doubtful."""
    if scores.empty:
        return []
    texts = [*seen_notes(scores), *refused_notes(scores)]
    if anatomy.empty:
        return texts
    knowing = set(with_earlier(scores)["method"])
    rows = audited(anatomy, knowing)
    shares = dict(zip(rows["method"], rows["value"], strict=True))
    learned = [name for name in network_names(scores) if name in shares]
    return texts + [
        accuse(str(scores["image"].iloc[0]), name, shares[name]) for name in suspects(shares, learned)
    ]


def scores_table(scores: pd.DataFrame) -> Table | None:
    """Tabulate the means over seeds of every method as configured, the best PSNR first; None without scores."""
    if scores.empty:
        return None
    shown = contenders(scores)
    regions = [name for name in REGIONS if name in set(shown["region"])]
    measures = [MEASURES[name] for name in ("psnr", "ssim")]
    means = shown.groupby(["method", "region"])[[one.name for one in measures]].mean()
    order = means.xs(regions[-1], level="region")["psnr"].sort_values(ascending=False).index
    columns = [(region, measure) for region in reversed(regions) for measure in measures]
    heads = ["method", *(f"{REGIONS[region].title}: {measure.heading}" for region, measure in columns)]
    rows = [
        [
            str(method),
            *(fixed(float(means.loc[(method, region), one.name]), one.digits) for region, one in columns),
        ]
        for method in order
    ]
    return {"heads": heads, "rows": rows}


def errors_table(anatomy: pd.DataFrame) -> Table | None:
    """Tabulate where the error of each method lies; None without a reference."""
    if anatomy.empty:
        return None
    rows = []
    for method in dict.fromkeys(anatomy.loc[anatomy["quantity"] == "edge_rmse", "method"]):
        own = anatomy[anatomy["method"] == method]
        edges = own[own["quantity"] == "edge_rmse"].dropna(subset=["value"]).sort_values("position")
        ends = [float(edges["value"].iloc[place]) if len(edges) else float("nan") for place in (0, -1)]
        guessed, bias = (_single(own, quantity) for quantity in ("guessed_share", "cord_area_bias"))
        rows.append(
            [
                str(method),
                *(fixed(value, 1) for value in ends),
                ABSENT if pd.isna(guessed) else say_share(guessed),
                fixed(bias, 1, signed=True),
            ]
        )
    heads = [
        "method",
        "error at edges (% of range)",
        "far from edges (%)",
        "detail that no view shows, recovered",
        "cord area too large by (mm2)",
    ]
    return {"heads": heads, "rows": rows} if rows else None


def _single(rows: pd.DataFrame, quantity: str) -> float:
    values = rows.loc[rows["quantity"] == quantity, "value"]
    return float(values.iloc[0]) if len(values) else float("nan")


def trainings_table(records: Sequence[Mapping[str, Any]]) -> Table:
    """Tabulate what computed each volume: method, seed, device, time and memory."""
    heads = ["method", "seed", "device", "time", "peak memory (MB)"]
    rows = [
        [
            str(one["method"]),
            str(one.get("seed", ABSENT)),
            str(one.get("device", "cpu")),
            duration(one["train_seconds"]) if one["train_seconds"] >= 1 else f"{one['train_seconds']:.2f} s",
            fixed(float(one.get("peak_memory_mb") or float("nan")), 0),
        ]
        for one in records
    ]
    return {"heads": heads, "rows": rows}


def software_text(records: Sequence[Mapping[str, Any]]) -> str:
    """Name the versions that trained the networks; "" without any."""
    found = {
        f"{name} {version}": None for one in records for name, version in one.get("software", {}).items()
    }
    return ", ".join(found)


def _figure(one: Mapping[str, Any]) -> dict[str, str]:
    title, caption = FIGURES[one["rule"]]
    return {"rule": one["rule"], "title": title, "caption": caption, "path": one["path"]}


def _volume(path: str, descriptions: Mapping[str, str]) -> dict[str, str]:
    name = PurePosixPath(path).name
    label = name.split("_desc-")[-1].split("_")[0]
    text = "Segmentation of the spinal cord" if name.endswith("_mask.nii.gz") else descriptions.get(label, "")
    grid = name.split("_res-")[1].split("_")[0].replace("p", ".") if "_res-" in name else ""
    return {"path": path, "name": name, "text": f"{text}, {grid}" if grid not in ("", "reference") else text}
