"""Earlier scans that must not be used, and some that must: what is decided of each, and what using it would have cost.

No real pair of sessions is at hand: the later one is simulated (`second_session`); scans of other persons and contrasts are real.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from persons import Person
from real_data import data_folder
from second_session import NEW, UNCHANGED, SecondSession, second_session
from session_anatomy import EASY, HARD, STILL

from isospine.errors import InputError
from isospine.geometry.grid import Grid, Volume
from isospine.geometry.planes import thick_axis
from isospine.io.nifti import load_volume
from isospine.models.earlier.judge import Verdict, chosen, judge_placed, mirrored_fit
from isospine.models.earlier.place import PlacedScan, looked_up, matched_intensities, place_earlier
from isospine.physics.view import intensity_range
from isospine.solvers.change_variation import change_variation
from isospine.solvers.total_variation import total_variation
from isospine.views.view_set import stack_set

LABELS = ("sct08mm", "sct1mm")
PERSONS = "real-spines"


@dataclass(frozen=True)
class Candidate:
    """A scan that is given as the earlier one.

    Attributes
    ----------
    title : str
        What it is.
    session : SecondSession
        The session that it is given for.
    data : (I, J, K) array
        Its voxels.
    grid : Grid
        Where its header says they are.
    register : bool
        Whether it is placed, or believed to be where its header says.
    """

    title: str
    session: SecondSession
    data: Volume
    grid: Grid
    register: bool = True


def candidates(label: str, seed: int, folder: Path) -> Iterator[Candidate]:
    """All cases of one person and seed."""
    easy = second_session(label, seed, EASY, NEW)
    own = easy.earlier, easy.earlier_grid
    yield Candidate("the person's own", easy, *own)
    hard = second_session(label, seed, HARD, NEW)
    yield Candidate("the person's own, hard", hard, hard.earlier, hard.earlier_grid)
    still = second_session(label, seed, STILL, UNCHANGED)
    yield Candidate("identical but for noise", still, still.earlier, still.earlier_grid)
    yield Candidate("by its header alone", easy, *own, register=False)
    flipped = np.flip(easy.earlier, thick_axis(easy.earlier_grid.affine, "sagittal"))
    yield Candidate("mirrored", easy, np.ascontiguousarray(flipped), easy.earlier_grid)
    for path in sorted(folder.glob("sub-*")):
        image = Person(path, path.name.removeprefix("sub-")).image("T2w")
        if path.name != f"sub-{label}" and image is not None:
            data, affine = load_volume(image)
            yield Candidate(path.name, easy, data, centred(Grid(data.shape, affine), easy.grid))


def other_contrast(seed: int) -> Iterator[Candidate]:
    """The T1w image of the person that has one, for views of T2w."""
    session = second_session("unf01", seed, EASY, NEW)
    yield Candidate("the person's own", session, session.earlier, session.earlier_grid)
    image = Person(data_folder("real-t2w") / "sub-unf01", "unf01").image("T1w")
    if image is not None:
        data, affine = load_volume(image)
        yield Candidate("T1w as T2w", session, data, Grid(data.shape, affine))


def centred(grid: Grid, target: Grid) -> Grid:
    """Move a grid to the middle of another: as a header that gives no hint that the person is another."""
    affine = grid.affine.copy()
    affine[:3, 3] += target.centre - grid.centre
    return Grid(grid.shape, affine)


def placed_scan(case: Candidate) -> PlacedScan:
    """Place a candidate, or believe its header."""
    views, grid = case.session.views, case.session.grid
    if case.register:
        return place_earlier(case.data, case.grid.affine, stack_set("T2w", views, grid))
    low, span = intensity_range(views)
    scaled = [replace(view, data=(view.data - np.float32(low)) / np.float32(span)) for view in views]
    data = (case.data - case.data.min()) / np.ptp(case.data)
    image, covered = looked_up(data, case.grid, grid.voxel_centres(), grid)
    matched = matched_intensities(image, covered, scaled, grid) * np.float32(span) + np.float32(low)
    return PlacedScan(matched, covered, np.zeros((3, *grid.shape), np.float32), np.eye(4), "rigid", grid)


def report(case: Candidate) -> None:
    """Print what is decided of a candidate, and PSNR with it, without it, and as decided."""
    session = case.session
    try:
        placed = placed_scan(case)
        mirrored = mirrored_fit(case.data, case.grid, session.views)
    except InputError as error:
        print(f"    {case.title:<24} refused: {error}", flush=True)
        return
    alone = total_variation(session.views, session.grid)
    image = change_variation(session.views, session.grid, placed.volume, placed.covered)
    verdict = judge_placed(session.views, session.grid, placed, image, alone, mirrored=mirrored)
    scores = [psnr(volume, session) for volume in (alone, image, chosen(verdict, image, alone))]
    print(f"    {case.title:<24} {row(verdict, session, placed, scores)}", flush=True)


def psnr(image: Volume, session: SecondSession) -> float:
    """PSNR in dB of the whole volume."""
    error = np.square((image - session.truth) / session.range, dtype=np.float64)
    return float(-10 * np.log10(np.mean(error)))


def row(verdict: Verdict, session: SecondSession, placed: PlacedScan, scores: list[float]) -> str:
    """Figures of a verdict."""
    alone, image, decided = scores
    held = (
        "-"
        if verdict.alone is None or verdict.with_earlier is None
        else f"{verdict.alone:.1f} {verdict.with_earlier:.1f}"
    )
    return (
        f"{'used' if verdict.used else 'refused':<8} ratio {verdict.ratio:.2f}  mirrored {verdict.mirrored:.2f}  held out {held:<10} "
        f"covers {placed.covered.mean():.0%}  dB alone {alone:.2f} with {image:.2f} decided {decided:.2f} ({decided - alone:+.2f})"
    )


def main() -> None:
    """Print all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", nargs="*", default=[*LABELS, "unf01"])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for label in options.labels:
        print(label)
        found = (
            other_contrast(options.seed)
            if label == "unf01"
            else candidates(label, options.seed, data_folder(PERSONS))
        )
        for case in found:
            report(case)


if __name__ == "__main__":
    main()
