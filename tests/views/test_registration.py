"""Rigid registration of thick-slice views."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from support.datasets import refuses
from support.moving import moving
from support.volumes import make_affine, smooth_image

from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.planes import thick_axis
from isospine.geometry.rigid import rigid, rigid_parameters
from isospine.physics.magnitude import magnitude
from isospine.physics.view import View
from isospine.views import registration
from isospine.views.registration import (
    RAS_TO_LPS,
    blurred,
    itk_transform,
    left_right_information,
    mirrored_axis,
    register,
    sitk_image,
    upsampled,
    world_motion,
)

CENTRE = np.array([10.0, -20, 300])
MOTION = rigid(np.array([3.0, -4, 5, 1, 2, -3]), CENTRE)
POINTS = CENTRE + np.random.default_rng(0).normal(scale=30, size=(20, 3))
OBLIQUE = make_affine((2, 0, 1), (1, -1, 1), 0.7, (0.1, 0.3, -0.2))


def apply(motion: FloatArray, points: FloatArray) -> FloatArray:
    return np.asarray(points @ motion[:3, :3].T + motion[:3, 3])


def test_recovers_a_known_pose() -> None:
    case = moving(0.01)
    still = case.error(np.eye(4))
    assert still[0] > 2 and still[1] > 3
    distance, angle = case.error(register(case.views[1], case.views[0]))
    assert distance < 0.3 and angle < 0.5


def test_brightness_and_contrast_do_not_matter() -> None:
    """A view whose dark is bright, as of another weighting."""
    case = moving(0.01)
    inverse = replace(
        case.views[1], data=np.where(case.views[1].data > 0.06, 2 - 1.5 * case.views[1].data, 0)
    )
    distance, angle = case.error(register(inverse, case.views[0]))
    assert distance < 0.6 and angle < 1


@pytest.mark.parametrize("axis", range(3))
def test_a_mirrored_view_is_noticed(axis: int) -> None:
    case = moving(0.01)
    fixed, view = case.views[:2]
    assert mirrored_axis(view, fixed) is None
    flipped = replace(view, data=np.ascontiguousarray(np.flip(view.data, axis)))
    assert mirrored_axis(flipped, fixed) == (axis, True)


def test_views_of_a_symmetric_body_are_not_called_mirrored() -> None:
    """As a neck is from left to right, nearly."""
    fixed, view = moving(0.01).views[:2]
    body = np.maximum(view.data, np.flip(view.data, view.axis))
    found = mirrored_axis(replace(view, data=body), fixed)
    assert found is None or found[0] != view.axis


@pytest.mark.parametrize(("back", "sure"), [(1.3, True), (1.2, False)])
def test_a_mirrored_view_must_fit_both_ways(monkeypatch: pytest.MonkeyPatch, back: float, sure: bool) -> None:
    """The view on the first, straight and flipped three times; then the first on the view, straight and flipped."""
    information = iter([1.0, 0.9, 1.3, 0.8, 1.0, back])
    monkeypatch.setattr(registration, "_optimise", lambda *arguments: (None, next(information)))
    assert mirrored_axis(*moving(0.01).views) == (1, sure)


def test_a_body_mirrored_left_to_right_fits_better_mirrored() -> None:
    fixed, view = moving(0.01).views[:2]
    axis = thick_axis(view.grid.affine, "sagittal")
    flipped = replace(view, data=np.ascontiguousarray(np.flip(view.data, axis)))
    straight, mirrored = left_right_information(view, fixed), left_right_information(flipped, fixed)
    assert straight < 0.8
    assert mirrored == pytest.approx(1 / straight, rel=0.05)


def test_the_way_back_is_the_inverse() -> None:
    case = moving(0.01)
    back = np.linalg.inv(register(case.views[0], case.views[1]))
    distance, angle = case.error(back)
    assert distance < 0.3 and angle < 0.5


def test_is_the_same_again() -> None:
    case = moving(0.01)
    first, second = (register(case.views[1], case.views[0]) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_views_of_nothing_in_common_are_refused() -> None:
    case = moving(0.01)
    far = case.views[1].moved(rigid(np.array([0, 0, 0, 0, 0, 500.0]), case.grid.centre))
    with refuses("views", "no registration", "overlap"):
        register(far, case.views[0])


def test_motion_survives_itk() -> None:
    np.testing.assert_allclose(world_motion(itk_transform(MOTION)), MOTION, atol=1e-9)
    turned = itk_transform(rigid(np.array([0, 0, 30.0, 0, 0, 0]), np.zeros(3)))
    turned.SetCenter((1.0, 2.0, 3.0))  # another centre is another motion
    assert not np.allclose(world_motion(turned)[:3, 3], 0)
    np.testing.assert_allclose(rigid_parameters(world_motion(turned), np.zeros(3))[:3], [0, 0, 30], atol=1e-6)


def test_a_written_transform_maps_the_same_points(tmp_path: Path) -> None:
    """As another program applies it: in LPS coordinates, from points of the first view to points of this one."""
    path = tmp_path / "sagittal_xfm.tfm"
    SimpleITK.WriteTransform(itk_transform(MOTION), str(path))
    read = SimpleITK.ReadTransform(str(path))
    flip = RAS_TO_LPS[:3, :3]
    mapped = np.array([read.TransformPoint((flip @ point).tolist()) for point in POINTS]) @ flip
    np.testing.assert_allclose(mapped, apply(MOTION, POINTS), atol=1e-6)


def test_itk_sees_voxels_where_they_are() -> None:
    data = smooth_image((5, 6, 7))
    grid = Grid((5, 6, 7), OBLIQUE)
    image = sitk_image(data, grid)
    assert image.GetSize() == (5, 6, 7)
    assert image.GetPixel(1, 4, 6) == data[1, 4, 6]
    point = np.array(image.TransformIndexToPhysicalPoint((1, 4, 6)))
    np.testing.assert_allclose(RAS_TO_LPS[:3, :3] @ point, grid.world(np.array([1.0, 4, 6])), atol=1e-5)


def test_resampling_by_itk_puts_the_body_back() -> None:
    """The transform that a reader of the files would use."""
    grid = Grid((30, 30, 30), make_affine())
    body = smooth_image(grid.shape, sigma=4)
    motion = rigid(np.array([0, 0, 5.0, 1, -1, 2]), grid.centre)
    there = sitk_image(body, Grid(grid.shape, motion @ grid.affine))  # the body was moved with its voxels
    back = SimpleITK.Resample(there, sitk_image(body, grid), itk_transform(motion), SimpleITK.sitkLinear)
    np.testing.assert_allclose(
        SimpleITK.GetArrayFromImage(back).T[2:-2, 2:-2, 2:-2], body[2:-2, 2:-2, 2:-2], atol=1
    )


@pytest.mark.parametrize("axis", range(3))
def test_upsampled_views_cover_the_same(axis: int) -> None:
    shape, affine = [16, 15, 14], OBLIQUE.copy()
    shape[axis] = 5
    affine[:3, axis] *= 4.3
    grid = Grid((shape[0], shape[1], shape[2]), affine)
    ramp = grid.world(np.moveaxis(np.indices(grid.shape, np.float64), 0, -1)) @ [1, -2, 0.5]
    fine, fine_grid = upsampled(View(ramp.astype(np.float32), grid, axis, 3.0, "box"))
    assert fine_grid.shape[axis] == 22  # 5 x 4.3
    assert fine.shape == fine_grid.shape
    ends = np.array([[-0.5] * 3, np.array(grid.shape) - 0.5])
    fine_ends = np.array([[-0.5] * 3, np.array(fine_grid.shape) - 0.5])
    np.testing.assert_allclose(fine_grid.world(fine_ends), grid.world(ends), atol=1e-9)
    inner = tuple(slice(3, -3) if a == axis else slice(None) for a in range(3))
    expected = fine_grid.world(np.moveaxis(np.indices(fine_grid.shape, np.float64), 0, -1)) @ [1, -2, 0.5]
    unit = np.float32(2.0 ** magnitude([ramp.astype(np.float32)]))  # intensities are brought near 1
    np.testing.assert_allclose(fine[inner] * unit, expected[inner], atol=1e-3)


def test_blurred_along_the_other_slices() -> None:
    """Along the axis of an oblique grid that is nearest to the normal of the other view, and no other."""
    grid = Grid((21, 21, 21), OBLIQUE)
    other = View(np.zeros((4, 4, 4), np.float32), Grid((4, 4, 4), make_affine((0, 1, 2))), 1, 3.0, "box")
    impulse = np.zeros(grid.shape, np.float32)
    impulse[10, 10, 10] = 1
    spread = blurred(impulse, grid, other)
    assert spread.sum() == pytest.approx(1, abs=1e-4)
    wide = [int((spread.sum(axis=tuple({0, 1, 2} - {axis})) > 0.01).sum()) for axis in range(3)]
    assert wide[0] == wide[1] == 1 or sorted(wide)[:2] == [1, 1]
    nearest = int(np.abs(grid.directions[1]).argmax())
    assert wide[nearest] > 3
