"""A network's occupancy, of labels alone or beside the intensity of an image."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from support.cords import cord, drawn
from support.volumes import make_views

from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.models.coordinate.occupancy import (
    CERTAINTY,
    ENTROPY,
    INTENSITIES,
    INTENSITY,
    OCCUPANCY,
    Shown,
    occupancy_network,
)
from isospine.physics.view import View
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.recipes.kinds import settings_of
from isospine.segmentation.agreement import dice
from isospine.segmentation.methods import METHODS

SPECS = [("axial", 5.0), ("sagittal", 5.0)]


@pytest.fixture(scope="module")
def truth() -> tuple[np.ndarray, Grid]:
    return cord((20, 20, 30), spacing=1.0)


@pytest.fixture
def small() -> Hyperparameters:
    settings = settings_of(known_recipes()["fourier"] | {"L": 64, "width": 32, "batch": 128})
    assert isinstance(settings, Hyperparameters)
    return settings


def image_views(mask: np.ndarray, grid: Grid) -> list[View]:
    return make_views(100 + 900 * mask.astype(np.float32), grid, SPECS)


@pytest.mark.parametrize("noise", [None, 0.1])
@pytest.mark.parametrize("shared", [False, True])
def test_an_occupancy_is_near_the_cord_and_the_same_again(truth, small, noise, shared) -> None:
    mask, grid = truth
    views = drawn(mask, grid, noise=noise)
    state = torch.get_rng_state()
    found = [
        occupancy_network(views, grid, image_views(mask, grid) if shared else (), settings=small)
        for _ in range(2)
    ]
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(found[0], found[1])
    assert found[0].dtype == np.float32
    assert found[0].shape == grid.shape
    assert found[0].min() >= 0
    assert found[0].max() <= 1
    assert dice(found[0] > 0.5, mask) > 0.9


def test_an_image_and_the_seed_change_it(truth, small) -> None:
    mask, grid = truth
    views = drawn(mask, grid)
    alone = occupancy_network(views, grid, settings=small)
    assert (
        np.abs(alone - occupancy_network(views, grid, image_views(mask, grid), settings=small)).max() > 0.01
    )
    assert np.abs(alone - occupancy_network(views, grid, seed=1, settings=small)).max() > 0.01


def test_faint_labels_make_an_empty_mask(truth, small) -> None:
    mask, grid = truth
    faint = [replace(view, data=0.2 * view.data) for view in drawn(mask, grid)]
    assert not (occupancy_network(faint, grid, settings=small) > 0.5).any()


def test_an_image_that_is_constant_is_refused(truth, small) -> None:
    mask, grid = truth
    with pytest.raises(InputError, match="every voxel is 100"):
        occupancy_network(drawn(mask, grid), grid, image_views(0 * mask, grid), settings=small)


def test_binary_labels_are_compared_with_a_threshold_and_others_as_they_are(truth) -> None:
    mask, grid = truth
    view = drawn(mask, grid)[0]
    flat = torch.arange(view.data.size)
    half = torch.full((view.data.size,), 0.5)
    binary, soft, intensity = (
        float(Shown(view, output, own).loss(half, flat))
        for output, own in ((OCCUPANCY, True), (OCCUPANCY, False), (INTENSITY, False))
    )
    assert binary == pytest.approx(ENTROPY * np.log(2) * view.data.size, rel=1e-4)
    assert soft == pytest.approx(0.25 * view.data.size, rel=1e-4)
    assert intensity == pytest.approx(INTENSITIES * soft)
    # far beyond the threshold nothing is left to learn from a binary voxel
    inside = torch.from_numpy(np.where(view.data > 0.5, np.float32(0.9), np.float32(0.1))).flatten()
    left = float(Shown(view, OCCUPANCY, True).loss(inside, flat)) / view.data.size
    assert left == pytest.approx(ENTROPY * np.log1p(np.exp(-0.4 * CERTAINTY)), rel=1e-2)


def test_it_is_a_method_among_the_others(truth, monkeypatch) -> None:
    mask, grid = truth
    views, image = drawn(mask, grid), image_views(mask, grid)
    taken = []
    monkeypatch.setattr(
        "isospine.models.coordinate.occupancy.occupancy_network",
        lambda *own: taken.append(own) or np.zeros(grid.shape, np.float32),
    )
    METHODS["network"](views, grid)
    METHODS["network"](views, grid, image)  # type: ignore[call-arg]
    assert taken == [(views, grid, ()), (views, grid, image)]
