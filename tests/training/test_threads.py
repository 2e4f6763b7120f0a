"""Trainings with one thread and with two."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from support.resumable import TRAININGS

from isospine.geometry.grid import Volume
from isospine.training.checkpoint import Checkpoint

#: Large enough that the work is shared out.
LARGE: dict[str, dict[str, Any]] = {
    "coordinate": {"width": 256, "L": 256, "batch": 4096},
    "prior": {"width": 128, "L": 49, "batch": 4096},
    "pretrained": {},
    "population": {},
}


@pytest.fixture
def own_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def trained(kind: str, threads: int) -> tuple[dict[str, torch.Tensor], Volume]:
    torch.set_num_threads(threads)
    model, _ = TRAININGS[kind](Checkpoint(None), **LARGE[kind])
    return model.contents()[0], model.reconstruct(model.grid)


@pytest.mark.slow
@pytest.mark.usefixtures("own_threads")
@pytest.mark.parametrize("kind", TRAININGS)
def test_threads_change_no_more_than_the_last_digits(kind: str) -> None:
    (_, one), (tensors, two), (again, repeated) = (trained(kind, threads) for threads in (1, 2, 2))
    assert all(torch.equal(tensors[name], again[name]) for name in tensors), "the same bytes on a repeat"
    np.testing.assert_array_equal(two, repeated)
    # sums of bfloat16 in another order, on processors that have it, where training amplifies them
    np.testing.assert_allclose(one, two, rtol=0, atol=2e-4 * float(np.ptp(one)))
