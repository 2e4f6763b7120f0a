import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates
from support.datasets import refuses
from support.volumes import ORIENTATIONS, PLANES, affines, make_affine, make_views, smooth_image

from isospine.dataset.bids import view_sidecar
from isospine.geometry.crops import crop_for_views, slice_centres
from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.planes import thick_axis
from isospine.io.nifti import save_volume
from isospine.physics.fine_grid import check_field_of_view, fine_grid, view_matrix
from isospine.physics.simulate import acquire, add_rician_noise, noise_seed
from isospine.physics.slice_profile import FWHM, SLICE_PROFILES, apply_along, slice_matrix, slice_quantiles
from isospine.physics.view import View, intensity_range
from isospine.views.simulated import load_view

profiles = st.sampled_from(SLICE_PROFILES)
factors = st.one_of(st.integers(2, 8).map(float), st.floats(2, 8))

CROP = {"CropStart": [0, 1, 2], "CropShape": [9, 9, 9], "OriginalShape": [9, 10, 12]}


@settings(max_examples=60, deadline=None)
@given(profiles, factors, st.integers(0, 2), st.integers(0, 2**32 - 1))
def test_slicing_and_its_transpose_are_adjoint(profile: str, factor: float, axis: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    length = int(np.ceil(4 * factor))
    matrix = slice_matrix(length, slice_centres(length, factor), factor, profile)
    image = random.normal(size=np.insert([3, 4], axis, length))
    slices = random.normal(size=np.insert([3, 4], axis, len(matrix)))
    left = np.vdot(apply_along(matrix, image, axis), slices)
    right = np.vdot(image, apply_along(matrix.T, slices, axis))
    assert left == pytest.approx(right, rel=1e-10, abs=1e-10)


@settings(max_examples=60, deadline=None)
@given(affines(), st.sampled_from(PLANES), factors, profiles)
def test_constants_are_preserved(affine: FloatArray, plane: str, factor: float, profile: str) -> None:
    shape = [4, 4, 4]
    shape[thick_axis(affine, plane)] = int(np.ceil(3 * factor))
    grid = Grid((shape[0], shape[1], shape[2]), affine)
    view = acquire(np.full(grid.shape, 321.5, np.float32), grid, plane, factor, profile)
    np.testing.assert_allclose(view.data, 321.5, rtol=1e-6)
    assert view.data.dtype == np.float32


@pytest.mark.parametrize("factor", range(2, 9))
@pytest.mark.parametrize("plane", PLANES)
def test_box_slices_of_whole_voxels_preserve_the_mean(factor: int, plane: str) -> None:
    shape = (3 * factor,) * 3
    image = np.random.default_rng(factor).random(shape)
    view = acquire(image, Grid(shape, make_affine((1, 2, 0), (-1, 1, 1))), plane, factor, "box")
    assert view.data.mean() == pytest.approx(image.mean(), rel=1e-12)


def test_box_weights_by_hand() -> None:
    matrix = slice_matrix(10, slice_centres(10, 5), 5, "box")
    np.testing.assert_allclose(matrix, np.kron(np.eye(2), np.full(5, 0.2)), atol=1e-12)
    fractional = slice_matrix(5, slice_centres(5, 2.5), 2.5, "box")
    np.testing.assert_allclose(fractional, [[0.4, 0.4, 0.2, 0, 0], [0, 0, 0.2, 0.4, 0.4]], atol=1e-12)


def test_a_view_is_the_mean_of_its_voxels_at_their_centre() -> None:
    """Array axes in the order PSR: the thick axis of the axial view is the second."""
    grid = Grid((4, 10, 3), make_affine((1, 2, 0), (-1, 1, 1)))
    image = smooth_image(grid.shape)
    view = acquire(image, grid, "axial", 5, "box")
    assert view.axis == 1
    assert view.thickness == pytest.approx(4.0)
    np.testing.assert_allclose(view.data, image.reshape(4, 2, 5, 3).mean(axis=2), rtol=1e-5)
    for index in np.ndindex(view.data.shape):
        fine = [(index[0], 5 * index[1] + offset, index[2]) for offset in range(5)]
        np.testing.assert_allclose(
            view.grid.world(np.array(index, float)), grid.world(np.array(fine, float)).mean(axis=0), atol=1e-9
        )


def test_gaussian_profile_has_its_full_width_at_half_maximum() -> None:
    weights = slice_matrix(401, np.array([200.0]), 40, "gaussian")[0]
    wide = np.flatnonzero(weights >= weights.max() / 2)
    assert (wide[0], wide[-1]) == (180, 220)
    deviation = np.sqrt(np.sum(weights * (np.arange(401) - 200) ** 2))
    assert deviation == pytest.approx(40 / FWHM, rel=1e-3)
    assert pytest.approx(2.3548, abs=1e-4) == FWHM


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(PLANES), st.floats(2, 8), st.integers(0, 100))
def test_point_sampling_is_cubic_resampling(plane: str, factor: float, seed: int) -> None:
    grid = Grid((17, 18, 19), make_affine((2, 0, 1), (1, -1, 1)))
    image = np.random.default_rng(seed).random(grid.shape)
    view = acquire(image, grid, plane, factor, "point")
    world = view.grid.world(np.moveaxis(np.indices(view.data.shape), 0, -1).astype(float))
    indices = np.moveaxis(grid.indices(world.reshape(-1, 3)), -1, 0)
    expected = map_coordinates(image, indices, order=3, mode="mirror").reshape(view.data.shape)
    np.testing.assert_allclose(view.data, expected, atol=1e-6)


