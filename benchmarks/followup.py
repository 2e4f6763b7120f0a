"""What an earlier scan of the same person adds to two thick-slice views of a later session, and whether lesions survive it.

Second sessions are simulated (`second_session`): no real pair of sessions is at hand. The share of a lesion's amplitude is
that of the difference between two reconstructions, of sessions that differ by the lesion alone, over the true difference.

`.venv/bin/python benchmarks/followup.py --only sct08mm --seeds 0` measures a part of the table.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measured import method_of
from persons import Person, available_weights, unseen_weights
from real_data import data_folder
from second_session import FOLDER, GONE, NEW, SMALL, Change, SecondSession, second_session
from session_anatomy import EASY, HARD
from updated_table import update
from view_sets import baseline

from isospine.evaluation.metrics import psnr
from isospine.geometry.grid import Volume
from isospine.models.earlier.place import PlacedScan, place_earlier
from isospine.solvers.change_variation import change_variation
from isospine.solvers.nonnegative import nonnegative_solution
from isospine.views.view_set import stack_set

RESULTS = Path(__file__).parent / "results/followup.tsv"
KEY = ["person", "difficulty", "seed", "change", "method"]
DIGITS = {"psnr": 2, "cord": 2, "share": 3, "field": 3, "cord_field": 3, "seconds": 1}
DIFFICULTIES = {"easy": EASY, "hard": HARD}
CHANGES = {"lesion 4 mm": NEW, "lesion 2.4 mm": SMALL, "lesion gone": GONE}
#: The same sessions without the lesion.
TWIN = Change(lesion="none")


def earlier_method(session: SecondSession, field: str) -> tuple[Volume, PlacedScan]:
    """Reconstruction with the earlier scan, and where that was placed."""
    view_set = stack_set("T2w", session.views, session.grid)
    placed = place_earlier(session.earlier, session.earlier_grid.affine, view_set, field)
    image = change_variation(session.views, session.grid, placed.volume, placed.covered)
    return nonnegative_solution(image, session.views, session.grid), placed


def reconstructions(
    session: SecondSession, methods: Sequence[str], weights: str | None
) -> Iterator[tuple[str, Volume, dict[str, float]]]:
    """Name, image, and cost and errors of each method."""
    for method in methods:
        start = time.process_time()
        errors = {}
        if method.startswith("earlier"):
            image, placed = earlier_method(session, method.split()[-1])
            wrong = np.linalg.norm(placed.displacement - session.displacement, axis=0)
            known = session.tissue & session.covered
            errors = {
                "field": float(wrong[known].mean()),
                "cord_field": float(wrong[known & session.cord].mean()),
            }
        elif method == "pretrained":
            if weights is None:
                continue
            image = method_of(method, weights)(session.views, session.grid)
        else:
            image = baseline(method)(session.views, session.grid)
        yield method, image, {"seconds": time.process_time() - start} | errors


def scores(session: SecondSession, image: Volume) -> dict[str, float]:
    """PSNR of the whole volume and of the cord."""
    cord = session.cord
    return {
        "psnr": psnr(session.truth, image, session.range),
        "cord": psnr(session.truth[cord], image[cord], session.range),
    }


def rows_of(
    label: str, difficulty: str, seed: int, changes: Sequence[str], methods: Sequence[str], folder: Path
) -> Iterator[dict[str, Any]]:
    """Measurements of one pair of sessions, with each change."""
    person = Person(folder / f"sub-{label}", label)
    weights = unseen_weights(person.volumes, 2, available_weights())
    about = {"person": label, "difficulty": difficulty, "seed": seed}
    twin = second_session(label, seed, DIFFICULTIES[difficulty], TWIN, folder=folder)
    without = {}
    for method, image, cost in reconstructions(twin, methods, weights):
        without[method] = image
        yield about | {"change": "none", "method": method} | scores(twin, image) | cost
    for change in changes:
        session = second_session(label, seed, DIFFICULTIES[difficulty], CHANGES[change], folder=folder)
        # a lesion that is gone was in the earlier session alone: nothing of it may be left
        there = session.lesion
        true = float((session.truth - twin.truth)[there].mean()) or -session.lesion_contrast
        for method, image, cost in reconstructions(session, methods, weights):
            left = float((image - without[method])[there].mean()) / true
            share = 1 - left if change == "lesion gone" else left
            yield (
                about
                | {"change": change, "method": method}
                | scores(session, image)
                | cost
                | {"share": share}
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=data_folder(FOLDER), help="BIDS dataset with cord masks"
    )
    parser.add_argument("--only", nargs="*", default=["sct08mm", "sct1mm", "unf01"], help="labels of persons")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2, 3])
    parser.add_argument("--difficulties", nargs="*", default=list(DIFFICULTIES))
    parser.add_argument("--changes", nargs="*", default=list(CHANGES))
    parser.add_argument("--methods", nargs="*", default=["tv", "pretrained", "earlier bspline"])
    parser.add_argument("--update", type=Path, help=f"table that is updated, such as {RESULTS}")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for seed in options.seeds:
        for label in options.only:
            for difficulty in options.difficulties:
                rows = []
                for row in rows_of(label, difficulty, seed, options.changes, options.methods, options.folder):
                    rows.append(row)
                    cells = "  ".join(
                        f"{name} {row[name]:.{digits}f}" for name, digits in DIGITS.items() if name in row
                    )
                    print("  ".join(str(row[key]) for key in KEY) + f"  {cells}", flush=True)
                if options.update:
                    update(rows, options.update, KEY, DIGITS)


if __name__ == "__main__":
    main()
