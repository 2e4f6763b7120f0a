"""Choose the reconstructions of a comparison, and their captions."""

from collections.abc import Sequence

import pandas as pd

from isospine.evaluation.measures import MEASURES, REGIONS
from isospine.figures.panels import Panel
from isospine.geometry.grid import Affine, Volume
from isospine.io.nifti import load_volume
from isospine.io.tables import read_table
from isospine.recipes.baselines import baseline_title

#: Beside the title of the best method without a network.
BEST = "best classical"
#: Kinds of the methods without a network, of which the best is shown.
CLASSICAL = ("classical", "baseline")


def choose_classical(shown: Sequence[dict[str, str]], psnr: Sequence[float]) -> tuple[list[int], int | None]:
    """Choose the reconstructions to show: of those whose kind is `classical` only the one with the highest PSNR, if any.

    Parameters
    ----------
    shown : sequence of dict
        `kind` of each reconstruction.
    psnr : sequence of float
        Of each reconstruction, dB.

    Returns
    -------
    chosen : list of int
        Indices of the reconstructions to show.
    best : int or None
        Index of the best method without a network, if it was chosen from several.
    """
    candidates = [number for number, one in enumerate(shown) if one["kind"] in CLASSICAL]
    best = max(candidates, key=lambda number: psnr[number], default=None)
    chosen = [number for number, one in enumerate(shown) if one["kind"] != "classical" or number == best]
    return chosen, best if len(chosen) < len(shown) else None


def read_comparison(
    reference: str, images: Sequence[str], metrics: Sequence[str], methods: Sequence[dict[str, str]]
) -> tuple[list[Panel], list[dict[str, str]]]:
    """Read the data of a comparison of one image.

    Parameters
    ----------
    reference : str
        Path of the reference.
    images, metrics : sequence of str
        Paths of the reconstructions and of their metrics.
    methods : sequence of dict
        `kind`, `title` and `label` of each.

    Returns
    -------
    panels : list of Panel
        The reference, and the reconstructions that are shown.
    shown : list of dict
        The methods of these reconstructions; the best method without a network has a `note` where others are left out.
    """
    volume, affine = load_volume(reference)
    tables = [read_table(path) for path in metrics]
    psnr = [float(table.loc[table["region"] == "whole", "psnr"].iloc[0]) for table in tables]
    chosen, best = choose_classical(methods, psnr)
    shown = [
        (methods[number] | ({"note": BEST} if number == best else {}), tables[number]) for number in chosen
    ]
    volumes = [load_volume(images[number])[0] for number in chosen]
    return comparison_panels(volume, affine, volumes, shown), [method for method, _ in shown]


def compared_images(
    panels: Sequence[Panel], shown: Sequence[dict[str, str]]
) -> tuple[dict[str, str], list[tuple[str, Volume]]]:
    """Titles by method, and image of each method, of what `read_comparison` gives."""
    named = list(zip((method["title"] for method in shown), panels[1:], strict=True))
    return {name: panel.title for name, panel in named}, [(name, panel.data) for name, panel in named]


def comparison_panels(
    reference: Volume,
    affine: Affine,
    images: Sequence[Volume],
    shown: Sequence[tuple[dict[str, str], pd.DataFrame]],
) -> list[Panel]:
    """Panels of the reference and of reconstructions on its grid, with their PSNR and SSIM beneath."""
    first = pd.DataFrame({"region": ["whole"]}) if not shown else shown[0][1]
    second = "cord" if "cord" in set(first["region"]) else "mask"
    measures = [MEASURES[name] for name in ("psnr", "ssim")]
    titles = ", ".join(measure.title for measure in measures)
    notes = [f"{titles} of {REGIONS['whole'].short}:", f"of {REGIONS[second].short}:"]
    panels = [Panel("reference", reference, affine, notes)]
    for image, (one, table) in zip(images, shown, strict=True):
        values = table.set_index("region")
        notes = [
            ", ".join(one.say(float(values[one.name][region]), one.figure_digits) for one in measures)
            for region in ("whole", second)
        ]
        title = f"INR {one['title']}" if one["kind"] == "network" else baseline_title(one["title"])
        title += f" ({one['note']})" if "note" in one else ""
        panels.append(Panel(title, image, affine, notes))
    return panels
