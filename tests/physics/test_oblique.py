"""The acquisition operator of views that lie anywhere."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.volumes import affines, make_affine, make_views, smooth_image

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.rigid import rigid
from isospine.physics.aligned import AlignedOperator
from isospine.physics.oblique import MODEL_RIDGE, ObliqueOperator, cubic_convolution, profile_samples
from isospine.physics.operator import is_aligned, operator_of
from isospine.physics.slice_profile import FWHM
from isospine.physics.view import View
from isospine.solvers.consistency import consistency_correction, consistency_ridge

GRID = Grid((20, 20, 20), make_affine())
TURN = np.array([8.0, -5.0, 3.0, 1.0, -2.0, 0.7])


def stack(affine: FloatArray, shape: tuple[int, int, int], axis: int = 2, thickness: float = 4.0) -> View:
    return View(np.zeros(shape, np.float32), Grid(shape, affine), axis, thickness, "box")


def oblique_views(profile: str = "box") -> list[View]:
    """An axial view, and a sagittal one that is turned and shifted against the grid."""
    axial, sagittal = make_views(smooth_image(GRID.shape), GRID, [("axial", 5), ("sagittal", 4)], profile)
    return [axial, sagittal.moved(rigid(TURN, GRID.centre))]


@pytest.mark.parametrize("factors", [(5, 5), (4, 2), (5, 4)])
def test_equals_the_closed_form_on_aligned_views(factors: tuple[int, int]) -> None:
    views = make_views(smooth_image(GRID.shape), GRID, [("axial", factors[0]), ("sagittal", factors[1])])
    exact, sparse = AlignedOperator.of_views(views, GRID), ObliqueOperator.of_views(views, GRID)
    image = smooth_image(GRID.shape, seed=1, sigma=0.5)
    measured = [view.data for view in views]
    for ours, theirs in zip(sparse.forward(image), exact.forward(image), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-3)  # of 1000
    np.testing.assert_allclose(sparse.adjoint(measured), exact.adjoint(measured), atol=1e-3)
    assert sparse.adjoint(measured).dtype == np.float32
    assert sparse.energy == pytest.approx(exact.energy)
    assert sparse.mean_squared_residual(image, measured) == pytest.approx(
        exact.mean_squared_residual(image, measured), rel=1e-4
    )
    assert all(covered.all() for covered in sparse.covered())
    right = image - 500
    solution = sparse.regularised_inverse(right, 0.05, iterations=200)
    np.testing.assert_allclose(solution, exact.regularised_inverse(right, 0.05), atol=3)  # of 10 000


def test_noisy_views_are_corrected_alike() -> None:
    """Data consistency that is weighted by the noise gives the same image by both operators."""
    random = np.random.default_rng(0)
    views = make_views(smooth_image(GRID.shape), GRID, [("axial", 5), ("sagittal", 5)])
    measured = [
        view.data + random.normal(scale=20, size=view.data.shape).astype(np.float32) for view in views
    ]
    image = np.full(GRID.shape, 500, np.float32)
    corrections = [
        consistency_correction(image, kind.of_views(views, GRID), measured, 0.1)
        for kind in (AlignedOperator, ObliqueOperator)
    ]
    np.testing.assert_allclose(corrections[1], corrections[0], atol=0.3)


@settings(max_examples=40, deadline=None)
@given(
    affines(),
    affines(),
    st.integers(0, 2),
    st.floats(1, 6),
    st.sampled_from(["box", "gaussian", "point"]),
    st.integers(0, 2**31),
)
def test_forward_and_adjoint_are_adjoint(
    image_affine: FloatArray, affine: FloatArray, axis: int, thickness: float, profile: str, seed: int
) -> None:
    shape = (5, 6, 4)
    grid = Grid((12, 10, 11), image_affine)
    view = replace(stack(affine, shape, axis, thickness), profile=profile)
    # both begin at one point: put their middles there
    view = replace(view, grid=Grid(shape, centred(affine, shape, grid.centre)))
    operator = ObliqueOperator.of_views([view], grid)
    random = np.random.default_rng(seed)
    image, spread = random.normal(size=grid.shape).astype(np.float32), random.normal(size=shape)
    left = np.vdot(operator.forward(image)[0], spread)
    right = np.vdot(image, operator.adjoint([spread.astype(np.float32)]))
    assert left == pytest.approx(right, rel=1e-4, abs=1e-4)
    rows = operator.matrices[0].sum(axis=1).reshape(shape)
    np.testing.assert_allclose(rows[operator.covered()[0]], 1, atol=2e-6)
    assert not rows[~operator.covered()[0]].any()


def centred(affine: FloatArray, shape: tuple[int, int, int], centre: FloatArray) -> FloatArray:
    shifted = affine.copy()
    shifted[:3, 3] += centre - Grid(shape, affine).centre
    return shifted


@pytest.mark.parametrize("profile", ["box", "gaussian", "point"])
def test_views_of_a_constant_are_constant(profile: str) -> None:
    operator = ObliqueOperator.of_views(oblique_views(profile), GRID)
    image = np.full(GRID.shape, 321.5, np.float32)
    for seen, covered in zip(operator.forward(image), operator.covered(), strict=True):
        assert covered.any()
        np.testing.assert_allclose(seen[covered], 321.5, rtol=2e-6)


def test_a_ramp_is_read_off_where_the_slices_are() -> None:
    """The mean of a ramp over a slice is its value at the slice's centre, wherever that lies."""
    ramp = (GRID.world(np.moveaxis(np.indices(GRID.shape, np.float64), 0, -1)) @ [1, -2, 0.5]).astype(
        np.float32
    )
    views = oblique_views()
    operator = ObliqueOperator.of_views(views, GRID)
    for view, seen, covered in zip(views, operator.forward(ramp), operator.covered(), strict=True):
        centres = view.grid.world(np.moveaxis(np.indices(view.grid.shape, np.float64), 0, -1))
        inner = covered & inside(centres, view)
        assert inner.sum() > 100
        np.testing.assert_allclose(seen[inner], (centres @ [1, -2, 0.5])[inner], atol=5e-3)


