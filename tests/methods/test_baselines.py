from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from support.view_sets import set_of
from support.volumes import make_affine, make_views, smooth_image

from isospine.evaluation.metrics import psnr
from isospine.geometry.crops import crop_for_views, cropping
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.io.nifti import load_volume
from isospine.methods.baselines import baseline_method
from isospine.physics.aligned import AlignedOperator
from isospine.physics.simulate import add_rician_noise
from isospine.physics.slice_profile import SLICE_PROFILES
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES
from isospine.solvers.interpolation import cubic, linear
from isospine.solvers.noise import relative_noise
from isospine.solvers.tikhonov import laplacian, tikhonov
from isospine.solvers.total_variation import total_variation

#: PSNR in dB on sub-sct1mm cropped to 60 x 55 x 50, box views of factor 5, axial and sagittal.
GOLDEN = {"linear": 27.53, "cubic": 27.99, "ibp": 31.28, "tikhonov": 31.41, "tv": 31.65}


def residual(image: Volume, views: Sequence[View], grid: Grid) -> float:
    """Root mean square of what an image leaves unexplained of its views."""
    seen = AlignedOperator.of_views(views, grid).forward(image)
    errors = [(view.data - part).ravel() for view, part in zip(views, seen, strict=True)]
    return float(np.sqrt(np.mean(np.concatenate(errors) ** 2)))


@pytest.mark.parametrize("profile", SLICE_PROFILES)
@pytest.mark.parametrize("name", BASELINES)
def test_a_constant_comes_back(name: str, profile: str) -> None:
    grid = Grid((10, 12, 14), make_affine((1, 2, 0), (-1, 1, 1)))
    views = make_views(np.full(grid.shape, 500, np.float32), grid, [("axial", 2.5), ("sagittal", 4)], profile)
    image = baseline_method(name)(set_of(views))
    assert image.shape == grid.shape
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, 500, atol=0.1)


@pytest.mark.parametrize(("name", "border"), [("linear", 3), ("cubic", 20), ("ibp", 25)])
@pytest.mark.parametrize(
    ("specs", "tolerance"),
    # a fractional slice's centre of mass is off by up to 0.04 voxels: voxels are constant over their extent
    [([("axial", 5), ("sagittal", 4)], 0.02), ([("axial", 2.5), ("coronal", 3.2)], 0.3)],
)
def test_a_linear_ramp_comes_back_away_from_the_borders(
    name: str, border: int, specs: list[tuple[str, float]], tolerance: float
) -> None:
    _, grid = crop_for_views(Grid((54, 56, 60), make_affine((1, 2, 0), (-1, 1, 1))), specs)
    i, j, k = np.indices(grid.shape)
    ramp = (100 + 3 * i - 2 * j + 5 * k).astype(np.float32)
    image = baseline_method(name)(set_of(make_views(ramp, grid, specs)))
    inside = (slice(border, -border),) * 3
    np.testing.assert_allclose(image[inside], ramp[inside], atol=tolerance)


@pytest.mark.parametrize("profile", SLICE_PROFILES)
@pytest.mark.parametrize("name", ["ibp", "tikhonov", "tv"])
def test_iterative_methods_explain_the_views_better_than_interpolation(name: str, profile: str) -> None:
    grid = Grid((20, 20, 20), make_affine())
    views = make_views(smooth_image(grid.shape, sigma=1.5), grid, [("axial", 5), ("sagittal", 4)], profile)
    cubic_residual = residual(cubic(views, grid), views, grid)
    assert residual(baseline_method(name)(set_of(views)), views, grid) < 0.2 * cubic_residual


def test_laplacian_is_the_second_difference_with_reflecting_ends() -> None:
    ramp = np.broadcast_to(np.arange(5.0)[:, None, None], (5, 3, 3))
    expected = np.array([1, 0, 0, 0, -1])
    np.testing.assert_allclose(laplacian(ramp), np.broadcast_to(expected[:, None, None], (5, 3, 3)))


def dense(function: object, shape: tuple[int, ...]) -> FloatArray:
    """Write a linear function of an image as a matrix."""
    columns = []
    for basis in np.eye(int(np.prod(shape))):
        columns.append(np.concatenate([np.ravel(part) for part in function(basis.reshape(shape))]))  # type: ignore[operator]
    return np.stack(columns, axis=1)


@pytest.fixture(scope="module")
def tiny() -> tuple[Grid, list[View], FloatArray, FloatArray, FloatArray]:
    """Give a 4 x 6 x 4 case with its operator and gradient as matrices, made without the library's own."""
    grid = Grid((4, 6, 4), make_affine())
    views = make_views(smooth_image(grid.shape, sigma=0.7), grid, [("axial", 2), ("coronal", 3)])
    halves = np.kron(np.eye(2), np.full((1, 2), 1 / 2))
    thirds = np.kron(np.eye(2), np.full((1, 3), 1 / 3))
    acquisition = np.concatenate(
        [np.kron(np.kron(np.eye(4), np.eye(6)), halves), np.kron(np.kron(np.eye(4), thirds), np.eye(4))]
    )
    measured = np.concatenate([view.data.ravel() for view in views]).astype(np.float64)
    differences = dense(
        lambda x: [np.diff(x, axis=axis, append=np.take(x, [-1], axis)) for axis in range(3)], grid.shape
    )
    return grid, views, acquisition, measured, differences


