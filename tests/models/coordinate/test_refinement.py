"""Any factor of refinement: memory beside the volume is that of a chunk, and its time that of its voxels."""

import math
import tracemalloc

import numpy as np
import pytest
from support.quick_training import Case, quick_settings
from support.view_sets import train_views

from isospine.models.coordinate.model import CoordinateModel
from isospine.models.mlp import CHUNK

FACTORS = (1.0, 1.7, 2.0, math.e)


@pytest.fixture(
    scope="module", params=[{}, {"encoding": "grid", "L": 4, "bandwidth": 0.2}], ids=["gaussian", "grid"]
)
def model(case: Case, request: pytest.FixtureRequest) -> CoordinateModel:
    return train_views(case.views, quick_settings(epochs=2, **request.param), 0, {"image": "sub-1_T2w"})[0]


@pytest.mark.parametrize("factor", FACTORS)
def test_no_factor_needs_more_than_a_chunk_at_once(case: Case, model: CoordinateModel, factor: float) -> None:
    grid = case.grid.resampled(float(case.grid.spacing.min()) / factor)
    rows: list[int] = []
    hook = model.network.register_forward_pre_hook(
        lambda _, inputs: rows.append(inputs[0].shape[:-1].numel())
    )
    tracemalloc.start()
    try:
        image = model.evaluate(grid)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        hook.remove()
    assert image.shape == grid.shape and np.isfinite(image).all()
    # every voxel once, and whole lines at a time
    assert sum(rows) == image.size and max(rows) <= max(CHUNK, grid.shape[2])
    assert peak < image.nbytes + 2**20, "arrays beside the volume are no larger than a chunk"


def test_a_voxel_is_the_same_at_every_factor(case: Case, model: CoordinateModel) -> None:
    """An odd factor has a voxel where each coarse one is, and the network is one function of the position."""
    coarse, fine = (model.evaluate(case.grid.resampled(float(case.grid.spacing.min()) / k)) for k in (1, 3))
    np.testing.assert_allclose(fine[1::3, 1::3, 1::3], coarse, rtol=1e-3, atol=1e-3 * np.ptp(coarse))
