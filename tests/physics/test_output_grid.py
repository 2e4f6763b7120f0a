"""The grid of a reconstruction from views that share nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.datasets import refuses
from support.volumes import affines, make_affine

from isospine.geometry.grid import FloatArray, Grid
from isospine.physics.output_grid import output_grid, sharpest_spacing
from isospine.physics.view import View

WORLD = np.eye(3)


def box(
    low: tuple[float, float, float], shape: tuple[int, int, int], spacing: tuple[float, float, float]
) -> View:
    """View along the world axes whose third axis is thick, with its outer corner at `low` (mm)."""
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = np.array(low) + np.array(spacing) / 2
    return View(np.zeros(shape, np.float32), Grid(shape, affine), 2, spacing[2], "box")


def faces(grid: Grid) -> FloatArray:
    """Outer faces along the grid's axes: lowest and highest coordinate in mm."""
    ends = grid.world(np.array([[-0.5] * 3, np.array(grid.shape) - 0.5])) @ grid.directions
    return np.sort(ends, axis=0)


AXIAL = box((0, 0, 0), (40, 30, 6), (0.5, 0.5, 4))  # 20 x 15 x 24 mm
LATER = box((4, -3, 6), (20, 20, 9), (0.8, 0.8, 3))  # 4..20, -3..13, 6..33 mm


def test_spacing_of_the_sharpest_view() -> None:
    assert sharpest_spacing([LATER, AXIAL]) == 0.5


def test_union_covers_every_view() -> None:
    grid = output_grid([AXIAL, LATER], 1.0, "union", WORLD)
    np.testing.assert_allclose(faces(grid), [[0, -3, 0], [20, 15, 33]], atol=1e-9)
    assert grid.shape == (20, 18, 33)


def test_intersection_is_what_all_views_cover() -> None:
    grid = output_grid([AXIAL, LATER], 1.0, "intersection", WORLD)
    np.testing.assert_allclose(faces(grid), [[4, 0, 6], [20, 13, 24]], atol=1e-9)


def test_whole_voxels_are_centred_in_the_field_of_view() -> None:
    """16 x 13 x 18 mm in voxels of 0.7 mm: never more than what is common, and never less than the union."""
    common = output_grid([AXIAL, LATER], 0.7, "intersection", WORLD)
    assert common.shape == (22, 18, 25)
    np.testing.assert_allclose(common.centre, [12, 6.5, 15], atol=1e-9)
    union = output_grid([AXIAL, LATER], 0.7, "union", WORLD)
    assert union.shape == (29, 26, 48)
    np.testing.assert_allclose(union.centre, [10, 6, 16.5], atol=1e-9)


def test_slices_end_at_their_faces() -> None:
    """A gap behind the last slice was not measured; slices that overlap reach further than their spacing."""
    thin = View(AXIAL.data, AXIAL.grid, 2, 3.0, "box")
    np.testing.assert_allclose(faces(output_grid([thin], 0.5, "union", WORLD))[:, 2], [0.5, 23.5])
    thick = View(AXIAL.data, AXIAL.grid, 2, 6.0, "box")
    np.testing.assert_allclose(faces(output_grid([thick], 0.5, "union", WORLD))[:, 2], [-1, 25])


def test_headers_in_single_precision_lose_no_voxel() -> None:
    affine = AXIAL.grid.affine.astype(np.float32).astype(np.float64) * (1 + 1e-7)
    view = View(AXIAL.data, Grid(AXIAL.grid.shape, affine), 2, 4.0, "box")
    assert output_grid([view], 0.5, "intersection", WORLD).shape == (40, 30, 48)
    assert output_grid([view], 0.5, "union", WORLD).shape == (40, 30, 48)


@settings(max_examples=50, deadline=None)
@given(affines(), affines(), st.integers(0, 2), st.floats(0.5, 2))
def test_oblique_views_lie_in_their_union(
    first: FloatArray, second: FloatArray, axis: int, spacing: float
) -> None:
    shape = (8, 9, 7)
    middle = Grid(shape, first).centre
    second = second.copy()
    second[:3, 3] += middle - Grid(shape, second).centre
    views = [
        View(np.zeros(shape, np.float32), grid, axis, float(grid.spacing[axis]), "box")
        for grid in (Grid(shape, first), Grid(shape, second))
    ]
    directions = views[0].grid.directions
    union = output_grid(views, spacing, "union", directions)
    np.testing.assert_allclose(union.directions, directions, atol=1e-9)
    np.testing.assert_allclose(union.spacing, spacing)
    corners = np.stack(np.meshgrid(*[(-0.5, n - 0.5) for n in shape]), -1).reshape(-1, 3)
    for view in views:
        position = union.indices(view.grid.world(corners))
        assert (position > -0.51).all() and (position < np.array(union.shape) - 0.49).all()
    # along its own axes, the first view bounds what is common
    try:
        common = output_grid(views, spacing, "intersection", directions)
    except Exception as error:
        assert "less than two voxels" in str(error)
        return
    position = views[0].grid.indices(common.world(np.array([[-0.5] * 3, np.array(common.shape) - 0.5])))
    assert (position > -0.51).all() and (position < np.array(shape) - 0.49).all()


def test_axes_of_the_scanner_or_of_a_view() -> None:
    view = View(
        np.zeros((8, 9, 7), np.float32), Grid((8, 9, 7), make_affine(rotation=(0.2, 0, 0))), 2, 0.8, "box"
    )
    own = output_grid([view], 0.8, "union", view.grid.directions)
    assert own.shape == (8, 9, 7)
    np.testing.assert_allclose(own.affine, view.grid.affine, atol=1e-9)
    scanner = output_grid([view], 0.8, "union", WORLD)
    assert scanner.shape[0] == 8 and scanner.shape[1] > 9 and scanner.shape[2] > 7


@pytest.mark.parametrize("field", ["union", "intersection"])
def test_views_apart_are_refused_with_their_extents(field: str) -> None:
    far = box((0, 0, 100), (40, 30, 6), (0.5, 0.5, 4))
    with refuses("do not overlap", "0.0..24.0 mm", "100.0..124.0 mm", "0.0..20.0", "headers"):
        output_grid([AXIAL, far], 0.5, field, WORLD)  # type: ignore[arg-type]


def test_views_that_touch_do_not_overlap() -> None:
    with refuses("do not overlap"):
        output_grid([AXIAL, box((0, 0, 24), (40, 30, 6), (0.5, 0.5, 4))], 0.5, "union", WORLD)


def test_hardly_an_overlap_is_refused() -> None:
    near = box((0, 0, 23.2), (40, 30, 6), (0.5, 0.5, 4))
    with refuses("23.2..24.0 mm", "less than two voxels of 0.5 mm", "field: union"):
        output_grid([AXIAL, near], 0.5, "intersection", WORLD)
    assert output_grid([AXIAL, near], 0.5, "union", WORLD).shape == (40, 30, 95)