def inside(centres: FloatArray, view: View) -> np.ndarray:
    """Voxels whose slices keep away from the grid's border, beyond which the image is constant."""
    half = view.thickness / 2 * view.grid.directions[:, view.axis]
    ends = np.stack([GRID.indices(centres + sign * half) for sign in (-1, 1)])
    return np.asarray(((ends > 1) & (ends < np.array(GRID.shape) - 2)).all(axis=(0, -1)))


def test_what_is_not_wholly_inside_has_no_weight_and_no_residual() -> None:
    views = oblique_views()
    far = views[0].moved(rigid(np.array([0, 0, 0, 0, 0, 100.0]), GRID.centre))
    operator = ObliqueOperator.of_views([*views, far], GRID)
    partly, none = operator.covered()[1:]
    assert partly.any() and not partly.all() and not none.any()
    measured = [view.data + 10 for view in views] + [far.data]
    residuals = operator.residuals(np.zeros(GRID.shape, np.float32), measured)
    np.testing.assert_array_equal(residuals[1][partly], measured[1][partly])
    assert not residuals[1][~partly].any() and not residuals[2].any()
    squared = [np.mean(measured[0].astype(float) ** 2), np.mean(measured[1][partly].astype(float) ** 2)]
    only = ObliqueOperator.of_views(views, GRID)
    assert only.mean_squared_residual(np.zeros(GRID.shape, np.float32), measured[:2]) == pytest.approx(
        np.mean(squared), rel=1e-5
    )
    assert not ObliqueOperator.of_views([far], GRID).adjoint([far.data]).any()


