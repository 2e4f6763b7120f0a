"""Say what changed since an earlier scan, and what is only remembered; of one follow-up alone as a page."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from isospine.figures.follow_up import follow_up_figure
from isospine.figures.panels import Panel
from isospine.geometry.display_slices import image_frame
from isospine.geometry.grid import Volume
from isospine.models.earlier.change import THRESHOLD
from isospine.models.earlier.maps import FollowUpMaps
from isospine.models.earlier.model import FollowUpModel
from isospine.numbers import fixed
from isospine.numbers import share as say_share
from isospine.report.body_page import embedded
from isospine.report.page import render
from isospine.report.viewer.page import viewer_page

TEMPLATE = "follow_up.html"
#: Columns of the table of clusters: key, heading and decimal places.
COLUMNS = (
    ("x_mm", "R (mm)", 1),
    ("y_mm", "A (mm)", 1),
    ("z_mm", "S (mm)", 1),
    ("volume_mm3", "volume (mm3)", 1),
    ("peak_z", "peak z", 1),
    ("percent", "mean change (% of range)", 1),
)


def follow_up_page(model: FollowUpModel, maps: FollowUpMaps, name: str) -> str:
    """Write the page of a follow-up with its figure in it, in plain ASCII, every name escaped.

    Parameters
    ----------
    model : FollowUpModel
        The reconstruction.
    maps : FollowUpMaps
        Its maps.
    name : str
        The image as the page calls it.
    """
    return render(
        TEMPLATE,
        title=f"isospine: follow-up of {name}",
        name=name,
        found=follow_up_findings(model, maps),
        figure=embedded(change_figure(model, maps)),
    )


def change_figure(model: FollowUpModel, maps: FollowUpMaps) -> Figure:
    """Draw both scans and the maps, where they change most."""
    return follow_up_figure(
        model.image,
        maps.volumes["earlier"],
        maps.volumes["change"],
        maps.volumes["zscore"],
        model.remembered,
        model.displacement,
        model.grid,
        THRESHOLD,
        focus_of(maps),
    )


def follow_up_findings(model: FollowUpModel, maps: FollowUpMaps) -> dict[str, Any]:
    """Collect in words and tables what a follow-up found, for JSON and for the macros of follow_up_parts.html."""
    percent = 100 / (float(np.ptp(model.image)) or 1.0)
    shown = maps.clusters.assign(percent=maps.clusters["mean_change"] * percent)
    rows = [[fixed(float(row[key]), digits) for key, _, digits in COLUMNS] for _, row in shown.iterrows()]
    return {
        "kind": "follow-up",
        "method": model.provenance["method"],
        "earlier": model.provenance["earlier"],
        "used": model.verdict["used"],
        "reason": model.verdict["reason"],
        "warnings": [model.verdict["caution"]] if model.verdict["caution"] else [],
        "clusters": {"heads": [heading for _, heading, _ in COLUMNS], "rows": rows},
        "threshold": fixed(THRESHOLD, 1),
        "facts": placement_facts(model, maps),
    }


def follow_up_viewer(model: FollowUpModel, maps: FollowUpMaps, name: str) -> str:
    """Write the interactive page of both scans, to flicker between them."""
    placed = "earlier scan in its place" if model.verdict["used"] else "earlier scan, not used"
    titles = ("later scan", placed, "later scan without the earlier one")
    volumes = (model.image, maps.volumes["earlier"], model.alone)
    panels = [Panel(title, image, model.grid.affine) for title, image in zip(titles, volumes, strict=True)]
    frame = image_frame(model.image, model.grid.affine, focus_of(maps))
    return viewer_page(
        f"Earlier and later scan of {name}", panels, frame, second=1, first_note="", difference="difference"
    )


def focus_of(maps: FollowUpMaps) -> NDArray[np.uint8] | None:
    """Mark the voxel with the highest score, where it is beyond the threshold; None if nothing is told to have changed."""
    score: Volume = np.abs(maps.volumes["zscore"])
    if score.max() < THRESHOLD or maps.clusters.empty:
        return None
    mark = np.zeros(score.shape, np.uint8)
    mark[np.unravel_index(int(score.argmax()), score.shape)] = 1
    return mark


def placement_facts(model: FollowUpModel, maps: FollowUpMaps) -> list[tuple[str, str]]:
    """Say how the earlier scan was placed and judged, as terms and texts."""
    length = np.sqrt(np.einsum("a...,a...->...", model.displacement, model.displacement))[model.covered]
    growth = maps.volumes["jacobian"][model.covered]
    low, high = np.percentile(growth, [1, 99])
    verdict = model.verdict
    facts = [
        ("Deformation", model.hyperparameters.field),
        ("Coverage", f"{say_share(float(model.covered.mean()))} of the volume is in the earlier scan"),
        (
            "Displacement",
            f"{fixed(float(np.median(length)), 1)} mm (median), {fixed(float(length.max()), 1)} mm at most, motion included",
        ),
        ("Change of volume", f"factor {fixed(low, 2)} to {fixed(high, 2)} (98 % of the voxels)"),
        ("Folds", f"{maps.folds} voxels"),
        ("Variation of the change", f"{say_share(verdict['ratio'])} of that of the anatomy"),
    ]
    if verdict["alone"] is not None:
        told = f"{fixed(verdict['with_earlier'], 2)} dB with the earlier scan, {fixed(verdict['alone'], 2)} dB without"
        facts.append(("Held-out slices", told))
    return facts
