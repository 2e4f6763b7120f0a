"""Tables of README and docs, from the table of results."""

import pandas as pd
from gains import gain, scores
from persons_table import REFINED
from targets import STANDARD

from isospine.recipes.baselines import BASELINES
from isospine.words import listed

#: Order of the methods in tables.
METHODS = (*BASELINES, "fourier", "self-prior", "pretrained", REFINED)
LESION = "cord without lesion"

#: Settings of the table of gains, besides the standard one.
SETTINGS = (
    "factor 2.5", "factor 3", "factor 4", "factor 7.3", "factors 5 and 3", "three views", "Gaussian profile",
    "2 % noise", "5 % noise", "axial view alone",
)  # fmt: skip


def costs(table: pd.DataFrame, method: str = "pretrained") -> pd.DataFrame:
    """Rows of the whole volume of one method."""
    return table[(table["setting"] == STANDARD) & (table["region"] == "whole") & (table["method"] == method)]


def compared(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Rows of the persons on whom `pretrained` was measured in the standard setting, and the methods that all have."""
    people = costs(table)["person"]
    own = table[(table["setting"] == STANDARD) & table["person"].isin(people)]
    counts = own[own["region"] == "whole"]["method"].value_counts()
    return own, [name for name in METHODS if counts.get(name, 0) == len(people)]


def row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def grid(head: list[str], rows: list[list[str]]) -> str:
    """Markdown table."""
    return row(head) + "|" + "---|" * len(head) + "\n" + "".join(map(row, rows))


def overview(table: pd.DataFrame) -> str:
    """Means over persons of every method."""
    rows = []
    everybody = table[table["setting"] == STANDARD]["person"]
    table, methods = compared(table)
    for name in methods:
        cells = [f"`{name}`"]
        for region in ("whole", "cord"):
            psnr, ssim = (
                scores(table, STANDARD, region, measure)[name].mean() for measure in ("psnr", "ssim")
            )
            cells.append(f"{psnr:.2f}, {ssim:.3f}")
            found = gain(table, STANDARD, region, method=name)
            low, high = found.interval if name != "tv" else (0.0, 0.0)
            won = f"{found.mean:+.2f} ({low:+.2f} to {high:+.2f}), {found.won} of {len(found.values)}"
            cells.append("" if name == "tv" else won)
        cost = costs(table, name)
        cells += [f"{cost['seconds'].median():.1f}", f"{cost['memory_mb'].max():.0f}"]
        rows.append(cells)
    left = sorted(set(everybody) - set(table["person"]))
    note = (
        f"\nWithout {listed([f'sub-{name}' for name in left])}: all weights learned from it.\n"
        if left
        else ""
    )
    return grid(["", "whole volume", "over `tv`, won", "cord", "over `tv`, won", "CPU s", "MB"], rows) + note


def by_person(table: pd.DataFrame, region: str) -> str:
    """PSNR and SSIM of every method on every person."""
    psnr, ssim = (scores(table, STANDARD, region, measure) for measure in ("psnr", "ssim"))
    methods = [name for name in METHODS if name in psnr]
    rows = [
        [f"`{name}`", *(cell(psnr.loc[person, name], ssim.loc[person, name]) for person in psnr.index)]
        for name in methods
    ]
    return grid(["", *(f"sub-{person}" for person in psnr.index)], rows)


def cell(psnr: float, ssim: float) -> str:
    return "" if pd.isna(psnr) else f"{psnr:.2f}, {ssim:.3f}"


def gains_by_person(table: pd.DataFrame) -> str:
    """PSNR of `pretrained` and its gain over `tv` on every person, refined or not, whole and cord."""
    columns = [("whole", "pretrained"), ("whole", REFINED), ("cord", "pretrained"), (LESION, "pretrained")]
    parts = {
        key: (scores(table, STANDARD, key[0]), gain(table, STANDARD, key[0], method=key[1]))
        for key in columns
    }
    rows = []
    for person in scores(table, STANDARD, "whole").index:
        cells = [f"sub-{person}"]
        for (_, method), (psnr, found) in parts.items():
            there = person in found.values
            cells.append(f"{psnr.loc[person, method]:.2f} ({found.values[person]:+.2f})" if there else "")
        used = costs(table).set_index("person")["weights"].get(person, "")
        rows.append([*cells, f"`{used}`" if used else ""])
    means = ["mean (95 % interval)"]
    for _, found in parts.values():
        low, high = found.interval if len(found.values) > 2 else (0.0, 0.0)
        means.append(f"{found.mean:+.2f} ({low:+.2f} to {high:+.2f})" if len(found.values) > 2 else "")
    return grid(
        ["person", "whole volume", "`refine: 1000`", "cord", LESION, "weights"], [*rows, [*means, ""]]
    )


def gains_by_setting(table: pd.DataFrame) -> str:
    """Gain over `tv` of the whole volume in other settings."""
    found = {name: gain(table, name, "whole") for name in SETTINGS}
    people = scores(table, STANDARD, "whole").index
    rows = []
    for name, one in found.items():
        if len(one.values):
            cells = [f"{one.values[person]:+.2f}" if person in one.values else "" for person in people]
            rows.append([name, *cells, f"{one.mean:+.2f}"])
    return grid(["", *(f"sub-{person}" for person in people), "mean"], rows)


def oblique(table: pd.DataFrame) -> str:
    """PSNR on the oblique pair, where both views see."""
    rows = []
    methods = [*BASELINES, "fourier", "pretrained"]
    for setting, noise in (("oblique pair", "none"), ("oblique pair, 1 % noise", "1 %")):
        found = scores(table, setting, "both views").reindex(columns=methods)
        for person, own in found.iterrows():
            cells = ["" if pd.isna(value) else f"{value:.2f}" for value in own]
            ahead = own["pretrained"] - own.drop("pretrained").max()
            rows.append([f"sub-{person}", noise, *cells, "" if pd.isna(ahead) else f"{ahead:+.2f}"])
    head = ["volume", "noise", *(f"`{name}`" for name in methods), "`pretrained` over the best other"]
    return grid(head, sorted(rows, key=lambda cells: cells[0]))
