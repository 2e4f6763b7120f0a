"""The paragraphs of a methods section on the data and the views: Markdown with citations as Pandoc reads them."""

from collections.abc import Mapping, Sequence
from typing import Any

from isospine.plan.contrasts import views_of
from isospine.report.citations import escape_markdown
from isospine.words import count, count_images, listed

Record = Mapping[str, Any]


def data_text(
    dataset: Record, subjects: int, images: int, contrasts: Sequence[str], left_out: Sequence[str]
) -> str:
    """Which data, and what their record does not say."""
    name = escape_markdown(dataset["name"] or "")
    text = f"The data were {count_images(images, contrasts)}{',' * (len(contrasts) > 1)} of {count(subjects, 'subject')} "
    text += f'of the BIDS dataset "{name}"' if name else "of a BIDS dataset (its name is not recorded)"
    if "spine-generic" in f"{dataset['name']} {dataset['source']}".lower():
        text += " [@cohenadad2021]"
    if dataset["commit"]:
        text += f", version {escape_markdown(dataset['version'])} (commit `{dataset['commit']}`)"
    else:
        text += ", of which neither version nor commit is recorded"
    doi, licence = (escape_markdown(dataset[key] or "") for key in ("doi", "licence"))
    text += f", DOI {doi}" if doi else ", without a recorded DOI"
    text += f", licence {licence}." if licence else ", without a recorded licence."
    if dataset["commit"]:
        text += " It was retrieved with DataLad [@halchenko2021]."
    text += " The data are organised by BIDS [@gorgolewski2016]."
    if left_out:
        text += f" Left out because a processing step failed: {', '.join(left_out)}."
    return text


def acquisition_text(sidecars: Sequence[Record], noise: float) -> str:
    """How the views were simulated, from their sidecars."""
    planes: dict[tuple[str, float], list[float]] = {}
    for sidecar in sidecars:
        key = (sidecar["Plane"], float(sidecar["Factor"]))
        planes.setdefault(key, []).append(float(sidecar["SliceThickness"]))
    views = [
        f"{plane} slices of {span(thickness, ' mm')} ({factor:g} voxels of the reference)"
        for (plane, factor), thickness in planes.items()
    ]
    profile = sidecars[0]["SliceProfile"] if sidecars else "unrecorded"
    text = f"From each isotropic image, the reference, thick-slice views were simulated: {listed(views)}"
    if profile == "point":
        text += ", by cubic-spline resampling at the slice centres, without a slice profile."
    else:
        text += f", each slice the mean of the reference weighted by a {profile} slice profile along its thick axis."
    if noise:
        return f"{text} Rician noise [@gudbjartsson1995] of {noise:g} of the reference's intensity range was added."
    return f"{text} No noise was added."


def contrasts_text(settings: Mapping[str, Any], contrasts: Sequence[str]) -> str:
    """Which contrast has which views, as an addition to what they are; "" for a single contrast."""
    if len(contrasts) == 1:
        return ""
    own = [f"{listed([view['plane'] for view in views_of(settings, name)])} of {name}" for name in contrasts]
    return (
        f" The planes were {'; '.join(own)}. Contrasts of one subject were taken to be aligned as their headers say, and were "
        "measured each by itself."
    )


def span(values: Sequence[float], unit: str) -> str:
    """Lowest to highest value, or the one that all are."""
    low, high = f"{min(values):.3g}", f"{max(values):.3g}"
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"
