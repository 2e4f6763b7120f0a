"""Write what README and docs say of measured figures, from the table of results; `--check` only compares.

A block of a page is between `<!-- figures: NAME -->` and `<!-- end of figures -->`; everything in it is computed.
"""

import argparse
import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from claim_tables import (
    LESION,
    by_person,
    compared,
    costs,
    gains_by_person,
    gains_by_setting,
    oblique,
    overview,
)
from compressed_claims import compression
from cost_claims import fixed_point, grids, refinement, starts, voxel_costs
from followup_claims import follow_up
from gains import BEST_CLASSICAL, Gain, gain
from persons_table import REFINED, read_table
from segmentation_claims import findings, segmentation
from slices_claims import slices
from targets import PHANTOM, STANDARD

from isospine.words import listed

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"(<!-- figures: ([\w -]+) -->\n)(.*?)(<!-- end of figures -->)", re.DOTALL)
#: Pages with blocks of figures.
PAGES = [
    str(path.relative_to(ROOT))
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if BLOCK.search(path.read_text(encoding="utf-8"))
]


def apart(difference: float) -> str:
    """A difference of PSNR in words."""
    return f"{abs(difference):.2f} dB {'better' if difference > 0 else 'worse'}"


def with_interval(found: Gain, what: str = "95 % interval over persons ") -> str:
    """Mean gain and its interval."""
    low, high = found.interval
    return f"{found.mean:+.2f} dB ({what}{low:+.2f} to {high:+.2f})"


def paragraph(*sentences: str) -> str:
    """Sentences as wrapped lines of text."""
    return textwrap.fill(" ".join(sentences), 120, break_long_words=False, break_on_hyphens=False) + "\n"


def answer(table: pd.DataFrame) -> str:
    """Whether the network is better than plain interpolation, in three sentences."""
    whole, cubic = gain(table, STANDARD, "whole"), gain(table, STANDARD, "whole", "cubic")
    cord = gain(table, STANDARD, "cord", BEST_CLASSICAL)
    least, most = cubic.values.min(), cubic.values.max()
    return paragraph(
        f"On real spines of {len(whole.values)} persons that it never saw, the network `pretrained`, which comes with isospine, "
        f"is {least:.1f} to {most:.1f} dB better than cubic interpolation.",
        f"Over total variation it gains {with_interval(whole)}, and {on_all(whole)}.",
        f"In the cord it is {verdict(cord)} the best classical method of each image, which takes the truth to choose: "
        f"{with_interval(cord, '')}.",
    )


def verdict(found: Gain) -> str:
    """Whether a gain differs from zero, in words."""
    low, high = found.interval
    return "better than" if low > 0 else "worse than" if high < 0 else "not clearly better than"


def best_classical(table: pd.DataFrame) -> str:
    """Gain over the best classical method of each image, and what the network takes."""
    best, seconds = gain(table, STANDARD, "whole", BEST_CLASSICAL), costs(table)["seconds"]
    return paragraph(
        f"Over the best classical method of each image, chosen with the truth at hand, it gains {with_interval(best, '')} in the "
        f"whole volume. It takes {seconds.min():.1f} to {seconds.max():.1f} CPU seconds an image."
    )


def on_all(found: Gain) -> str:
    """On how many persons a method is better."""
    total = len(found.values)
    return f"it is better on all {total}" if found.won == total else f"it is better on {found.won} of {total}"


def cord(table: pd.DataFrame) -> str:
    """What holds in the cord."""
    against_tv, oracle = gain(table, STANDARD, "cord"), gain(table, STANDARD, "cord", BEST_CLASSICAL)
    behind = listed([f"sub-{name} ({value:+.2f} dB)" for name, value in oracle.values.items() if value <= 0])
    sentences = [
        f"Over {len(oracle.values)} cords it is {verdict(oracle)} the best classical method of each: {with_interval(oracle)}"
        + (f"; it is behind in {behind}." if behind else ".")
        + f" Over total variation it gains {with_interval(against_tv, '')}."
    ]
    for name, value in gain(table, STANDARD, LESION).values.items():
        sentences.append(
            f"In the cord of sub-{name}, into which its source painted a bright lesion, it is "
            f"{apart(float(against_tv.values[name]))} than total variation; without the lesion and 2 voxels around it, {apart(value)}."
        )
    return bullet("**Cord.**", *sentences, "Rare anatomy is smoothed towards what is common.")


