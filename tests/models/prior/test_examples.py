"""Cells that the priors learn from: as many as are asked for, at as few shifts as give them."""

import numpy as np
import pytest

from isospine.models.prior import examples
from isospine.models.prior.cells import Array, Cells, ThickAxis
from isospine.models.prior.examples import reference_cells
from isospine.models.prior.pairs import PlanePair

FACTOR = 5.0
VOLUME = np.random.default_rng(3).random((20, 22, 24), dtype=np.float32)


def pair() -> PlanePair:
    centres = np.arange(2.0, 20, FACTOR)
    axis = ThickAxis(20, centres, FACTOR, "box")
    return PlanePair(0, 1, (0, 1, 2), Cells(axis, axis, 3))


def draw(limit: int, monkeypatch: pytest.MonkeyPatch, seed: int = 0) -> tuple[tuple[Array, ...], int]:
    """Draw cells of a volume; give them, and at how many shifts of a stack they were simulated."""
    used: list[Cells] = []
    simulate = Cells.simulate

    def counted(self: Cells, planes: Array) -> tuple[Array, Array]:
        used.append(self)
        return simulate(self, planes)

    with monkeypatch.context() as patch:
        patch.setattr(Cells, "simulate", counted)
        patch.setattr(Cells, "estimate", lambda self, own, other: np.zeros((len(own), 24, 24), np.float32))
        patch.setattr(Cells, "smooth_estimate", lambda self, own, other, start, noise: start)
        patch.setattr(Cells, "amplitudes", lambda self, planes: np.zeros((0, 3, 3), np.float32))
        cells = reference_cells(pair(), VOLUME, 0.0, limit, np.random.default_rng(seed))
    return cells, len(used) // 6


@pytest.mark.parametrize(
    ("limit", "shifts"), [(10**9, 25), (60_000, 25), (20_000, 12), (2_000, examples.FEWEST_SHIFTS)]
)
def test_shifts_are_as_few_as_give_the_cells(
    monkeypatch: pytest.MonkeyPatch, limit: int, shifts: int
) -> None:
    cells, used = draw(limit, monkeypatch)
    assert used == shifts
    possible = len(draw(10**9, monkeypatch)[0][0])
    assert 0.9 * min(limit, possible) <= len(cells[0]) <= 1.3 * min(limit, possible) + 6 * 16 * shifts


def test_the_seed_chooses_the_shifts(monkeypatch: pytest.MonkeyPatch) -> None:
    first, again, other = (draw(2_000, monkeypatch, seed)[0][0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)
