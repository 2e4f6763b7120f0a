"""An earlier scan is put where the views of a later session are, whatever its grid, and refused where it cannot be."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from isospine.errors import InputError
from isospine.geometry.grid import Grid, Volume
from isospine.geometry.resample import resample
from isospine.geometry.rigid import pose_error, rigid
from isospine.models.earlier.place import PlacedScan, place_earlier
from isospine.physics.simulate import acquire
from isospine.views.view_set import ViewSet, stack_set

SHAPE = (32, 30, 20)


def grid_of(shape: tuple[int, int, int], spacing: float = 1.0) -> Grid:
    affine = np.diag([spacing, spacing, spacing, 1.0])
    affine[:3, 3] = [-20.0, 5.0, 40.0]
    return Grid(shape, affine)


@pytest.fixture(scope="module")
def anatomy() -> Volume:
    """Smooth blobs, with a dark rim."""
    random = np.random.default_rng(0)
    image = gaussian_filter(random.standard_normal(SHAPE), 2.0)
    return (1 + image / image.std() / 3).clip(0).astype(np.float32)


def moved(image: Volume, grid: Grid, shift: Volume) -> Volume:
    """Image of a later session whose points lie `shift` (3, X, Y, Z) mm off in the earlier one."""
    points = grid.voxel_centres() + np.moveaxis(shift, 0, -1)
    return map_coordinates(
        image, np.moveaxis(grid.indices(points), -1, 0), order=3, mode="reflect", output=np.float32
    )


def views_of(image: Volume, grid: Grid, planes: tuple[str, ...] = ("axial", "sagittal")) -> ViewSet:
    return stack_set("T2w", [acquire(image, grid, plane, 4.0, "box") for plane in planes], grid)


def bump(grid: Grid, height: float) -> Volume:
    """Smooth displacement along each axis."""
    points = grid.voxel_centres() - grid.centre
    wave = np.exp(-((points / 10) ** 2).sum(-1))
    return (height * np.stack([wave, -wave, 0.5 * wave])).astype(np.float32)


def field_error(placed: PlacedScan, shift: Volume) -> float:
    wrong = np.linalg.norm(placed.displacement - shift, axis=0)
    return float(wrong[placed.covered].mean())


def test_a_known_field_is_recovered_with_its_intensities(anatomy: Volume) -> None:
    grid = grid_of(SHAPE)
    shift = bump(grid, 2.0) + np.array([1.5, -1.0, 0.5], np.float32)[:, None, None, None]
    later = moved(anatomy, grid, shift)
    ramp = 1 + 0.1 * np.linspace(-1, 1, SHAPE[0], dtype=np.float32)[:, None, None]
    placed = place_earlier(anatomy * 7 + 3, grid.affine, views_of(500 * later * ramp, grid))
    assert field_error(placed, shift) < 0.2
    inside = placed.covered
    wrong = np.abs(placed.volume - 500 * later * ramp)[inside]
    assert wrong.mean() < 0.02 * np.ptp(500 * later)
    assert placed.folds == 0
    assert 0.8 < inside.mean() < 1


def test_the_same_anatomy_stays_where_it_is(anatomy: Volume) -> None:
    grid = grid_of(SHAPE)
    placed = place_earlier(anatomy, grid.affine, views_of(anatomy, grid))
    assert field_error(placed, np.zeros((3, *SHAPE), np.float32)) < 0.05
    np.testing.assert_allclose(placed.jacobian, 1, atol=0.1)
    assert np.abs(placed.volume - anatomy)[placed.covered].mean() < 0.005 * np.ptp(anatomy)


def test_equal_inputs_give_equal_bytes_at_any_magnitude(anatomy: Volume) -> None:
    grid = grid_of((24, 20, 16))
    part = np.ascontiguousarray(anatomy[:24, :20, :16])
    first, again, dim = (
        place_earlier(part, grid.affine, views_of(part * scale, grid), "rigid")
        for scale in (np.float32(1), np.float32(1), np.float32(2.0**-90))
    )
    np.testing.assert_array_equal(first.volume, again.volume)
    np.testing.assert_array_equal(first.displacement, dim.displacement)
    np.testing.assert_allclose(dim.volume * 2.0**90, first.volume, rtol=1e-5)


def test_a_rigid_motion_is_recovered(anatomy: Volume) -> None:
    grid = grid_of(SHAPE)
    motion = rigid(np.array([2.0, -3.0, 1.0, 3.0, -2.0, 1.0]), grid.centre)
    points = grid.voxel_centres()
    shift = np.moveaxis(points @ motion[:3, :3].T + motion[:3, 3] - points, -1, 0)
    placed = place_earlier(anatomy, grid.affine, views_of(moved(anatomy, grid, shift), grid), "rigid")
    distance, angle = pose_error(placed.rigid, motion, points.reshape(-1, 3))
    assert distance < 0.1 and angle < 0.3
    back = np.moveaxis(points, -1, 0) + placed.inverse(grid)
    expected = points @ np.linalg.inv(motion)[:3, :3].T + np.linalg.inv(motion)[:3, 3]
    np.testing.assert_allclose(back, np.moveaxis(expected, -1, 0), atol=0.3)


def test_another_orientation_order_of_axes_and_spacing_change_nothing(anatomy: Volume) -> None:
    grid = grid_of(SHAPE)
    fine = grid.resampled(0.8)
    turned = np.transpose(resample(anatomy, grid, fine), (2, 0, 1))[:, ::-1]
    affine = fine.affine[:, [2, 0, 1, 3]].copy()
    affine[:3, 3] += affine[:3, 1] * (turned.shape[1] - 1)
    affine[:3, 1] *= -1
    shift = np.broadcast_to(np.array([1.0, -1.0, 0.5], np.float32)[:, None, None, None], (3, *SHAPE))
    views = views_of(moved(anatomy, grid, shift), grid)
    straight = place_earlier(anatomy, grid.affine, views, "rigid")
    other = place_earlier(np.ascontiguousarray(turned), affine, views, "rigid")
    both = straight.covered & other.covered
    assert np.linalg.norm(straight.displacement - other.displacement, axis=0).max() < 0.15
    assert np.abs(straight.volume - other.volume)[both].mean() < 0.02 * np.ptp(anatomy)


def test_one_view_oblique_views_and_a_field_smaller_than_a_knot(anatomy: Volume) -> None:
    grid = grid_of((20, 20, 12))
    part = np.ascontiguousarray(anatomy[:20, :20, :12])
    shift = np.broadcast_to(np.array([1.0, 0.0, 0.5], np.float32)[:, None, None, None], (3, 20, 20, 12))
    later = moved(part, grid, shift)
    single = place_earlier(part, grid.affine, views_of(later, grid, ("axial",)))
    assert field_error(single, shift) < 0.5
    views = views_of(later, grid)
    turn = rigid(np.array([0, 0, 4.0, 0.5, 0, 0]), grid.centre)  # of slices and of the body that they show
    oblique = stack_set("T2w", [view.moved(turn) for view in views.views], grid)
    there = place_earlier(part, turn @ grid.affine, oblique)
    turned_shift = np.einsum("ij,j...->i...", turn[:3, :3], shift)
    assert field_error(there, turned_shift) < 0.5


def test_an_earlier_scan_that_covers_little_is_used_where_it_does(anatomy: Volume) -> None:
    grid = grid_of(SHAPE)
    part = grid.cropped((6, 6, 4), (22, 20, 12))
    data = np.ascontiguousarray(anatomy[6:28, 6:26, 4:16])
    placed = place_earlier(data, part.affine, views_of(anatomy, grid), "rigid")
    assert placed.covered[8:26, 8:24, 6:14].all() and not placed.covered[:4].any()
    assert np.abs(placed.volume - anatomy)[placed.covered].mean() < 0.02 * np.ptp(anatomy)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("constant", "every voxel is 3"),
        ("not finite", "voxels are NaN or infinite"),
        ("far away", "does not overlap"),
        ("unknown field", "expected one of"),
    ],
)
def test_a_useless_earlier_scan_is_refused_in_one_line(anatomy: Volume, fault: str, said: str) -> None:
    grid = grid_of((24, 20, 16))
    part = np.ascontiguousarray(anatomy[:24, :20, :16])
    data, affine = part.copy(), grid.affine.copy()
    if fault == "constant":
        data[:] = 3
    elif fault == "not finite":
        data[3, 3, 3] = np.nan
    elif fault == "far away":
        affine[:3, 3] += 500
    with pytest.raises(InputError, match=said) as error:
        place_earlier(data, affine, views_of(part, grid), "affine" if fault == "unknown field" else "bspline")
    assert "\n" not in str(error.value)


def test_folds_are_counted_where_the_scan_covers(anatomy: Volume) -> None:
    grid = grid_of((12, 12, 12))
    shift = np.zeros((3, 12, 12, 12), np.float32)
    shift[0, 5] = 3.0  # the next plane falls behind this one
    covered = np.ones(grid.shape, bool)
    placed = PlacedScan(np.zeros(grid.shape, np.float32), covered, shift, np.eye(4), "bspline", grid)
    assert placed.folds == 144
    assert replace(placed, covered=~covered).folds == 0
