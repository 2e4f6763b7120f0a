"""The volumes of a viewer without a reference."""

import numpy as np
import pandas as pd
import pytest
from support.quick_training import SPECS
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.grid import Grid
from isospine.physics.view import View
from isospine.report.viewer.acquired import ENLARGED, acquired_panels, trial_psnr
from isospine.solvers.interpolation import cubic


@pytest.fixture
def grid() -> Grid:
    return Grid((16, 20, 24), make_affine())


@pytest.fixture
def views(grid: Grid) -> dict[str, View]:
    made = make_views(smooth_image(grid.shape), grid, SPECS)
    return {f"{number}.nii.gz": view for number, view in enumerate(made)}


TRIALS = pd.DataFrame(
    {"method": ["tv", "tv"], "view": [0, 0], "slice": [0, 1], "psnr": [30.0, 30.0], "ssim": [0.9, 0.9]}
)


def test_the_mean_of_the_views_is_first_and_contradictions_are_last(
    grid: Grid, views: dict[str, View]
) -> None:
    image = smooth_image(grid.shape, 3)
    volumes = {"tv": image, "fourier": image}
    panels = acquired_panels(views, grid, volumes, TRIALS, image)
    assert [panel.title for panel in panels] == [
        "mean of the views, cubic",
        *(f"view {number}, {plane}" for number, (plane, _) in enumerate(SPECS, start=1)),
        "TV",
        "INR fourier",
        "contradictions of the views, 5 times",
    ]
    np.testing.assert_array_equal(panels[0].data, cubic(list(views.values()), grid))
    np.testing.assert_array_equal(panels[-1].data, ENLARGED * image)
    assert all(panel.data.shape == grid.shape for panel in panels)
    assert "0.nii.gz where it was put" in panels[1].notes[0]
    named = {panel.title: panel.notes for panel in panels}
    assert named["TV"] == ["PSNR in trials: 30.00 dB"] and named["INR fourier"] == []


def test_a_view_is_empty_beyond_its_slices(grid: Grid, views: dict[str, View]) -> None:
    wider = Grid((16, 20, 40), grid.affine)
    panel = acquired_panels({"0.nii.gz": next(iter(views.values()))}, wider, {}, TRIALS[:0])[1]
    assert (panel.data[..., 30:] == 0).all() and panel.data[..., :20].std() > 1


def test_a_run_without_trials_knows_no_scores() -> None:
    assert trial_psnr(TRIALS[:0]) == {}
    assert trial_psnr(TRIALS) == {"tv": pytest.approx(30)}