@pytest.mark.parametrize("profile", ["box", "gaussian"])
@pytest.mark.parametrize("thickness", [2.0, 3.3, 5.0])
def test_quantiles_are_distributed_as_the_weights(profile: str, thickness: float) -> None:
    fractions = (np.arange(100_000) + 0.5) / 100_000
    offsets = slice_quantiles(fractions, thickness, profile)
    voxels = np.histogram(20.2 + offsets, bins=np.arange(42) - 0.5)[0] / len(offsets)
    weights = slice_matrix(41, np.array([20.2]), thickness, profile)[0]
    np.testing.assert_allclose(voxels, weights, atol=1e-4)


def test_point_quantiles_are_all_at_the_centre() -> None:
    assert slice_quantiles(np.array([0.1, 0.9]), 5, "point").tolist() == [0, 0]


def test_an_unknown_profile_is_refused() -> None:
    with refuses("'sinc'", "box, gaussian, point"):
        slice_matrix(10, np.array([4.5]), 5, "sinc")


def test_noise_of_no_signal_is_rayleigh() -> None:
    noise = add_rician_noise(np.zeros((100, 100, 100), np.float32), 20.0, seed=1)
    assert noise.mean() == pytest.approx(20 * np.sqrt(np.pi / 2), rel=2e-3)
    assert noise.var() == pytest.approx((2 - np.pi / 2) * 400, rel=5e-3)
    assert noise.dtype == np.float32
    assert noise.min() >= 0


def test_noise_of_high_signal_is_gaussian() -> None:
    noisy = add_rician_noise(np.full((100, 100, 100), 1000, np.float32), 20.0, seed=2)
    assert noisy.mean() == pytest.approx(1000 + 20**2 / 2000, abs=0.08)
    assert noisy.std() == pytest.approx(20, rel=5e-3)


def test_noise_depends_on_image_and_view_alone() -> None:
    data = smooth_image((6, 6, 6))
    seeds = {noise_seed(image, plane) for image in ("sub-1_T2w", "sub-2_T2w") for plane in PLANES}
    assert len(seeds) == 6
    seed = noise_seed("sub-1_T2w", "axial")
    first, again = (add_rician_noise(data, 5, seed) for _ in range(2))
    other = add_rician_noise(data, 5, seed + 1)
    assert first.tobytes() == again.tobytes()
    assert not np.array_equal(first, other)
    assert noise_seed("sub-1_T2w", "axial") == 1425828957  # the same on every run and machine