def test_a_partial_overlap_does_not_dilute_the_residual() -> None:
    """A body half out of the grid: the views are as noisy, and the estimate as wrong, as if it were whole."""
    random = np.random.default_rng(0)
    truth = smooth_image(GRID.shape)
    whole = make_views(truth, GRID, [("axial", 4), ("sagittal", 5)])
    shift = rigid(
        np.array([0, 0, 0, 0, 8.0, 0]), GRID.centre
    )  # whole voxels along the second axis, out of the grid
    half = [view.moved(shift) for view in whole]
    estimate = truth + random.normal(scale=20, size=truth.shape).astype(np.float32)
    ridges = []
    for views in (whole, half):
        operator = ObliqueOperator.of_views(views, GRID)
        clean = operator.forward(truth)
        noisy = [data + random.normal(scale=10, size=data.shape).astype(np.float32) for data in clean]
        assert np.mean(operator.covered()[0]) == pytest.approx(1.0 if views is whole else 0.5)
        ridges.append(consistency_ridge(estimate, operator, noisy))
    assert ridges[0] == pytest.approx(0.25, rel=0.5)
    assert ridges[1] == pytest.approx(ridges[0], rel=0.5)


def test_what_the_operator_does_not_know_counts_as_noise() -> None:
    truth = smooth_image(GRID.shape)
    views = make_views(truth, GRID, [("axial", 4), ("sagittal", 5)])
    operator = ObliqueOperator.of_views(views, GRID)
    clean = operator.forward(truth)
    assert consistency_ridge(np.zeros_like(truth), operator, clean) == MODEL_RIDGE
    exact = AlignedOperator.of_views(views, GRID)
    assert consistency_ridge(np.zeros_like(truth), exact, [view.data for view in views]) == 0


def seen_by(operator: ObliqueOperator) -> Volume:
    """How many slice voxels, by weight, tell about each voxel of the image."""
    return operator.adjoint([np.ones(shape, np.float32) for shape in operator.shapes])


def test_seen_counts_the_slices() -> None:
    views = make_views(smooth_image(GRID.shape), GRID, [("axial", 5), ("sagittal", 5)])
    operator = ObliqueOperator.of_views(views, GRID)
    np.testing.assert_allclose(seen_by(operator), 2 / 5, rtol=1e-5)


def test_scaled_is_as_bright_as_the_gains() -> None:
    views = oblique_views()
    operator = ObliqueOperator.of_views(views, GRID)
    random = np.random.default_rng(0)
    gains = [random.uniform(0.5, 2, view.data.shape).astype(np.float32) for view in views]
    image = smooth_image(GRID.shape)
    scaled = operator.scaled(gains)
    for bright, plain, gain in zip(scaled.forward(image), operator.forward(image), gains, strict=True):
        np.testing.assert_allclose(bright, plain * gain, rtol=1e-4, atol=1e-3)
    left = sum(np.vdot(a, b) for a, b in zip(scaled.forward(image), gains, strict=True))
    assert left == pytest.approx(np.vdot(image, scaled.adjoint(gains)), rel=1e-4)


def test_without_sees_all_but_what_is_held_out() -> None:
    views = oblique_views()
    operator = ObliqueOperator.of_views(views, GRID)
    out = [np.zeros(view.data.shape, bool) for view in views]
    out[0][:, :, 2] = True
    less = operator.without(out)
    assert not less.covered()[0][:, :, 2].any()
    np.testing.assert_array_equal(less.covered()[0][:, :, 3], operator.covered()[0][:, :, 3])
    # what is held out changes nothing
    changed = [view.data.copy() for view in views]
    changed[0][:, :, 2] = -1e6
    np.testing.assert_array_equal(less.adjoint(changed), less.adjoint([view.data for view in views]))
    image = smooth_image(GRID.shape)
    assert not less.residuals(image, changed)[0][:, :, 2].any()


@pytest.mark.parametrize("sigma", [5.0, 20.0])
def test_noise_of_the_views(sigma: float) -> None:
    grid = Grid((40, 40, 40), make_affine())
    views = make_views(smooth_image(grid.shape, sigma=4), grid, [("axial", 4), ("sagittal", 5)])
    views[1] = views[1].moved(rigid(TURN, grid.centre))
    operator = ObliqueOperator.of_views(views, grid)
    random = np.random.default_rng(0)
    noisy = [
        view.data + random.normal(scale=sigma, size=view.data.shape).astype(np.float32) for view in views
    ]
    assert operator.noise(noisy) == pytest.approx(sigma, rel=0.1)
    assert operator.noise([view.data for view in views]) < 2


