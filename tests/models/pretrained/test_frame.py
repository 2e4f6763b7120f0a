"""Frames of stacks in any position."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from support.volumes import make_affine, make_views, smooth_image

from isospine.errors import InputError
from isospine.geometry.crops import crop_for_views
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.models.pretrained.frame import frames_of
from isospine.physics.moving_body import scan
from isospine.physics.view import View

SPECS = [("axial", 5.0), ("sagittal", 4.0)]


def aligned() -> tuple[Volume, Grid, list[View]]:
    affine = make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.1, -0.05, 0.1))
    _, grid = crop_for_views(Grid((34, 32, 31), affine), SPECS)
    reference = smooth_image(grid.shape, sigma=1.3)
    return reference, grid, make_views(reference, grid, SPECS, "box")


def test_the_frame_of_aligned_views_has_their_own_voxels() -> None:
    _, grid, views = aligned()
    (frame,) = frames_of(views, grid)
    assert sorted(frame.grid.shape) == sorted(grid.shape)
    order = [3 - views[0].axis - views[1].axis, views[0].axis, views[1].axis]
    assert frame.second is not None
    for found, view in ((frame.first, views[0]), (frame.second, views[1])):
        expected = view.data.transpose(order)
        flips = [expected[np.s_[::a, ::b, ::c]] for a in (1, -1) for b in (1, -1) for c in (1, -1)]
        assert min(np.abs(found - flip).max() for flip in flips) < 1e-4 * np.ptp(view.data)


def turned_stack(reference: Volume, grid: Grid, axis: int, turn: FloatArray) -> View:
    """Slices of 4 voxels across an axis, turned, that cover the volume."""
    spacing = np.full(3, float(grid.spacing[0]))
    spacing[axis] *= 4
    affine = np.eye(4)
    affine[:3, :3] = turn @ grid.directions * spacing
    i, j, k = (
        int(np.ceil(1.2 * n * s / t)) for n, s, t in zip(grid.shape, grid.spacing, spacing, strict=True)
    )
    affine[:3, 3] = grid.centre - affine[:3, :3] @ (np.array([i, j, k]) - 1) / 2
    return scan(reference, grid, Grid((i, j, k), affine), axis, float(spacing[axis]))


def test_slices_of_turned_stacks_show_the_body_at_the_frames_positions() -> None:
    grid = Grid((40, 40, 40), np.diag([0.8, 0.8, 0.8, 1.0]))
    # linear: a slice's mean is the value at its centre, wherever it lies
    slope = np.array([0.3, -0.7, 0.5])
    reference = (grid.voxel_centres() @ slope).astype(np.float32)
    turn = Rotation.from_rotvec([3.0, -2.0, 8.0], degrees=True).as_matrix()
    views = [turned_stack(reference, grid, 2, np.eye(3)), turned_stack(reference, grid, 0, turn)]
    inner = grid.cropped((12, 12, 12), (16, 16, 16))
    (frame,) = frames_of(views, inner)
    assert frame.second is not None
    rows = [np.arange(n, dtype=np.float64) for n in frame.grid.shape]
    first = np.meshgrid(rows[0], frame.cells.first.centres, rows[2], indexing="ij")
    second = np.meshgrid(rows[0], rows[1], frame.cells.second.centres, indexing="ij")
    for found, points in ((frame.first, first), (frame.second, second)):
        world = frame.grid.world(np.stack(points, axis=-1))
        inside = np.all(np.abs(inner.indices(world) - 7.5) < 8, axis=-1)
        assert inside.sum() > 100
        assert np.allclose(found[inside], (world @ slope)[inside], atol=0.02)


def test_stacks_of_one_plane_are_shown_across_each_of_their_sharp_axes() -> None:
    _, grid, views = aligned()
    frames = frames_of(views[:1], grid)
    assert len(frames) == 2
    assert all(frame.second is None for frame in frames)
    normals = [frame.grid.affine[:3, 1] / np.linalg.norm(frame.grid.affine[:3, 1]) for frame in frames]
    assert np.allclose(np.abs(normals @ views[0].grid.directions[:, views[0].axis]), 1)


def test_three_views_make_three_pairs() -> None:
    specs = [*SPECS, ("coronal", 3.0)]
    affine = make_affine((1, 2, 0), (-1, 1, 1))
    _, grid = crop_for_views(Grid((34, 32, 31), affine), specs)
    views = make_views(smooth_image(grid.shape, sigma=1.3), grid, specs, "box")
    assert len(frames_of(views, grid)) == 3


def test_slices_that_miss_the_volume_are_named() -> None:
    _, grid, views = aligned()
    far = views[0].grid.affine.copy()
    far[:3, 3] += 1000
    with pytest.raises(InputError, match="no slice reaches"):
        frames_of([replace(views[0], grid=Grid(views[0].grid.shape, far)), views[1]], grid)


@pytest.mark.parametrize(("thickness", "expected"), [(4.0, 0.75), (7.0, 0.875), (9.0, 1.0)])
def test_turned_frames_have_finer_voxels_but_not_too_many_to_a_slice(
    thickness: float, expected: float
) -> None:
    grid = Grid((24, 24, 24), np.diag([0.8, 0.8, 0.8, 1.0]))
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_rotvec([3.0, -2.0, 8.0], degrees=True).as_matrix()
    views = []
    for axis, moves in ((2, np.eye(4)), (0, turn)):
        scale = np.ones(4)
        scale[axis] = thickness
        shape = [24, 24, 24]
        shape[axis] = int(24 / thickness)
        affine = moves @ grid.affine @ np.diag(scale)
        views.append(
            View(np.zeros(shape, np.float32), Grid(tuple(shape), affine), axis, 0.8 * thickness, "box")
        )
    (frame,) = frames_of(views, grid)
    steps = 1 / np.linalg.norm(np.linalg.inv(frame.grid.affine[:3, :3]), axis=1)
    assert np.allclose(steps / 0.8, [0.75, expected, expected])