@pytest.mark.parametrize("rotation", [(0, 0, 0), (0.3, -0.2, 0.4)])
@pytest.mark.parametrize(("world_axes", "signs"), ORIENTATIONS)
def test_views_give_the_references_grid_back(
    world_axes: tuple[int, ...], signs: tuple[int, ...], rotation: tuple[float, ...]
) -> None:
    whole = Grid((13, 16, 18), make_affine(world_axes, signs, rotation=rotation))
    for planes in combinations(PLANES, 2):
        for factors in ((5, 5), (2.5, 3.7)):
            specs = list(zip(planes, factors, strict=True))
            _, grid = crop_for_views(whole, specs)
            views = make_views(np.zeros(grid.shape, np.float32), grid, specs)
            for order in (views, views[::-1]):
                found = fine_grid(order)
                assert found.shape == grid.shape
                np.testing.assert_allclose(found.affine, grid.affine, atol=1e-9)
            for view, (_, factor) in zip(views, specs, strict=True):
                length = grid.shape[view.axis]
                expected = slice_matrix(length, slice_centres(length, factor), factor, "box")
                np.testing.assert_allclose(view_matrix(view, grid), expected, atol=1e-9)


@pytest.mark.parametrize(
    "specs",
    [
        [("axial", 2), ("sagittal", 3), ("coronal", 5)],
        [("axial", 5)],
        [("coronal", 2.5)],
        [("axial", 3.7)],  # of 10 voxels, the two slices touch 8
        [("sagittal", 3.6)],  # of 15, four slices of 14.4 voxels touch all
    ],
)
def test_three_views_and_a_single_view_give_the_references_grid_back(specs: list[tuple[str, float]]) -> None:
    whole = Grid((15, 10, 12), make_affine((0, 2, 1), (-1, 1, -1), rotation=(0.1, 0.1, 0)))
    _, grid = crop_for_views(whole, specs)
    found = fine_grid(make_views(np.zeros(grid.shape, np.float32), grid, specs))
    assert found.shape == grid.shape
    np.testing.assert_allclose(found.affine, grid.affine, atol=1e-9)


def test_views_that_do_not_fit_together_are_refused() -> None:
    image = smooth_image((10, 10, 10))
    straight = acquire(image, Grid(image.shape, make_affine()), "axial", 5, "box")
    turned = acquire(image, Grid(image.shape, make_affine(rotation=(0, 0, 0.1))), "sagittal", 5, "box")
    with refuses("views", "different directions", "aligned"):
        fine_grid([straight, turned])
    with refuses("views", "at least one"):
        fine_grid([])


def moved(view: View, voxels: tuple[float, float, float]) -> View:
    """Shift a view by voxels of its own grid."""
    affine = view.grid.affine.copy()
    affine[:3, 3] = view.grid.world(np.array(voxels))
    return replace(view, grid=replace(view.grid, affine=affine))


def test_views_of_other_fields_of_view_are_refused() -> None:
    affine = make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.1, -0.2, 0.1))  # array axes P, S, R
    image = smooth_image((10, 15, 20))
    grid = Grid(image.shape, affine)
    axial, sagittal = make_views(image, grid, [("axial", 5), ("sagittal", 5)])
    assert (
        fine_grid([axial, moved(sagittal, (0.02, 0, 0.3))]).shape == grid.shape
    )  # rounded; a third of a slice
    for far in ((20, 0, 0), (0, 50, 0), (0, 0, 7), (0, 0, -7)):
        with refuses("views", "do not overlap", "crop or resample"):
            fine_grid([axial, moved(sagittal, far)])
    with refuses("axis 0 (P) one covers 2.4 to 10.4 mm and another 0 to 8.0 mm;", "one field of view"):
        fine_grid([axial, moved(sagittal, (3, 0, 0))])
    with refuses("axis 2 (R) one covers 4.0 to 20.0 mm and another 0 to 16.0 mm;"):
        fine_grid([axial, moved(sagittal, (0, 0, 1))])
    part = acquire(image[:8], grid.cropped((0, 0, 0), (8, 15, 20)), "sagittal", 5, "box")
    with refuses("axis 0 (P) one covers 0.0 to 6.4 mm and another 0 to 8.0 mm;"):
        fine_grid([axial, part])