def test_no_view_in_the_grid_has_no_noise() -> None:
    far = oblique_views()[0].moved(rigid(np.array([0, 0, 0, 0, 0, 100.0]), GRID.centre))
    operator = ObliqueOperator.of_views([far], GRID)
    assert operator.noise([far.data]) == 0
    assert operator.mean_squared_residual(np.zeros(GRID.shape, np.float32), [far.data]) == 0
    assert operator.energy == 1


def test_gaussian_profile_has_its_width() -> None:
    """The variance of a slice of an impulse, summed over all slices, is that of its profile."""
    affine = np.diag([0.5, 0.5, 0.5, 1])
    grid = Grid((3, 3, 81), affine)
    fine = stack(affine @ np.diag([1, 1, 1, 1.0]), (3, 3, 81), 2, 4.0)
    for profile, variance in (("gaussian", (4 / FWHM) ** 2), ("box", 16 / 12)):
        operator = ObliqueOperator.of_views([replace(fine, profile=profile)], grid)
        impulse = np.zeros(grid.shape, np.float32)
        impulse[:, :, 40] = 1
        spread = operator.forward(impulse)[0][1, 1].astype(np.float64)
        positions = (np.arange(81) - 40) * 0.5
        assert spread.sum() == pytest.approx(1, rel=1e-3)
        # linear interpolation between the voxels adds h^2 / 6, and the tails of few samples are short
        assert (spread * positions**2).sum() == pytest.approx(variance, rel=0.2), profile


def test_samples_of_a_profile() -> None:
    view = oblique_views()[0]
    assert view.thickness == pytest.approx(4)
    np.testing.assert_allclose(profile_samples(view, GRID), [-1.6, -0.8, 0, 0.8, 1.6], atol=1e-9)
    np.testing.assert_array_equal(profile_samples(replace(view, profile="point"), GRID), [0])
    assert len(profile_samples(replace(view, thickness=0.1), GRID)) == 1


def test_gaps_are_not_seen() -> None:
    """Slices of 2 voxels every 4: what lies between them has no weight."""
    affine = make_affine()
    grid = Grid((4, 4, 16), affine)
    slices = affine.copy()
    slices[:3, 2] *= 4
    slices[:3, 3] = grid.world(np.array([0, 0, 1.5]))
    view = stack(slices, (4, 4, 4), 2, 2 * 0.8)
    seen = seen_by(ObliqueOperator.of_views([view], grid))[1, 1]
    np.testing.assert_allclose(seen, np.tile([0, 0.5, 0.5, 0], 4), atol=1e-5)


def test_overlapping_slices_see_twice() -> None:
    affine = make_affine()
    grid = Grid((4, 4, 16), affine)
    slices = affine.copy()
    slices[:3, 2] *= 2
    slices[:3, 3] = grid.world(np.array([0, 0, 1.5]))
    seen = seen_by(ObliqueOperator.of_views([stack(slices, (4, 4, 7), 2, 4 * 0.8)], grid))[1, 1]
    np.testing.assert_allclose(seen[2:-2], 0.5, atol=1e-5)
    np.testing.assert_allclose(seen[:2], 0.25, atol=1e-5)


