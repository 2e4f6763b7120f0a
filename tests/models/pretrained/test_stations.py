"""Stacks that continue each other are one row of slices, with gaps filled."""

from dataclasses import replace

import numpy as np
import pytest
from support.volumes import make_affine, make_views, smooth_image

from isospine.evaluation.metrics import psnr
from isospine.geometry.crops import crop_for_views
from isospine.geometry.grid import Grid, Volume
from isospine.models.pretrained.model import PretrainedModel
from isospine.models.pretrained.stations import evenly, filled, stations
from isospine.models.train import train
from isospine.physics.slices import take_slices, without_slices
from isospine.physics.view import View
from isospine.recipes.hyperparameters import PretrainedHyperparameters
from isospine.training.session import Session
from isospine.views.view_set import stack_set

SETTINGS = PretrainedHyperparameters(
    model="pretrained", weights="isospine", refine=0, data_consistency=True, precision="float32"
)
SPECS = [("axial", 4.0), ("sagittal", 4.0)]


@pytest.fixture(scope="module")
def body() -> tuple[Volume, Grid, list[View]]:
    affine = make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.1, -0.05, 0.1))
    _, grid = crop_for_views(Grid((48, 36, 36), affine), SPECS)
    reference = smooth_image(grid.shape, sigma=1.5)
    return reference, grid, make_views(reference, grid, SPECS, "box")


def model_of(views: list[View], grid: Grid) -> PretrainedModel:
    models, _ = train([stack_set("T2w", views, grid)], SETTINGS, Session(0, {"image": "sub-01"}))
    model = models["T2w"]
    assert isinstance(model, PretrainedModel)
    return model


def halves(view: View) -> list[View]:
    count = view.grid.shape[view.axis]
    return [take_slices(view, 0, count // 2), take_slices(view, count // 2, count - count // 2)]


@pytest.mark.parametrize("numbers", [[0], [0, 1]], ids=["one plane", "two planes"])
def test_two_stations_are_one_stack(body: tuple[Volume, Grid, list[View]], numbers: list[int]) -> None:
    _, grid, whole = body
    chosen = [whole[number] for number in numbers]
    split = [*halves(chosen[0]), *chosen[1:]]
    assert [len(group) for group in stations(split)] == [2, 1][: len(numbers)]
    # alone: the operators differ that make them agree with their views, and by which they measure noise
    one, two = (replace(model_of(views, grid), noise=0.0).evaluate(grid) for views in (chosen, split))
    assert np.abs(two - one).max() < 2e-3 * np.ptp(one)


def test_a_missing_slice_is_filled(body: tuple[Volume, Grid, list[View]]) -> None:
    reference, grid, (axial, sagittal) = body
    gap = [*without_slices(axial, [2]), sagittal]
    quality = [
        psnr(reference, model_of(views, grid).reconstruct(grid), float(np.ptp(reference)))
        for views in ([axial, sagittal], gap, [sagittal])
    ]
    assert quality[0] > quality[1] > quality[2] + 3


def test_stacks_that_overlap_or_differ_are_apart(body: tuple[Volume, Grid, list[View]]) -> None:
    _, _, (axial, sagittal) = body
    upper, lower = halves(axial)
    assert len(stations([axial, upper])) == len(stations([axial, sagittal])) == 2
    assert len(stations([lower, upper])) == 1


def test_rows_are_even() -> None:
    centres = np.array([2.0, 6.1, 14.0, 18.0])
    every, measured = evenly(centres, 4.0)
    assert np.allclose(every, [2, 6.1, 10.05, 14, 18]) and measured.tolist() == [
        True,
        True,
        False,
        True,
        True,
    ]
    slices = np.arange(4, dtype=np.float32)[None, :, None] * np.ones((2, 1, 3), np.float32)
    assert np.allclose(filled(slices, centres, every, 1)[0, :, 0], [0, 1, 1.5, 2, 3])
    assert np.array_equal(filled(slices, centres, centres, 1), slices)
    assert np.array_equal(filled(slices[:, :1], centres[:1], centres[:1], 1), slices[:, :1])


@pytest.mark.parametrize("kind", ["bridged", "left_out"])
@pytest.mark.parametrize("shift", [0.0, 0.4])
def test_slices_that_are_not_used_are_not_seen(
    body: tuple[Volume, Grid, list[View]], kind: str, shift: float
) -> None:
    _, grid, (axial, sagittal) = body
    moves = np.eye(4)
    moves[:3, 3] = shift
    images = []
    for content in (0.0, 900.0):
        data = axial.data.copy()
        np.moveaxis(data, axial.axis, 0)[3] = content
        whole = stack_set("T2w", [replace(axial, data=data), sagittal], grid)
        # where slices have poses of their own, views are not parts of the stacks
        views = tuple(part.moved(moves) for part in (*without_slices(axial, [3]), sagittal))
        given = replace(whole, views=views, owners=(0, 0, 1), aligned=False, **{kind: ((3,), ())})
        models, _ = train([given], SETTINGS, Session(0, {"image": "sub-01"}))
        assert len(models["T2w"].slices) == (len(views) if shift else 0)
        images.append(models["T2w"].reconstruct(grid))
    assert np.array_equal(*images)
