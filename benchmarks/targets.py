"""The figures to reach beside those that were reached, from the table of results: printed by `make bench`."""

from collections.abc import Callable, Sequence
from importlib import resources
from typing import NamedTuple

import numpy as np
import pandas as pd
from gains import BEST_CLASSICAL, gain, scores
from persons_table import read_table

STANDARD = "factor 5"
LICENSED = ["sct08mm", "sct1mm", "unf01"]
#: Settings whose gain over `tv` is to be at least 0.3 dB each, on the mean over persons.
VARIED = ["factor 2.5", "factor 3", "factor 4", "factor 7.3", "factors 5 and 3", "three views"]
PHANTOM = "320 x 320 x 64"


class Target(NamedTuple):
    """A row: what is measured, what is to be reached, what was, and whether that is enough (None: not measured)."""

    title: str
    aim: str
    reached: str
    enough: bool | None


def at_least(title: str, aims: Sequence[float], values: Sequence[float], form: str = "{:.2f}") -> Target:
    """Row of values that each have an aim."""
    aim = " / ".join(f">= {form.format(one)}" for one in aims)
    if not len(values) or np.isnan(values).any():
        return Target(title, aim, "not measured", None)
    enough = all(value >= one for value, one in zip(values, aims, strict=True))
    return Target(title, aim, " / ".join(form.format(value) for value in values), enough)


def of_persons(table: pd.DataFrame) -> list[Target]:
    """Rows of the standard setting."""
    found = scores(table, STANDARD, "whole").reindex(LICENSED)
    psnr = found["pretrained"].tolist() if "pretrained" in found else []
    rows = [at_least(" / ".join(LICENSED) + ", whole volume, dB", (30.6, 32.1, 42.3), psnr)]
    own = table[(table["setting"] == STANDARD) & (table["method"] == "pretrained")]
    if len(own):
        slowest = float(own["seconds"].max())
        rows.append(
            Target("slowest person, CPU s after start-up", "<= 1.5", f"{slowest:.2f}", slowest <= 1.5)
        )
    whole, cord = gain(table, STANDARD, "whole"), gain(table, STANDARD, "cord", BEST_CLASSICAL)
    if len(whole.values) > 2:
        (low, high), least = whole.interval, float(whole.values.min())
        reached = (
            f"{whole.mean:+.2f} ({low:+.2f} to {high:+.2f}), {len(whole.values)} persons, lowest {least:+.2f}"
        )
        rows.append(
            Target(
                "whole volume against tv, dB",
                ">= +0.75 (above +0.5), none below 0",
                reached,
                whole.mean >= 0.75 and low > 0.5 and least >= 0,
            )
        )
    if len(cord.values) > 2:
        low, high = cord.interval
        reached = f"{cord.mean:+.2f} ({low:+.2f} to {high:+.2f}), {len(cord.values)} cords"
        rows.append(
            Target(
                "cord against the best classical of each image, dB",
                ">= +0.3 (above 0)",
                reached,
                cord.mean >= 0.3 and low > 0,
            )
        )
    return rows


def of_settings(table: pd.DataFrame) -> list[Target]:
    """Rows of the other settings, means over persons."""

    def mean(setting: str, comparator: str = "tv", region: str = "whole") -> list[float]:
        found = gain(table, setting, region, comparator).values
        return [float(found.mean())] if len(found) else []

    noisy = scores(table, "2 % noise", "whole")
    noisy_psnr = noisy.loc[noisy.index == "sct08mm", "pretrained"].tolist() if "pretrained" in noisy else []
    rows = [
        at_least("T1w against tv, dB", [0.2], mean("T1w"), "{:+.2f}"),
        Target("brain against tv, dB", ">= +0.20", "no volume here", None),
        at_least("sct08mm, 2 % noise, dB", [29.0], noisy_psnr),
    ]
    rows += [at_least(f"{name} against tv, dB", [0.3], mean(name), "{:+.2f}") for name in VARIED]
    oblique = scores(table, "oblique pair, 1 % noise", "both views")
    for person in oblique.index:
        own = oblique.loc[person].drop(BEST_CLASSICAL)
        if "pretrained" in own.dropna():
            others = own.drop("pretrained")
            difference = [own["pretrained"] - others.max()]
            title = f"oblique pair, 1 % noise, {person} against {others.idxmax()}, dB"
            rows.append(at_least(title, [0.3], difference, "{:+.2f}"))
    alone = gain(table, "axial view alone", "whole", "cubic").values
    rows.append(
        at_least(
            f"axial view alone against cubic, {len(alone)} persons, dB",
            [0.8],
            [alone.mean()] if len(alone) else [],
            "{:+.2f}",
        )
    )
    return rows


def of_cost(table: pd.DataFrame) -> list[Target]:
    """Rows of sizes and of the large phantom."""
    with resources.as_file(resources.files("isospine.models.pretrained") / "weights.safetensors") as path:
        size = path.stat().st_size / 1e6
    rows = [Target("weights, MB", "< 2", f"{size:.2f}", size < 2)]
    large = table[(table["setting"] == PHANTOM) & (table["method"] == "pretrained")]
    for _, row in large.iterrows():
        reached = f"{row['seconds']:.1f} s, {row['memory_mb'] / 1000:.1f} GB"
        enough = bool(row["seconds"] <= 10 and row["memory_mb"] <= 4000)
        rows.append(Target(f"{PHANTOM}, CPU s and memory", "<= 10 s, <= 4 GB", reached, enough))
    found = scores(table, STANDARD, "whole")
    best = [name for name in found if name.startswith("pretrained")]
    if best and "sct08mm" in found.index:
        rows.append(at_least("sct08mm, best of both, dB", [31.0], [float(found.loc["sct08mm", best].max())]))
    return rows


def targets(table: pd.DataFrame) -> list[Target]:
    """All rows."""
    parts: list[Callable[[pd.DataFrame], list[Target]]] = [of_persons, of_settings, of_cost]
    return [row for part in parts for row in part(table)]


def run(table: pd.DataFrame) -> None:
    """Print figures to reach and figures reached."""
    print(f"  {'':<62} {'to reach':<38} reached")
    for row in targets(table):
        mark = {True: "yes", False: "NO", None: "-"}[row.enough]
        print(f"  {row.title:<62} {row.aim:<38} {row.reached} [{mark}]")


if __name__ == "__main__":
    run(read_table())