def test_aligned_views_take_the_closed_form() -> None:
    views = make_views(smooth_image(GRID.shape), GRID, [("axial", 5), ("sagittal", 4)])
    assert isinstance(operator_of(views, GRID), AlignedOperator)
    assert isinstance(operator_of([views[0], views[0]], GRID), ObliqueOperator), "one axis twice"
    assert isinstance(operator_of(oblique_views(), GRID), ObliqueOperator)
    assert not is_aligned(views[0].moved(rigid(np.array([0, 0, 0, 0.4, 0, 0]), GRID.centre)), GRID)
    assert is_aligned(views[0].moved(rigid(np.array([0, 0, 0, 0, 0, 0.3]), GRID.centre)), GRID), (
        "across its slices"
    )
    # a tenth of a degree moves a corner by a fiftieth of a voxel: it is the turn that counts
    for degrees, aligned in ((0.1, False), (0.03, True)):
        turned = views[0].moved(rigid(np.array([degrees, 0, 0, 0, 0, 0]), GRID.centre))
        assert is_aligned(turned, GRID) is aligned


def test_the_cubic_between_voxels_is_that_of_keys() -> None:
    """His weights with a = -1/2, multiplied out by hand."""
    distances = np.array([0, 0.25, 0.5, 1, 1.25, 1.5, 2, 2.5, 3])
    weights = [1, 0.8671875, 0.5625, 0, -0.0703125, -0.0625, 0, 0, 0]
    np.testing.assert_allclose(cubic_convolution(distances), weights, atol=1e-15)
    np.testing.assert_allclose(cubic_convolution(-distances), weights, atol=1e-15)


def points(places: list[tuple[float, float, float]], grid: Grid = GRID) -> list[View]:
    """A view of one voxel without extent at each place, in voxels of the grid."""
    views = []
    for place in places:
        affine = grid.affine.copy()
        affine[:3, 3] = grid.world(np.array(place))
        views.append(View(np.zeros((1, 1, 1), np.float32), Grid((1, 1, 1), affine), 2, 0.8, "point"))
    return views


def test_parabolas_are_read_off_exactly_between_the_voxels() -> None:
    places = [(5.3, 7.8, 9.1), (10, 2.5, 17.49), (1.01, 1, 16.7)]
    indices = np.moveaxis(np.indices(GRID.shape, np.float64), 0, -1)

    def parabola(index: FloatArray) -> FloatArray:
        i, j, k = np.moveaxis(index, -1, 0)
        return np.asarray(3 * i**2 - 2 * j**2 + k**2 + i * j - 4 * j * k + 5 * i - 7)

    seen = ObliqueOperator.of_views(points(places), GRID).forward(parabola(indices).astype(np.float32))
    np.testing.assert_allclose(np.ravel(seen), parabola(np.array(places)), atol=0.02)  # of 2000


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_voxel_ends_half_a_voxel_from_its_centre_at_the_border_too(axis: int) -> None:
    """The grid has 20 voxels; what is beyond its faces is not seen, and up to them the border's voxel is constant."""
    middle = np.array([4.0, 5.0, 6.0])
    along = [-0.51, -0.5, -0.2, 0, 19, 19.3, 19.5, 19.51]
    places = [tuple(np.where(np.arange(3) == axis, place, middle)) for place in along]
    operator = ObliqueOperator.of_views(points(places), GRID)
    assert [bool(covered.all()) for covered in operator.covered()] == [False, *[True] * 6, False]
    image = np.random.default_rng(0).normal(size=GRID.shape).astype(np.float32)
    line = np.moveaxis(image, axis, 0)[(slice(None), *np.delete(middle, axis).astype(int))]
    expected = [0, *[line[0]] * 3, *[line[-1]] * 3, 0]
    np.testing.assert_allclose(np.ravel(operator.forward(image)), expected, atol=1e-6)


def test_a_slice_that_is_partly_outside_is_not_covered() -> None:
    """Five equal parts of a slice, one of them beyond the border: four fifths are too little."""
    affine = GRID.affine.copy()
    affine[:3, 2] *= 5
    slices = []
    for start in (2, 1.5, 1.4):  # its first part begins half a voxel before -0.5 + start - 2
        affine[:3, 3] = GRID.world(np.array([3, 3, start]))
        slices.append(stack(affine.copy(), (1, 1, 1), 2, 4.0))
    covered = ObliqueOperator.of_views(slices, GRID).covered()
    assert [bool(one.all()) for one in covered] == [True, True, False]
    # the next slice of the last view is not cut off
    (pair,) = ObliqueOperator.of_views([stack(affine, (1, 1, 2), 2, 4.0)], GRID).covered()
    assert pair.ravel().tolist() == [False, True]