@pytest.mark.parametrize("profile", SLICE_PROFILES)
def test_a_view_comes_back_from_its_files(tmp_path: Path, profile: str) -> None:
    image = smooth_image((12, 15, 10))
    grid = Grid(image.shape, make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.1, -0.2, 0.1)))
    view = acquire(image, grid, "axial", 2.5, profile)
    path = tmp_path / "sub-1_desc-axial2p5_T2w.nii.gz"
    save_volume(path, view.data, view.grid.affine, view_sidecar(view, "axial", 2.5, 0.0, "bids::x", CROP))
    loaded = load_view(path)
    np.testing.assert_array_equal(loaded.data, view.data)
    np.testing.assert_allclose(loaded.grid.affine, view.grid.affine, atol=1e-4)
    assert (loaded.axis, loaded.profile) == (view.axis, profile)
    assert loaded.thickness == pytest.approx(2.0)
    np.testing.assert_allclose(view_matrix(loaded, grid), view_matrix(view, grid), atol=1e-4)


def test_a_view_without_its_sidecar_is_refused(tmp_path: Path) -> None:
    image = smooth_image((6, 6, 6))
    path = tmp_path / "sub-1_desc-axial2_T2w.nii.gz"
    save_volume(path, image, make_affine())
    sidecar = tmp_path / "sub-1_desc-axial2_T2w.json"
    with refuses(str(sidecar), "no such file", "beside its image"):
        load_view(path)
    sidecar.write_text(json.dumps({"Plane": "axial", "SliceProfile": "box"}))
    with refuses(str(sidecar), "SliceThickness"):
        load_view(path)


def of_data(data: list[float]) -> View:
    """A view that holds some intensities."""
    return View(
        np.array(data, np.float32).reshape(1, 1, -1), Grid((1, 1, len(data)), np.eye(4)), 2, 1.0, "box"
    )


def test_the_range_of_intensities_is_that_of_all_views() -> None:
    assert intensity_range([of_data([3, 5, 4]), of_data([-2, 0])]) == (-2, 7)
    assert intensity_range([of_data([1.5, 1.75])]) == (1.5, 0.25)
    assert intensity_range([of_data([5]), of_data([6])]) == (5, 1)


def test_views_without_a_range_are_refused() -> None:
    for bad in (np.nan, np.inf, -np.inf):
        with refuses("views", "NaN or infinite", "finite"):
            intensity_range([of_data([0, 1]), of_data([2, bad])])
    with refuses("views", "every voxel is 7;", "dataset.exclude"):
        intensity_range([of_data([7, 7]), of_data([7])])


def test_the_fine_grid_of_one_view_by_hand() -> None:
    """Voxels of 0.5 x 0.8 x 4 mm: each slice is divided into eight of 0.5 mm."""
    affine = make_affine((1, 2, 0), (-1, 1, 1), 1.0, (0.1, -0.2, 0.1)) @ np.diag([0.5, 0.8, 4, 1])
    grid = Grid((4, 5, 3), affine)
    found = fine_grid([View(np.zeros(grid.shape, np.float32), grid, 2, 4.0, "box")])
    assert found.shape == (4, 5, 24)
    np.testing.assert_allclose(found.spacing, [0.5, 0.8, 0.5])
    np.testing.assert_allclose(found.directions, grid.directions, atol=1e-12)
    # the first of eight voxels is 3.5 of them, 0.4375 slices, before the slice's centre
    np.testing.assert_allclose(found.affine[:3, 3], grid.world(np.array([0, 0, -0.4375])), atol=1e-9)


