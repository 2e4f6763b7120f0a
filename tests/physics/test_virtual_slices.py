"""Slices that were never acquired, of images whose slices are known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.special import erf
from support.volumes import make_affine, smooth_image

from isospine.errors import InputError
from isospine.geometry.grid import Grid, Volume
from isospine.geometry.planes import plane_across
from isospine.geometry.resample import resample
from isospine.physics import virtual_slices as module
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.slice_profile import FWHM
from isospine.physics.view import View
from isospine.physics.virtual_slices import BIAS, Slab, SlicePlanes, stack_over, virtual_slices

#: Standard deviation in mm of the bright plate below.
WIDTH = 1.5


@pytest.fixture
def field() -> Grid:
    return Grid((30, 32, 28), make_affine(spacing=1.0))


def across(
    field: Grid, plane: str, angles: tuple[float, float, float], slab: Slab
) -> tuple[Grid, SlicePlanes]:
    slices, axis = stack_over(field, plane, angles, slab.thickness)
    return slices, SlicePlanes.of_slices(slices, axis, slab, 1.0)


def plate(field: Grid, slices: Grid, axis: int):
    """A bright plate parallel to the slices through the middle of the field."""
    normal = slices.directions[:, axis]

    def evaluate(grid: Grid) -> Volume:
        distance = (grid.voxel_centres() - field.centre) @ normal
        return np.exp(-((distance / WIDTH) ** 2) / 2).astype(np.float32)

    return evaluate, (slices.voxel_centres() - field.centre) @ normal


@pytest.mark.parametrize("angles", [(0, 0, 0), (20, 0, 0), (10, -15, 30)])
@pytest.mark.parametrize("profile", ["box", "gaussian"])
def test_slices_hold_the_mean_over_the_profile(field: Grid, angles, profile: str) -> None:
    slab = Slab(4.0, profile)
    slices, planes = across(field, "axial", angles, slab)
    evaluate, distance = plate(field, slices, planes.axis)
    data, known = virtual_slices(evaluate, field, planes, slab)
    if profile == "box":
        ends = [erf((distance + sign * 2) / WIDTH / np.sqrt(2)) for sign in (1, -1)]
        expected = (ends[0] - ends[1]) / 2 * WIDTH * np.sqrt(2 * np.pi) / 4
    else:
        whole = np.hypot(WIDTH, 4 / FWHM)
        expected = WIDTH / whole * np.exp(-((distance / whole) ** 2) / 2)
    assert data.shape == slices.shape and known.mean() > 0.1
    np.testing.assert_allclose(data[known], expected[known], atol=2e-3)
    assert (data[~known] == 0).all()


@pytest.mark.parametrize("apart", [2.0, 3.0, 5.5])
def test_they_are_those_of_the_acquisition_operator(field: Grid, apart: float) -> None:
    image = smooth_image(field.shape)
    slices, axis = stack_over(field, "sagittal", (0, 20, 5), 3.0)
    affine = slices.affine.copy()
    affine[:3, axis] *= apart / 3  # they overlap, touch, or have gaps
    view = View(np.zeros(slices.shape, np.float32), Grid(slices.shape, affine), axis, 3.0, "box")
    slab = Slab(3.0)
    planes = SlicePlanes.of_slices(view.grid, axis, slab, 1.0)
    data, known = virtual_slices(lambda grid: resample(image, field, grid), field, planes, slab)
    operator = ObliqueOperator.of_views([view], field)
    (expected,), (covered,) = operator.forward(image), operator.covered()
    both = known & covered
    assert (known != covered).mean() < 0.02 and both.mean() > 0.2
    assert np.abs(data - expected)[both].max() < 0.01 * np.ptp(image)


@pytest.mark.parametrize("project", ["max", "min"])
@pytest.mark.parametrize("thickness", [4.0, 10.3])
def test_a_projection_is_the_extreme_over_the_thickness(field: Grid, project: str, thickness: float) -> None:
    slab = Slab(thickness, project=project)
    slices, planes = across(field, "coronal", (0, 15, 0), slab)
    evaluate, distance = plate(field, slices, planes.axis)
    data, known = virtual_slices(evaluate, field, planes, slab)
    half = thickness / 2
    nearest = np.clip(np.abs(distance) - half, 0, None) if project == "max" else np.abs(distance) + half
    whole = known & (np.abs(np.abs(distance) + half) < 12)
    assert whole.any()
    np.testing.assert_allclose(data[whole], np.exp(-((nearest[whole] / WIDTH) ** 2) / 2), atol=0.02)


@pytest.mark.parametrize(
    "slab", [Slab(4.0), Slab(0.5), Slab(4.0, "gaussian"), Slab(10.0, project="max")], ids=str
)
def test_more_samples_change_nothing(field: Grid, slab: Slab, monkeypatch: pytest.MonkeyPatch) -> None:
    # as sharp as a scanner's images are
    noise = np.random.default_rng(0).normal(size=field.shape)
    image = gaussian_filter(noise, 0.8).astype(np.float32)
    found = []
    for more in (1, 3):
        samples = {project: more * count for project, count in module.SAMPLES_PER_VOXEL.items()}
        monkeypatch.setattr(module, "SAMPLES_PER_VOXEL", samples)
        _, planes = across(field, "axial", (20, 0, 0), slab)
        found.append(virtual_slices(lambda grid: resample(image, field, grid), field, planes, slab))
        monkeypatch.undo()
    thick = Slab(slab.thickness)
    _, whole = virtual_slices(
        lambda grid: resample(image, field, grid), field, across(field, "axial", (20, 0, 0), thick)[1], thick
    )
    both = whole & found[0][1] & found[1][1]
    assert both.mean() > 0.1
    difference = np.abs(found[0][0] - found[1][0])[both] / np.ptp(image)
    assert difference.mean() < 1e-3 and np.percentile(difference, 99) < 1e-2


def test_a_projection_takes_what_part_of_the_slab_is_known(field: Grid) -> None:
    affine = field.affine.copy()
    slices, axis = Grid((30, 32, 1), affine), 2
    affine[:3, 3] = field.world(np.array([0, 0, -2.0]))
    highest, mean = Slab(8.0, project="max"), Slab(8.0)

    def ones(grid: Grid) -> Volume:
        return np.ones(grid.shape, np.float32)

    data, known = virtual_slices(ones, field, SlicePlanes.of_slices(slices, axis, highest, 1.0), highest)
    assert known.sum() == 960 and data.sum() == 960
    with pytest.raises(InputError, match="slices of 8 mm with a box profile: none lies inside"):
        virtual_slices(ones, field, SlicePlanes.of_slices(slices, axis, mean, 1.0), mean)


def test_slices_outside_are_refused(field: Grid) -> None:
    affine = field.affine.copy()
    affine[:3, 3] += 500
    slab = Slab(4.0)
    planes = SlicePlanes.of_slices(Grid((5, 5, 1), affine), 2, slab, 1.0)
    with pytest.raises(InputError, match="outside the field of view"):
        virtual_slices(lambda grid: np.ones(grid.shape, np.float32), field, planes, slab)


def test_a_stack_covers_the_field(field: Grid) -> None:
    slices, axis = stack_over(field, "coronal", (0, 0, 0), 5.0)
    # whole slices, and the voxels of the field within them
    assert plane_across(slices.affine, axis) == "coronal"
    assert slices.shape[axis] == field.shape[axis] // 5 and slices.spacing[axis] == pytest.approx(5)
    assert np.delete(slices.shape, axis).tolist() == np.delete(field.shape, axis).tolist()
    np.testing.assert_allclose(slices.centre, field.centre, atol=1e-6)
    turned, axis = stack_over(field, "axial", (20, 0, 0), 5.0)
    angle = turned.directions[:, axis] @ field.directions[:, 2]
    assert np.degrees(np.arccos(abs(angle))) == pytest.approx(20)
    corners = turned.indices(field.world(np.array([[-0.5, -0.5, -0.5], np.array(field.shape) - 0.5])))
    assert (corners > -0.6).all() and (corners < np.array(turned.shape) - 0.4).all()


def test_a_maximum_of_blurred_slices_is_low_as_its_note_says(field: Grid) -> None:
    image = np.zeros(field.shape, np.float32)
    image[::6, ::6] = 1  # thin rods
    coarse = image.reshape(15, 2, 16, 2, 28).mean(axis=(1, 3)).repeat(2, 0).repeat(2, 1)
    slab = Slab(10.0, project="max")
    _, planes = across(field, "coronal", (0, 0, 0), slab)
    true, blurred = (
        virtual_slices(lambda grid, body=body: resample(body, field, grid), field, planes, slab)[0]
        for body in (image, coarse)
    )
    assert blurred.mean() < true.mean() and BIAS["max"].startswith("lower")
