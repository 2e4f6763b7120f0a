"""List the subjects of a run, and the pages of the whole run, for the first page of its report."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from isospine.evaluation.measures import MEASURES
from isospine.numbers import fixed
from isospine.statistics.seen import fair_rows
from isospine.statistics.winners import contenders

#: Title of the page or figure of each rule.
TITLES = {
    "methods": "Methods text for a paper, and how to repeat the run",
    "summary_table": "Summary by method",
    "ranking": "Methods by trials",
    "paired_table": "Paired comparison of methods",
    "metrics_table": "All metrics",
    "inference_table": "Cost of a voxel, and fixed point",
    "trials_page": "All trials",
    "held_out_page": "All held-out slices",
    "planes_table": "Slices that were never acquired",
    "segmentation_table": "Segmentations",
    "status_table": "Status of each image",
    "figure_ablation": "Ablation",
    "ablation_notebook": "Notebook of the ablations",
    "figure_training": "Training curves",
    "figure_cost": "Quality against computing time",
    "figure_rate": "Quality against model size",
}


def subject_list(
    subjects: Mapping[str, Sequence[str]], scores: pd.DataFrame, warnings: Sequence[str]
) -> dict[str, Any]:
    """Tabulate the subjects: images, quality of the method that leads in the run, and warnings.

    Parameters
    ----------
    subjects : mapping
        Names of the images of each subject, with their contrasts, by its label.
    scores : DataFrame
        As of `index_page`.
    warnings : sequence of str
        Each with the name of its image.
    """
    psnr, shown = MEASURES["psnr"], contenders(scores) if "recipe" in scores else scores.iloc[:0]
    region = next(
        (
            name
            for name in ("cord", "whole", *shown.get("region", []))
            if name in set(shown.get("region", []))
        ),
        "",
    )
    own = shown[shown["region"] == region] if region else shown
    means = fair_rows(own).groupby("method")["psnr"].mean() if region else pd.Series(dtype=float)
    leader = "" if means.empty else str(means.idxmax())
    rows = []
    for subject, images in subjects.items():
        values = (
            own[(own["method"] == leader) & (own["subject"].astype(str) == subject)]["psnr"]
            if leader
            else means
        )
        rows.append(
            {
                "subject": subject,
                "path": f"results/report/sub-{subject}.html",
                "images": images,
                "score": fixed(float(values.mean()) if len(values) else float("nan"), psnr.digits),
                "warnings": sum(_names(text, images) for text in warnings),
            }
        )
    place = {"cord": " in the cord", "trials": " in trials"}.get(region, "")
    return {"rows": rows, "score": f"{psnr.heading}{place}, {leader}" if leader else psnr.heading}


def _names(text: str, images: Sequence[str]) -> bool:
    """Check whether a text names one of some images."""
    names = [image.rsplit("_", 1)[0] for image in images]
    return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) for name in names)


def run_links(pages: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Titles and paths of the pages of the whole run; a figure that is also a page is listed once."""
    paths = [path for _, path in pages]
    links = []
    for rule, title in TITLES.items():
        for own, path in pages:
            stem = str(PurePosixPath(path).with_suffix(""))
            if own != rule or (path.endswith(".png") and f"{stem}.html" in paths):
                continue
            name = PurePosixPath(path).stem.removeprefix("ablation_")
            links.append({"title": f"{title} {name}" if rule == "figure_ablation" else title, "path": path})
    return links