def bullet(*sentences: str) -> str:
    """Sentences as an item of a list."""
    lines = textwrap.wrap(" ".join(sentences), 118, break_long_words=False, break_on_hyphens=False)
    return "- " + "\n  ".join(lines) + "\n"


def whole(table: pd.DataFrame) -> str:
    """What holds of other views, and of the ablations."""
    sentences = []
    noise, alone = gain(table, "2 % noise", "whole"), gain(table, "axial view alone", "whole", "cubic")
    if len(noise.values) > 2:
        sentences.append(f"With 2 % Rician noise the gain over total variation is {with_interval(noise)}.")
    if len(alone.values) > 2:
        sentences.append(
            f"From the axial view alone it gains {with_interval(alone)} over cubic interpolation ({len(alone.values)} persons)."
        )
    return bullet("**Other views.**", *sentences) if sentences else ""


def ablations(table: pd.DataFrame) -> str:
    """What refinement and the networks that learn from the views alone give."""
    table, _ = compared(table)
    sentences = []
    refined = gain(table, STANDARD, "whole", "pretrained", REFINED)
    if len(refined.values) > 2:
        seconds = costs(table, REFINED)["seconds"]
        sentences.append(
            f"Refining `pretrained` on the views (`refine: 1000`) changes it by {with_interval(refined, '')}, and takes "
            f"{seconds.median():.0f} CPU seconds."
        )
    for name in ("self-prior", "fourier"):
        own, ours = gain(table, STANDARD, "whole", method=name), gain(table, STANDARD, "whole", name)
        if len(own.values) > 2:
            seconds = costs(table, name)["seconds"]
            sentences.append(
                f"`{name}`, which learns from the views alone, gains {with_interval(own, '')} over total variation in "
                f"{seconds.median():.0f} CPU seconds; `pretrained` is {apart(ours.mean)}."
            )
    return bullet("**Trained on the image.**", *sentences) if sentences else ""


def further(table: pd.DataFrame) -> str:
    """Other contrast, one view against cubic interpolation, and the large phantom, in a sentence each."""
    sentences = []
    alone, contrast = gain(table, "axial view alone", "whole", "cubic"), gain(table, "T1w", "whole")
    if len(alone.values):
        low, high = alone.values.min(), alone.values.max()
        sentences.append(
            f"From the axial view alone it is {low:.2f} to {high:.2f} dB better than cubic interpolation."
        )
    for person, value in contrast.values.items():
        sentences.append(
            f"On the T1w image of sub-{person} it is {apart(float(value))} than total variation."
        )
    for _, large in table[(table["setting"] == PHANTOM) & (table["method"] == "pretrained")].iterrows():
        sentences.append(
            f"A volume of {PHANTOM} voxels takes {large['seconds']:.0f} CPU seconds and {large['memory_mb'] / 1000:.1f} GB."
        )
    return paragraph(*sentences)


#: By the name of the block.
BLOCKS: dict[str, Callable[[pd.DataFrame], str]] = {
    "answer": answer,
    "best classical": best_classical,
    "overview": overview,
    "findings": lambda table: cord(table) + whole(table) + ablations(table),
    "persons": gains_by_person,
    "settings": gains_by_setting,
    "further": further,
    "whole volume": lambda table: by_person(table, "whole"),
    "cord": lambda table: by_person(table, "cord"),
    "oblique": oblique,
    "follow-up": lambda _: follow_up(),
    "segmentation": lambda _: segmentation(),
    "segmentation findings": lambda _: "".join(map(bullet, findings())),
    "cost of a voxel": lambda _: voxel_costs(),
    "fixed point": lambda _: fixed_point(),
    "slices": lambda _: slices(),
    "refinement": lambda _: refinement(),
    "grids": lambda _: grids(),
    "starts": lambda _: starts(),
    "compression": lambda _: compression(),
}


def computed(page: str, table: pd.DataFrame) -> str:
    """Text of a page with its blocks as the table has them."""
    return BLOCK.sub(lambda match: f"{match[1]}\n{BLOCKS[match[2]](table)}\n{match[4]}", page)


def main() -> int:
    """Write the blocks of all pages, or name the pages whose blocks are not those of the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page differs")
    check = parser.parse_args().check
    table = read_table()
    stale = []
    for name in PAGES:
        page = ROOT / name
        text = page.read_text(encoding="utf-8")
        new = computed(text, table)
        if new != text:
            stale.append(name)
            if not check:
                page.write_text(new, encoding="utf-8")
    if check and stale:
        print(
            f"{listed(stale)}: not what the table of results says; run benchmarks/claims.py", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