def test_each_axis_has_the_voxels_of_a_view_that_is_sharp_there() -> None:
    affine = make_affine((1, 2, 0), (-1, 1, 1), 1.0, (0.1, -0.2, 0.1))
    first = Grid((8, 5, 2), affine @ np.diag([0.5, 0.8, 6, 1]))
    second = affine @ np.diag([2, 0.8, 0.6, 1])
    # one slice of 2 mm is four voxels of 0.5 mm; ten voxels of 0.6 mm begin 2.7 mm before the centre of a slice of 6
    second[:3, 3] += affine[:3, :3] @ np.array([0.75, 0, -2.7])
    views = [
        View(np.zeros(first.shape, np.float32), first, 2, 6.0, "box"),
        View(np.zeros((2, 5, 20), np.float32), Grid((2, 5, 20), second), 0, 2.0, "box"),
    ]
    for order in (views, views[::-1]):
        found = fine_grid(order)
        assert found.shape == (8, 5, 20)
        np.testing.assert_allclose(found.spacing, [0.5, 0.8, 0.6])
        np.testing.assert_allclose(found.affine[:3, 3], first.world(np.array([0, 0, -2.7 / 6])), atol=1e-9)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_tenth_of_a_voxel_is_rounding_where_a_view_is_sharp_and_half_a_slice_where_it_is_thick(
    axis: int, side: int
) -> None:
    """Slices of 4 of 12 voxels, centred at 1.5, 5.5 and 9.5: two voxels from the faces."""
    grid = Grid((9, 12, 10), make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.1, -0.2, 0.1)))
    view = acquire(np.zeros(grid.shape, np.float32), grid, "axial", 4, "box")
    assert view.axis == 1
    step = side * np.eye(3)[axis] * ([1, 1 / 4, 1][axis])  # in voxels of the view
    limit = 2.0 if axis == view.axis else 0.1
    check_field_of_view(moved(view, tuple((limit - 0.01) * step)), grid)
    with refuses(f"array axis {axis}"):
        check_field_of_view(moved(view, tuple((limit + 0.01) * step)), grid)


def test_a_view_of_another_count_or_of_other_voxels_is_refused() -> None:
    grid = Grid((9, 12, 10), make_affine((1, 2, 0), (-1, 1, 1)))
    view = acquire(np.zeros(grid.shape, np.float32), grid, "axial", 4, "box")
    # as many voxels, each a little larger: the first is in its place, and the last a fifth of a voxel beyond
    larger = view.grid.affine @ np.diag([1 + 0.2 / 8, 1, 1, 1])
    with refuses("array axis 0"):
        check_field_of_view(replace(view, grid=replace(view.grid, affine=larger)), grid)
    with refuses("array axis 2"):
        check_field_of_view(view, Grid((9, 12, 11), grid.affine))


@pytest.mark.parametrize(("angle", "aligned"), [(9e-4, True), (1.1e-3, False), (-1.1e-3, False)])
def test_a_thousandth_of_a_turn_is_rounding(angle: float, aligned: bool) -> None:
    image = np.zeros((10, 10, 10), np.float32)
    straight = acquire(image, Grid(image.shape, np.diag([0.8, 0.8, 0.8, 1])), "axial", 5, "box")
    turned = np.diag([0.8, 0.8, 0.8, 1])
    turned[:3, :3] = 0.8 * np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    other = acquire(image, Grid(image.shape, turned), "sagittal", 5, "box")
    if aligned:
        assert fine_grid([straight, other]).shape == (10, 10, 10)
    else:
        with refuses("different directions"):
            fine_grid([straight, other])


def test_slices_keep_the_number_format_of_the_image_on_every_axis() -> None:
    matrix = np.full((2, 4), 0.25)
    for axis in range(3):
        for kind in (np.float32, np.float64):
            assert apply_along(matrix, np.ones((4, 4, 4), kind), axis).dtype == kind


def test_edges_of_slices_of_one_voxel_and_of_a_short_axis() -> None:
    """The spline through one or two samples is constant or linear-like between mirror images; at samples it is exact."""
    for length in (1, 2, 3, 5):
        matrix = slice_matrix(length, np.arange(length, dtype=float), 1, "point")
        np.testing.assert_allclose(matrix, np.eye(length), atol=1e-12)
    np.testing.assert_allclose(slice_matrix(2, np.array([0.5]), 1, "point"), [[0.5, 0.5]], atol=1e-12)
