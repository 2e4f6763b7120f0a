from functools import reduce
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from support.datasets import refuses
from support.volumes import affines, make_affine, make_views, smooth_image

from isospine.geometry.crops import crop_for_views, slice_centres
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.physics.aligned import AlignedOperator
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.simulate import acquire
from isospine.physics.slice_profile import slice_matrix
from isospine.physics.view import View
from isospine.solvers.consistency import consistency_correction, consistency_ridge
from isospine.solvers.tikhonov import smooth_correction

SHAPE = (5, 6, 8)
#: Thick array axes and factors: two and three views, whole and fractional slices.
SETUPS = [
    ((0, 1), (2.5, 3)),
    ((1, 2), (2, 4)),
    ((2, 0), (8 / 3, 2.2)),
    ((0, 1, 2), (2.5, 2, 4)),
    ((2, 1, 0), (3.5, 3, 2.5)),
    ((1,), (3,)),
]
PROFILES = ["box", "gaussian", "point"]


def make_operator(axes: tuple[int, ...], factors: tuple[float, ...], profile: str) -> AlignedOperator:
    matrices = [
        slice_matrix(SHAPE[axis], slice_centres(SHAPE[axis], factor), factor, profile)
        for axis, factor in zip(axes, factors, strict=True)
    ]
    return AlignedOperator(axes, tuple(matrices))


def dense(operator: AlignedOperator) -> FloatArray:
    """Write the operator as one matrix on the flattened image, with Kronecker products."""
    blocks = []
    for axis, matrix in zip(operator.axes, operator.matrices, strict=True):
        factors = [matrix if a == axis else np.eye(n) for a, n in enumerate(SHAPE)]
        blocks.append(reduce(np.kron, factors))
    return np.concatenate(blocks)


def flat(views: list[np.ndarray]) -> FloatArray:
    return np.concatenate([view.ravel() for view in views])


def random_case(operator: AlignedOperator, seed: int = 0) -> tuple[np.ndarray, list[np.ndarray]]:
    """Give an image, and views that no image explains."""
    random = np.random.default_rng(seed)
    image = random.normal(size=SHAPE)
    return image, [random.normal(size=view.shape) for view in operator.forward(image)]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("axes", "factors"), SETUPS)
def test_operator_equals_its_dense_matrix(
    axes: tuple[int, ...], factors: tuple[float, ...], profile: str
) -> None:
    operator = make_operator(axes, factors, profile)
    matrix = dense(operator)
    image, views = random_case(operator)
    np.testing.assert_allclose(flat(operator.forward(image)), matrix @ image.ravel(), atol=1e-12)
    np.testing.assert_allclose(operator.adjoint(views).ravel(), matrix.T @ flat(views), atol=1e-12)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("axes", "factors"), SETUPS)
def test_closed_form_is_the_least_squares_solution_of_least_norm(
    axes: tuple[int, ...], factors: tuple[float, ...], profile: str
) -> None:
    operator = make_operator(axes, factors, profile)
    image, views = random_case(operator)
    matrix = dense(operator)
    expected = np.linalg.lstsq(matrix, flat(views) - matrix @ image.ravel(), rcond=1e-9)[0]
    correction = consistency_correction(image, operator, views)
    np.testing.assert_allclose(correction.ravel(), expected, atol=1e-8)


