"""Write the data paragraph of a methods section: Markdown with citations for Pandoc."""

from collections.abc import Mapping, Sequence
from typing import Any

from isospine.numbers import significant
from isospine.words import count_images, escape_markdown

Record = Mapping[str, Any]


def data_text(
    dataset: Record, persons: str, images: int, contrasts: Sequence[str], left_out: Sequence[str]
) -> str:
    """Describe the data, and name what their record lacks."""
    name = escape_markdown(dataset["name"] or "")
    text = f"The data were {count_images(images, contrasts)}{',' * (len(contrasts) > 1)} of {persons} "
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


def span(values: Sequence[float], unit: str) -> str:
    """Write the lowest to the highest value, or the one that all share."""
    low, high = significant(min(values)), significant(max(values))
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"