def test_tikhonov_is_the_dense_solution(
    tiny: tuple[Grid, list[View], FloatArray, FloatArray, FloatArray],
) -> None:
    grid, views, acquisition, measured, differences = tiny
    second = differences.T @ differences
    normal = acquisition.T @ acquisition + 0.05 * second @ second
    expected = np.linalg.solve(normal, acquisition.T @ measured).reshape(grid.shape)
    np.testing.assert_allclose(tikhonov(views, grid, weight=0.05), expected, atol=1.0)  # of 1000


def test_total_variation_reaches_the_minimum_of_an_independent_solver(
    tiny: tuple[Grid, list[View], FloatArray, FloatArray, FloatArray],
) -> None:
    grid, views, acquisition, measured, differences = tiny
    scale, weight = np.ptp(measured), 0.02

    def objective(flat: FloatArray, smoothing: float) -> tuple[float, FloatArray]:
        error = acquisition @ flat - measured / scale
        slope = (differences @ flat).reshape(3, -1)
        length = np.sqrt((slope**2).sum(axis=0) + smoothing**2)
        value = error @ error / 2 + weight * length.sum()
        return value, acquisition.T @ error + weight * differences.T @ (slope / length).ravel()

    start = np.full(acquisition.shape[1], measured.mean() / scale)
    for smoothing in (1e-1, 1e-2, 1e-3, 1e-4):
        options = {"maxiter": 3000, "maxfun": 6000, "ftol": 1e-13, "gtol": 1e-8}
        start = minimize(objective, start, args=(smoothing,), jac=True, method="L-BFGS-B", options=options).x
    image = total_variation(views, grid, weight, iterations=3000).astype(np.float64) / scale
    reached, best = objective(image.ravel(), 1e-9)[0], objective(start, 1e-9)[0]
    assert reached <= best * (1 + 1e-4)
    np.testing.assert_allclose(image.ravel(), start, atol=0.01)


def test_total_variation_scales_with_the_intensities() -> None:
    grid = Grid((10, 10, 10), make_affine())
    image = smooth_image(grid.shape, sigma=1)
    specs: list[tuple[str, float]] = [("axial", 5), ("sagittal", 5)]
    small, large = (
        total_variation(make_views(image * factor, grid, specs), grid, iterations=50) for factor in (1, 1000)
    )
    np.testing.assert_allclose(large, small * 1000, rtol=1e-3, atol=100)


@pytest.mark.parametrize(("name", "noise_free_weight"), [("tikhonov", 1e-3), ("tv", 2e-4)])
def test_the_regularisation_follows_the_noise(name: str, noise_free_weight: float) -> None:
    solve = {"tikhonov": tikhonov, "tv": total_variation}[name]
    grid = Grid((30, 30, 30), make_affine())
    image = smooth_image(grid.shape) + 200
    views = make_views(image, grid, [("axial", 5), ("sagittal", 5)])
    operator = AlignedOperator.of_views(views, grid)
    assert relative_noise(operator, views) < 1e-6
    np.testing.assert_allclose(solve(views, grid), solve(views, grid, noise_free_weight), atol=0.1)
    noisy = [replace(view, data=add_rician_noise(view.data, 30, seed)) for seed, view in enumerate(views)]
    spread = max(view.data.max() for view in noisy) - min(view.data.min() for view in noisy)
    assert relative_noise(operator, noisy) == pytest.approx(30 / spread, rel=0.1)
    assert (
        psnr(image, solve(noisy, grid), 1000) > psnr(image, solve(noisy, grid, noise_free_weight), 1000) + 0.5
    )


def test_linear_by_hand() -> None:
    """One view of two slices: straight between the slice centres, level beyond them."""
    grid = Grid((2, 2, 4), make_affine())
    image = np.broadcast_to(np.array([0, 10, 30, 40], np.float32), grid.shape)
    found = linear(make_views(np.ascontiguousarray(image), grid, [("axial", 2)]), grid)
    np.testing.assert_allclose(found[0, 0], [5, 12.5, 27.5, 35], atol=1e-4)


@pytest.mark.parametrize("name", GOLDEN)
def test_real_volume_reaches_its_golden_number(test_data: Path, name: str) -> None:
    """Within 0.1 dB."""
    data, affine = load_volume(test_data / "real-t2w/sub-sct1mm/anat/sub-sct1mm_T2w.nii.gz")
    specs: list[tuple[str, float]] = [("axial", 5), ("sagittal", 5)]
    start, grid = crop_for_views(Grid(data.shape, affine), specs)
    reference = data[cropping(start, grid)]
    assert reference.shape == (60, 55, 50)
    view_set = set_of(make_views(reference, grid, specs))
    image = baseline_method(name)(view_set)
    np.testing.assert_allclose(view_set.grid.affine, grid.affine, atol=1e-9)
    assert psnr(reference, image, float(np.ptp(reference))) == pytest.approx(GOLDEN[name], abs=0.1)