def test_weights_that_do_not_matter_are_left_out() -> None:
    operator = ObliqueOperator.of_views(
        points([(5, 5, 5), (5, 5 + 1e-6, 5), (5, 5.1, 5), (5.5, 5.5, 5.5)]), GRID
    )
    assert [matrix.nnz for matrix in operator.matrices] == [1, 1, 4, 64]
    for matrix in operator.matrices:
        assert matrix.sum() == pytest.approx(1)
        assert matrix.dtype == np.float32
        assert matrix.indices.dtype == np.int32  # half of the memory


def test_energy_is_that_of_the_voxels_that_are_seen() -> None:
    """A slice of four voxels keeps a quarter of white noise, a point all of it; what is outside does not count."""
    affine = GRID.affine.copy()
    affine[:3, 2] *= 4
    affine[:3, 3] = GRID.world(np.array([0, 0, 1.5]))
    slices = stack(affine, (20, 20, 5), 2, 3.2)
    half_out = stack(
        affine @ np.array([[1, 0, 0, 10], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]), (20, 20, 5), 2, 3.2
    )
    (point,) = points([(3, 4, 5)])
    for views, energy in (
        ([slices], 0.25),
        ([half_out], 0.25),
        ([slices, point], 0.625),
        ([half_out, point], 0.625),
    ):
        assert ObliqueOperator.of_views(views, GRID).energy == pytest.approx(energy, rel=1e-5)


def test_noise_of_a_checkerboard_by_hand() -> None:
    """Second differences of +-1 in both directions of a plane are +-16: over 6 and the median of a normal variable."""
    affine = GRID.affine.copy()
    view = stack(affine, (20, 20, 20), 1, 0.8)
    i, _, k = np.indices(GRID.shape)
    board = ((-1.0) ** (i + k)).astype(np.float32)
    operator = ObliqueOperator.of_views([view, view], GRID)
    inner = [np.zeros(GRID.shape, bool) for _ in range(2)]
    for out in inner:
        out[[0, -1]] = out[:, :, [0, -1]] = True  # differences at the border are of the mirror image
    operator = operator.without(inner)
    level = 16 / 6 / 0.6745
    assert operator.noise([board, 0 * board]) == pytest.approx(level / np.sqrt(2))
    assert operator.noise([board, 3 * board]) == pytest.approx(level * np.sqrt(5))


def test_an_image_near_the_solution_saves_iterations() -> None:
    operator = ObliqueOperator.of_views(oblique_views(), GRID)
    right = smooth_image(GRID.shape) - 500
    solution = operator.regularised_inverse(right, 0.1, iterations=500)
    left = operator.adjoint(operator.forward(solution)) + np.float32(0.1) * solution - right
    assert np.linalg.norm(left) < 2e-4 * np.linalg.norm(right)
    assert solution.dtype == np.float32
    one = operator.regularised_inverse(right, 0.1, iterations=1)
    again = operator.regularised_inverse(right, 0.1, near=solution, iterations=1)
    assert np.abs(one - solution).max() > 100 * np.abs(again - solution).max()
    thirty = operator.regularised_inverse(right, 1e-4, iterations=30)
    np.testing.assert_array_equal(operator.regularised_inverse(right, 1e-4), thirty)
    assert not np.array_equal(operator.regularised_inverse(right, 1e-4, iterations=31), thirty)


def test_residuals_of_any_unit_are_squared_without_overflow() -> None:
    views = oblique_views()
    operator = ObliqueOperator.of_views(views, GRID)
    blank = np.zeros(GRID.shape, np.float32)
    measured = [view.data for view in views]
    large = operator.mean_squared_residual(blank, [np.float32(1e20) * data for data in measured])
    assert large == pytest.approx(1e40 * operator.mean_squared_residual(blank, measured), rel=1e-5)