@pytest.mark.parametrize("ridge", [1e-3, 0.5])
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("axes", "factors"), SETUPS)
def test_a_ridge_gives_the_regularised_solution(
    axes: tuple[int, ...], factors: tuple[float, ...], profile: str, ridge: float
) -> None:
    operator = make_operator(axes, factors, profile)
    image, views = random_case(operator)
    matrix = dense(operator)
    normal = matrix.T @ matrix + ridge * np.eye(image.size)
    expected = np.linalg.solve(normal, matrix.T @ (flat(views) - matrix @ image.ravel()))
    correction = consistency_correction(image, operator, views, ridge)
    np.testing.assert_allclose(correction.ravel(), expected, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(affines(), st.floats(2, 5), st.floats(2, 5), st.sampled_from(PROFILES), st.booleans())
def test_an_image_made_consistent_explains_its_views(
    affine: FloatArray, first: float, second: float, profile: str, third: bool
) -> None:
    specs = [("axial", first), ("sagittal", second)] + [("coronal", 2.0)] * third
    _, grid = crop_for_views(Grid((12, 11, 13), affine), specs)
    truth = smooth_image(grid.shape, sigma=1).astype(np.float64)
    views = make_views(truth, grid, specs, profile)
    operator = AlignedOperator.of_views(views, grid)
    measured = [view.data for view in views]
    for seen, view in zip(operator.forward(truth), measured, strict=True):
        np.testing.assert_allclose(seen, view, atol=1e-4)
    start = smooth_image(grid.shape, seed=1, sigma=1).astype(np.float64)
    correction = consistency_correction(start, operator, measured)
    consistent = start + correction
    for seen, view in zip(operator.forward(consistent), measured, strict=True):
        np.testing.assert_allclose(seen, view, atol=1e-3)
    again = consistency_correction(consistent, operator, measured)
    assert np.abs(again).max() < 1e-3  # projecting twice is projecting once
    # the projection is orthogonal: it never moves away from the truth, which explains the views too
    assert np.linalg.norm(consistent - truth) <= np.linalg.norm(start - truth)


def test_slices_that_say_the_same_are_no_matter() -> None:
    """Three equal slices, another, and their mean: the slice matrix has a rank of 2."""
    first, second = np.array([0.5, 0.5, 0, 0, 0]), np.array([0, 0, 0.2, 0.4, 0.4])
    matrix = np.stack([first, first, second, (first + second) / 2, first])
    operator = AlignedOperator((0, 2), (matrix, make_operator((2,), (4,), "box").matrices[0]))
    image, views = random_case(operator)
    expected = np.linalg.pinv(dense(operator), rcond=1e-9) @ (flat(views) - dense(operator) @ image.ravel())
    correction = consistency_correction(image, operator, views)
    np.testing.assert_allclose(correction.ravel(), expected, atol=1e-8)


def test_what_is_seen_faintly_is_seen_and_what_rounding_leaves_is_not() -> None:
    """Singular values of 1, 1e-5 and 1e-7: the last is rounding, and dividing by it would blow noise up."""
    (_, squared), *_ = AlignedOperator((0,), (np.diag([1, 1e-5, 1e-7]),)).bases
    np.testing.assert_allclose(squared, [1, 1e-10, 0], rtol=1e-9)


def test_intensities_of_any_unit_are_squared_without_overflow() -> None:
    """The square of 1e25 is beyond single precision."""
    operator = make_operator((0, 2), (2.5, 4), "box")
    _, views = random_case(operator)
    large = [(1e25 * view).astype(np.float32) for view in views]
    assert operator.noise(large) == pytest.approx(1e25 * operator.noise(views), rel=1e-5)
    assert operator.mean_squared_residual(np.zeros(SHAPE, np.float32), large) == pytest.approx(
        1e50 * np.mean([np.mean(view**2) for view in views]), rel=1e-5
    )


def test_single_precision_suffices() -> None:
    grid = Grid((20, 20, 20), make_affine())
    truth = smooth_image(grid.shape)
    views = make_views(truth, grid, [("axial", 5), ("sagittal", 5)])
    operator = AlignedOperator.of_views(views, grid)
    correction = consistency_correction(np.zeros_like(truth), operator, [view.data for view in views])
    assert correction.dtype == np.float32
    for seen, view in zip(operator.forward(correction), views, strict=True):
        np.testing.assert_allclose(seen, view.data, atol=0.01)  # of 1000


def test_two_views_along_one_axis_are_refused() -> None:
    grid = Grid((12, 12, 12), make_affine())
    image = smooth_image(grid.shape)
    views = [acquire(image, grid, "axial", 2, "box"), acquire(image, grid, "axial", 3, "box")]
    operator = AlignedOperator.of_views(views, grid)
    with refuses("views", "same axis", "different planes"):
        consistency_correction(image, operator, [view.data for view in views])


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("third", [False, True])
def test_noise_is_what_the_views_disagree_by(profile: str, third: bool) -> None:
    specs = [("axial", 4.0), ("sagittal", 2.5)] + [("coronal", 5.0)] * third
    grid = Grid((40, 40, 40), make_affine())
    views = make_views(smooth_image(grid.shape).astype(np.float64), grid, specs, profile)
    operator = AlignedOperator.of_views(views, grid)
    clean = [view.data for view in views]
    assert operator.noise(clean) == pytest.approx(0, abs=1e-6)
    random = np.random.default_rng(0)
    noisy = [data + random.normal(scale=20, size=data.shape) for data in clean]
    assert operator.noise(noisy) == pytest.approx(20, rel=0.05)


def test_a_single_view_has_nothing_to_disagree_with() -> None:
    operator = make_operator((1,), (3,), "box")
    assert operator.noise(random_case(operator)[1]) == 0


def test_the_ridge_weights_the_views_by_their_noise() -> None:
    """The estimate is off by white noise of 10: the ridge is the ratio of the variances."""
    random = np.random.default_rng(0)
    grid = Grid((40, 40, 40), make_affine())
    truth = smooth_image(grid.shape).astype(np.float64)
    views = make_views(truth, grid, [("axial", 4), ("sagittal", 5)])
    operator = AlignedOperator.of_views(views, grid)
    estimate = truth + random.normal(scale=10, size=truth.shape)
    clean = [view.data for view in views]
    assert consistency_ridge(estimate, operator, clean) == 0
    noisy = [data + random.normal(scale=8, size=data.shape) for data in clean]
    ridge = consistency_ridge(estimate, operator, noisy)
    assert ridge == pytest.approx(8**2 / 10**2, rel=0.3)

    def error(weight: float) -> float:
        corrected = estimate + consistency_correction(estimate, operator, noisy, weight)
        return float(np.sqrt(np.mean((corrected - truth) ** 2)))

    assert error(ridge) < 10  # better than the estimate
    assert error(ridge) < error(0) - 0.5  # and than trusting noisy views exactly
    assert error(ridge) < min(error(ridge * 10), error(ridge / 10))


@pytest.mark.parametrize(
    ("sigma", "squared", "energy", "smallest", "expected"),
    [
        (2, 8, 0.5, 0, 0.5),  # 8 - 2^2 of error in the views is 8 in the image: 2^2 / 8
        (0.1, 0.05, 0.2, 0, 0.05),
        (3, 8, 0.5, 0, 562.5),  # noise explains all: a thousandth of the residual is taken for error, 0.016
        (2, 8, 0.5, 0.03, 0.5),
        (2, 8, 0.5, 0.7, 0.7),
        (0, 0, 0.5, 0, 0),  # the views are explained
        (0, 0, 0.5, 0.03, 0.03),
        (0.004, 1.000016, 1, 0, 1.6e-5),
        (0.003, 1.000009, 1, 0, 0),  # 9e-6 is rounding
    ],
)
def test_the_ridge_by_hand(
    sigma: float, squared: float, energy: float, smallest: float, expected: float
) -> None:
    operator = Mock(energy=energy, smallest_ridge=smallest)
    operator.noise.return_value = sigma
    operator.mean_squared_residual.return_value = squared
    image, views = np.zeros((2, 2, 2), np.float32), [np.ones((2, 2, 1), np.float32)]
    assert consistency_ridge(image, operator, views) == pytest.approx(expected)
    operator.noise.assert_called_once_with(views)
    operator.mean_squared_residual.assert_called_once_with(image, views)


def test_noise_of_views_in_any_position_is_not_copied() -> None:
    """Also where an estimate is bad in a part of the volume that one view shows, whose residuals tell of no noise."""
    grid = Grid((32, 32, 32), np.diag([0.8, 0.8, 0.8, 1.0]))
    views = []
    for axis, angle, kept in ((2, 0.0, 32), (0, 0.1, 18)):
        turn = Rotation.from_rotvec([0, angle, angle]).as_matrix()
        spacing = np.where(np.arange(3) == axis, 3.2, 0.8)
        shape = tuple(int(n) for n in np.where(np.arange(3) == axis, 8, (32, kept, 32)))
        affine = np.eye(4)
        affine[:3, :3] = turn * spacing
        affine[:3, 3] = turn @ ((spacing - 0.8) / 2)
        views.append(View(np.zeros(shape, np.float32), Grid(shape, affine), axis, 3.2, "box"))
    operator = ObliqueOperator.of_views(views, grid)
    seen = np.s_[6:26, 6:14, 6:26]
    reference = smooth_image(grid.shape, sigma=2.0)
    reference /= np.ptp(reference)
    error = smooth_image(grid.shape, seed=1, sigma=2.5)
    error = 0.01 * (error - error[seen].mean()) / error[seen].std()
    error[:, 18:] *= 10
    estimate = reference + error
    random, noise = np.random.default_rng(0), 0.01
    clean = operator.forward(reference)
    noisy = [data + random.normal(scale=noise, size=data.shape).astype(np.float32) for data in clean]

    def left(change: Volume) -> float:
        return float(np.sqrt(np.mean((error + change)[seen] ** 2)))

    ridge = consistency_ridge(estimate, operator, noisy)
    plain = left(consistency_correction(estimate, operator, noisy, ridge))
    assert left(smooth_correction(estimate, operator, noisy, noise)) < min(0.01, 0.6 * plain)
    assert left(smooth_correction(estimate, operator, clean, 0.0)) < 0.005


@pytest.mark.parametrize("ridge", [0.005, 1 / 30, 2.0])
@pytest.mark.parametrize(("axes", "factors"), SETUPS)
def test_the_regularised_inverse_is_that_of_the_matrix(
    axes: tuple[int, ...], factors: tuple[float, ...], ridge: float
) -> None:
    operator = make_operator(axes, factors, "gaussian")
    image, _ = random_case(operator)
    matrix = dense(operator)
    expected = np.linalg.solve(matrix.T @ matrix + ridge * np.eye(image.size), image.ravel())
    found = operator.regularised_inverse(image, ridge)
    assert np.allclose(found.ravel(), expected, rtol=1e-9, atol=1e-9)
    single = operator.regularised_inverse(image.astype(np.float32), ridge)
    assert single.dtype == np.float32
    assert np.allclose(single.ravel(), expected, atol=1e-5 * np.abs(expected).max())
