"""The figure of estimated motion shows what was estimated."""

from pathlib import Path

import numpy as np
from support.acquired_pairs import make_body

from isospine.figures.motion import motion_figure
from isospine.geometry.rigid import rigid
from isospine.physics.simulate import acquire
from isospine.views.acquired import AcquiredView
from isospine.views.joint import COEFFICIENTS, Placement
from isospine.views.placed import PlacedViews, SliceMotion


def placed_views(slices: bool, first: str = "axial") -> PlacedViews:
    body, grid = make_body()
    acquired = tuple(
        AcquiredView(Path(f"{name}.nii.gz"), acquire(body, grid, plane, 4, "box"), 0.0, "sidecar")
        for name, plane in ((first, "axial"), ("sagittal", "sagittal"))
    )
    still = PlacedViews(acquired, (Placement(np.eye(4), np.zeros(COEFFICIENTS)),) * 2)
    motion = rigid(np.array([2.0, -1.0, 0.5, 1.5, 0.0, -3.0]), still.frame.centre)
    placements = (still.placements[0], Placement(motion, np.zeros(COEFFICIENTS)))
    motions = []
    for one in acquired if slices else ():
        count = one.view.grid.shape[one.view.axis]
        parameters = np.arange(count * 6.0).reshape(count, 6)
        motions.append(SliceMotion(parameters, np.tile(np.eye(4), (count, 1, 1)), (2, 5)))
    return PlacedViews(acquired, placements, tuple(motions))


def test_views_are_drawn_against_the_first() -> None:
    shifts, turns = motion_figure(placed_views(False)).axes
    drawn = [line.get_ydata() for line in shifts.lines[1:]]
    np.testing.assert_allclose(drawn, [[0, 1.5], [0, 0], [0, -3]], atol=1e-6)
    np.testing.assert_allclose(
        [line.get_ydata() for line in turns.lines[1:]], [[0, 2], [0, -1], [0, 0.5]], atol=1e-6
    )
    assert [text.get_text() for text in turns.get_legend().get_texts()] == ["R", "A", "S"]


def test_slices_are_drawn_with_those_that_were_left_out() -> None:
    placed = placed_views(True)
    figure = motion_figure(placed)
    assert len(figure.axes) == 2 * (1 + 2)
    shifts, turns = figure.axes[2:4]
    np.testing.assert_array_equal(shifts.lines[1].get_ydata(), placed.slices[0].parameters[:, 3])
    np.testing.assert_array_equal(turns.lines[3].get_ydata(), placed.slices[0].parameters[:, 2])
    shaded = [patch.get_x() + patch.get_width() / 2 for patch in shifts.patches]
    np.testing.assert_allclose(shaded, [2, 5])
    assert "axial.nii.gz" in shifts.get_title(loc="left")


def test_the_name_of_a_file_is_not_mathematics() -> None:
    figure = motion_figure(placed_views(True, first="a$\\frac{$\n"))
    figure.draw_without_rendering()  # refuses invalid mathematics
    assert "a$\\frac{$\\n.nii.gz" in figure.axes[2].get_title(loc="left")
