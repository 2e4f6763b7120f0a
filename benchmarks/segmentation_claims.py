"""What docs/segmentation.md says of measured segmentations, from their table of results."""

import pandas as pd
from claim_tables import grid
from segmentation import RESULTS, SETTINGS, SHARED

from isospine.words import listed

#: How the methods are called in the text, in the order of the table.
TITLES = {
    "nearest": "nearest slice",
    "shape-based": "shape-based interpolation of the axial labels",
    "tv": "total variation of the occupancy",
    "distance-spline": "spline of the signed distance",
    "network": "network",
    SHARED: "network that sees the image too",
}
#: What labels are segmented with by default.
DEFAULTS = {"binary": "distance-spline", "binary, axial alone": "distance-spline", "soft": "tv"}
COMMON = "shape-based"

#: Whether more of a score is better.
SIGNS = {"dice": 1, "area": -1, "distance": -1}


def read_results() -> pd.DataFrame:
    """What was measured, by labels, method and person."""
    return pd.read_csv(RESULTS, sep="\t").set_index(["labels", "method", "person"]).sort_index()


def segmentation() -> str:
    """Table with a row for each kind of labels and method, of all persons."""
    table = read_results()
    persons = sorted(set(table.index.get_level_values("person")))
    head = ["labels", "method", *(f"Dice, {person}" for person in persons), "area error, %"]
    head += ["surface distance, mm", "its 95 %", "CPU s"]
    rows = []
    for labels in SETTINGS:
        for method in TITLES:
            if (labels, method) in table.index:
                own = table.loc[(labels, method)]
                cells = [labels, f"`{method}`", *(f"{own['dice'][person]:.3f}" for person in persons)]
                cells += [
                    " / ".join(f"{own[name][person]:.{digits}f}" for person in persons)
                    for name, digits in (("area", 1), ("distance", 2), ("distance95", 1), ("seconds", 1))
                ]
                rows.append(cells)
    return grid(head, rows)


def findings() -> list[str]:
    """Sentences about which method is better, as an item for each kind of labels, and for the network."""
    table = read_results()
    items = []
    for labels, method in DEFAULTS.items():
        own, common = table.loc[(labels, method)], table.loc[(labels, COMMON)]
        items.append(
            f"**{labels.capitalize()}.** The {TITLES[method]} has Dice {values(own['dice'], 3)}, and {TITLES[COMMON]} "
            f"{values(common['dice'], 3)}: {better(own, common, 'dice')}. Areas are wrong by {values(own['area'], 1)} % instead of "
            f"{values(common['area'], 1)} %: {better(own, common, 'area')}."
        )
    assumed, wrong = (table.loc[(labels, "tv")]["dice"] for labels in ("soft", "soft, Gaussian slices"))
    items.append(
        f"**Another slice profile than is assumed** costs total variation {(assumed - wrong).min():.3f} to "
        f"{(assumed - wrong).max():.3f} of Dice."
    )
    for labels in ("binary", "soft"):
        alone, best, common = (table.loc[(labels, name)] for name in ("network", DEFAULTS[labels], COMMON))
        items.append(
            f"**The network, {labels} labels.** Dice {values(alone['dice'], 3)}; than the {TITLES[DEFAULTS[labels]]} it is "
            f"{better(alone, best, 'dice')}, and in the area's error {better(alone, best, 'area')} ({values(alone['area'], 1)} %); than "
            f"{TITLES[COMMON]} {better(alone, common, 'dice')}. It takes "
            f"{alone['seconds'].min():.0f} to {alone['seconds'].max():.0f} CPU seconds instead of "
            f"{best['seconds'].min():.1f} to {best['seconds'].max():.1f}."
        )
    alone, shared = (table.loc[("binary", name)]["dice"] for name in ("network", SHARED))
    items.append(
        f"**The image beside binary labels** changes the network's Dice by {(shared - alone).min():+.3f} to "
        f"{(shared - alone).max():+.3f}, in about twice the time."
    )
    return items


def values(scores: "pd.Series[float]", digits: int) -> str:
    """Scores of all persons, in order."""
    return listed([f"{value:.{digits}f}" for value in scores.sort_index()])


def better(one: pd.DataFrame, other: pd.DataFrame, score: str) -> str:
    """On how many persons one method is better than another."""
    ahead = int((SIGNS[score] * (one[score] - other[score]) > 0).sum())
    total = len(one)
    return (
        "better on all"
        if ahead == total
        else "worse on all"
        if ahead == 0
        else f"better on {ahead} of {total}"
    )
