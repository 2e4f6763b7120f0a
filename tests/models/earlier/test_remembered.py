"""The map of what is remembered: where no view sees, and only as far as the earlier scan says it."""

import numpy as np
import pytest
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.grid import Grid, Volume
from isospine.models.earlier.remembered import one_plane_caution, remembered, unseen
from isospine.physics.aligned import AlignedOperator
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.view import View

GRID = Grid((25, 20, 30), make_affine((1, 2, 0), (-1, 1, 1), spacing=0.8))
EVERYWHERE = np.ones(GRID.shape, bool)
TWO = [("axial", 5.0), ("sagittal", 5.0)]


@pytest.fixture(scope="module")
def image() -> Volume:
    return smooth_image(GRID.shape, sigma=0.8) / 1000


def operators(views: list[View]) -> list[AlignedOperator | ObliqueOperator]:
    return [AlignedOperator.of_views(views, GRID), ObliqueOperator.of_views(views, GRID)]


def map_of(
    image: Volume, operator: AlignedOperator | ObliqueOperator, placed: Volume | None = None
) -> Volume:
    return remembered(image, image if placed is None else placed, EVERYWHERE, operator, GRID, 1.0)


def inner(map_: Volume) -> Volume:
    """Without the border, where slices may leave the grid."""
    return map_[5:-5, 5:-5, 5:-5]


def wave(axis: int) -> Volume:
    """Cosine along an axis, whose period is a thick slice."""
    shape = [1, 1, 1]
    shape[axis] = GRID.shape[axis]
    along = np.cos(2 * np.pi * np.arange(shape[axis]) / 5).astype(np.float32)
    return np.ascontiguousarray(np.broadcast_to(along.reshape(shape), GRID.shape))


def test_isotropic_views_leave_nothing_to_remember(image: Volume) -> None:
    for operator in operators(make_views(image, GRID, [("axial", 1.0), ("sagittal", 1.0)])):
        assert map_of(image, operator).max() < 0.01


def test_one_view_remembers_what_varies_across_its_slices_alone(image: Volume) -> None:
    axis = make_views(image, GRID, TWO)[0].axis
    across, within = wave(axis), wave((axis + 1) % 3)
    for operator in operators(make_views(image, GRID, TWO[:1])):
        assert inner(map_of(across, operator)).min() > 0.95
        assert inner(map_of(within, operator)).max() < 0.05


def test_a_second_view_leaves_less_to_remember(image: Volume) -> None:
    for one, two in zip(
        operators(make_views(image, GRID, TWO[:1])), operators(make_views(image, GRID, TWO)), strict=True
    ):
        assert inner(map_of(image, one)).mean() > inner(map_of(image, two)).mean() + 0.1


def test_both_operators_give_one_map(image: Volume) -> None:
    aligned, oblique = (inner(map_of(image, one)) for one in operators(make_views(image, GRID, TWO)))
    assert np.abs(aligned - oblique).max() < 0.15
    assert aligned.mean() == pytest.approx(oblique.mean(), abs=0.03)


def test_what_the_earlier_scan_does_not_say_is_not_remembered(image: Volume) -> None:
    other = smooth_image(GRID.shape, seed=1, sigma=0.8) / 1000
    operator = operators(make_views(image, GRID, TWO))[0]
    assert map_of(image, operator, placed=other).mean() < 0.25 * map_of(image, operator).mean()
    assert map_of(image, operator, placed=1 - image).max() < 1e-3


def test_nothing_is_remembered_where_the_earlier_scan_does_not_reach_or_all_is_flat(image: Volume) -> None:
    operator = operators(make_views(image, GRID, TWO))[0]
    half = EVERYWHERE.copy()
    half[:12] = False
    found = remembered(image, np.where(half, image, np.nan).astype(np.float32), half, operator, GRID, 1.0)
    assert not found[~half].any()
    assert np.isfinite(found).all() and found[half].mean() > 0.1
    assert map_of(np.full(GRID.shape, 0.5, np.float32), operator).max() < 1e-3


def test_the_map_does_not_depend_on_the_unit_of_intensities(image: Volume) -> None:
    operator = operators(make_views(image, GRID, TWO))[0]
    large = image * np.float32(4096) + np.float32(8192)
    found = remembered(large, large, EVERYWHERE, operator, GRID, 4096.0)
    assert found == pytest.approx(map_of(image, operator), abs=0.01)
    assert found.min() >= 0 and found.max() <= 1


def test_the_unseen_part_is_what_views_do_not_show(image: Volume) -> None:
    for operator in operators(make_views(image, GRID, TWO)):
        own = unseen(image, operator)
        assert max(np.abs(view).max() for view in operator.forward(own)) < 0.2 * np.abs(own).max()


def test_views_of_one_plane_are_warned_of(image: Volume) -> None:
    views = make_views(image, GRID, TWO)
    assert "rule out a change" in (one_plane_caution(views[:1], GRID) or "")
    assert "rule out a change" in (one_plane_caution([views[0], views[0]], GRID) or "")
    assert one_plane_caution(views, GRID) is None
