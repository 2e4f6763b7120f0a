import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.datasets import refuses
from support.volumes import ORIENTATIONS, PLANES, affines, make_affine

from isospine.geometry.crops import crop_for_views, crop_to_slices, cropping, slice_centres
from isospine.geometry.fields import check_length_scales, covering_grid
from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.planes import PLANE_NORMALS, orientation, plane_across, thick_axis
from isospine.physics.simulate import acquire


def test_fields_of_view_in_other_units_are_refused() -> None:
    grid = Grid((50, 60, 20), np.diag([0.8, 0.8, 4, 1]))
    check_length_scales({"T1w": grid, "T2w": Grid((200, 200, 10), np.diag([0.8, 0.8, 4, 1]))})
    for factor in (1e-3, 1e3):
        other = Grid(grid.shape, grid.affine @ np.diag([factor, factor, factor, 1]))
        with refuses("T1w and T2w", "80", f"{80 * factor:.4g}", "mm"):
            check_length_scales({"T1w": grid, "T2w": other})


@pytest.mark.parametrize("factor", [9.9, 1 / 9.9, 10.1, 1 / 10.1, 10.0, 0.1])
def test_fields_of_view_may_differ_by_less_than_a_factor_of_ten(factor: float) -> None:
    grid = Grid((50, 60, 20), np.diag([0.5, 0.5, 4, 1]))
    other = Grid(grid.shape, grid.affine @ np.diag([factor, factor, factor, 1]))
    if 0.1 < factor < 10:
        check_length_scales({"T1w": grid, "T2w": other})
    else:
        with refuses("less than 10 times"):
            check_length_scales({"T1w": grid, "T2w": other})


shapes = st.tuples(*[st.integers(2, 60)] * 3)
factors = st.one_of(st.integers(2, 8).map(float), st.floats(2, 8))


@pytest.mark.parametrize(("world_axes", "signs"), ORIENTATIONS)
def test_world_and_indices_are_inverse_in_every_orientation(
    world_axes: tuple[int, ...], signs: tuple[int, ...]
) -> None:
    grid = Grid((5, 6, 7), make_affine(world_axes, signs))
    indices = np.argwhere(np.ones(grid.shape)).astype(float)
    world = grid.world(indices)
    np.testing.assert_allclose(world, nib.affines.apply_affine(grid.affine, indices), atol=1e-12)
    np.testing.assert_allclose(grid.indices(world), indices, atol=1e-9)
    np.testing.assert_allclose(grid.spacing, 0.8)


@settings(max_examples=50, deadline=None)
@given(affines(), shapes, st.tuples(*[st.floats(-50, 50)] * 3))
def test_world_and_indices_are_inverse_for_oblique_affines(
    affine: FloatArray, shape: tuple[int, int, int], point: tuple[float, ...]
) -> None:
    grid = Grid(shape, affine)
    np.testing.assert_allclose(grid.indices(grid.world(np.array(point))), point, atol=1e-8)
    np.testing.assert_allclose(grid.directions.T @ grid.directions, np.eye(3), atol=1e-9)


@pytest.mark.parametrize(("world_axes", "signs"), ORIENTATIONS)
@pytest.mark.parametrize("rotation", [(0, 0, 0), (0.4, -0.2, 0.3)])
def test_thick_axis_and_orientation_follow_the_affine(
    world_axes: tuple[int, ...], signs: tuple[int, ...], rotation: tuple[float, ...]
) -> None:
    affine = make_affine(world_axes, signs, rotation=rotation)
    for plane, normal in PLANE_NORMALS.items():
        assert thick_axis(affine, plane) == world_axes.index(normal)
        assert plane_across(affine, world_axes.index(normal)) == plane
    letters = [("LR", "PA", "IS")[axis][sign > 0] for axis, sign in zip(world_axes, signs, strict=True)]
    assert orientation(affine) == "".join(letters)


def test_an_unknown_plane_is_refused() -> None:
    with refuses("'oblique'", "sagittal, coronal, axial"):
        thick_axis(np.eye(4), "oblique")


@pytest.mark.parametrize("factor", range(2, 9))
def test_first_slice_centre_lies_half_a_slice_less_half_a_voxel_in(factor: int) -> None:
    centres = slice_centres(3 * factor, factor)
    np.testing.assert_allclose(centres, (factor - 1) / 2 + factor * np.arange(3), atol=1e-12)


@settings(max_examples=200, deadline=None)
@given(st.integers(16, 300), factors)
def test_crop_is_symmetric_and_keeps_every_whole_slice(length: int, factor: float) -> None:
    start, kept = crop_to_slices(length, factor)
    count = int(length / factor + 1e-9)
    assert length - kept - start - start in (0, 1)  # an odd remainder loses its extra voxel at the end
    assert 0 <= kept - count * factor + 1e-6 < 1
    centres = slice_centres(kept, factor)
    assert len(centres) == count
    np.testing.assert_allclose(centres.mean(), (kept - 1) / 2)
    np.testing.assert_allclose(np.diff(centres), factor)
    assert centres[0] - factor / 2 >= -0.5 - 1e-6


@pytest.mark.parametrize(("length", "factor", "expected"), [(99, 5, (2, 95)), (29, 5, (2, 25)), (12, 5, (1, 10)),
                                                            (60, 5, (0, 60)), (29, 2.5, (0, 28)), (11, 4.4, (1, 9))])  # fmt: skip
def test_crop_by_hand(length: int, factor: float, expected: tuple[int, int]) -> None:
    assert crop_to_slices(length, factor) == expected


def test_an_axis_of_less_than_two_slices_is_refused() -> None:
    with refuses("9 voxels", "1 slices of factor 5", "at least 2", "dataset.exclude"):
        crop_to_slices(9, 5)


@pytest.mark.parametrize(("world_axes", "signs"), ORIENTATIONS)
def test_cropping_leaves_every_voxel_where_it_was(
    world_axes: tuple[int, ...], signs: tuple[int, ...]
) -> None:
    grid = Grid((13, 17, 23), make_affine(world_axes, signs, rotation=(0.1, 0.2, -0.1)))
    start, cropped = crop_for_views(grid, [("axial", 5), ("sagittal", 2.5)])
    positions = grid.world(np.moveaxis(np.indices(grid.shape), 0, -1).astype(float))
    kept = positions[cropping(start, cropped)]
    assert kept.shape[:3] == cropped.shape
    np.testing.assert_allclose(
        kept, cropped.world(np.moveaxis(np.indices(cropped.shape), 0, -1).astype(float)), atol=1e-9
    )
    assert cropped.shape[thick_axis(grid.affine, "coronal")] == grid.shape[thick_axis(grid.affine, "coronal")]
    assert start[thick_axis(grid.affine, "coronal")] == 0
    assert cropped.shape[thick_axis(grid.affine, "axial")] % 5 == 0


def centre_of_mass(data: np.ndarray, grid: Grid) -> FloatArray:
    """World position of the intensity-weighted mean."""
    world = grid.world(np.moveaxis(np.indices(data.shape), 0, -1).astype(float))
    return np.asarray((world * data[..., None]).sum((0, 1, 2)) / data.sum())


@settings(max_examples=40, deadline=None)
@given(affines(), st.sampled_from(PLANES), factors, st.integers(0, 7))
def test_anatomy_keeps_its_place_and_size(affine: FloatArray, plane: str, factor: float, extra: int) -> None:
    """Two landmarks, each of one slice's extent, are where they were in mm, on axes that do not divide."""
    axis = thick_axis(affine, plane)
    shape = [5, 5, 5]
    shape[axis] = int(np.ceil(6 * factor)) + extra
    grid = Grid((shape[0], shape[1], shape[2]), affine)
    start, cropped = crop_for_views(grid, [(plane, factor)])
    centres = slice_centres(cropped.shape[axis], factor) + start[axis]
    found = []
    for landmark in (centres[0], centres[-1]):
        position = np.full(3, 2.0)
        position[axis] = landmark
        # a trapezoid of one slice's width, symmetric about the landmark, in whole voxels
        along = np.clip(factor / 2 + 0.5 - np.abs(np.arange(shape[axis]) - landmark), 0, 1)
        image = np.zeros(shape, np.float32)
        image[tuple(slice(None) if a == axis else 2 for a in range(3))] = along
        view = acquire(image[cropping(start, cropped)], cropped, plane, factor, "box")
        strongest = np.unravel_index(view.data.argmax(), view.data.shape)
        found.append(view.grid.world(np.array(strongest, float)))
        np.testing.assert_allclose(found[-1], grid.world(position), atol=1e-6)
        assert view.grid.spacing[axis] == pytest.approx(factor * grid.spacing[axis])
    distance = np.linalg.norm(found[1] - found[0])
    assert distance == pytest.approx((centres[-1] - centres[0]) * grid.spacing[axis])


def test_centre_of_mass_survives_every_orientation() -> None:
    image = np.zeros((20, 20, 20), np.float32)
    image[7:12, 8:11, 6:13] = np.random.default_rng(0).random((5, 3, 7))
    for world_axes, signs in ORIENTATIONS:
        grid = Grid((20, 20, 20), make_affine(world_axes, signs))
        truth = centre_of_mass(image, grid)
        for plane in PLANES:
            view = acquire(image, grid, plane, 4, "box")
            axis = thick_axis(grid.affine, plane)
            # along the sharp axes exactly, along the thick one to within the binning
            offset = grid.directions.T @ (centre_of_mass(view.data, view.grid) - truth)
            np.testing.assert_allclose(np.delete(offset, axis), 0, atol=1e-4)
            assert abs(offset[axis]) < 2 * grid.spacing[axis]


@settings(max_examples=100, deadline=None)
@given(affines(), shapes, st.floats(0.2, 4))
def test_resampled_grid_is_centred_and_never_larger(
    affine: FloatArray, shape: tuple[int, int, int], spacing: float
) -> None:
    grid = Grid(shape, affine)
    target = grid.resampled(spacing)
    np.testing.assert_allclose(target.centre, grid.centre, atol=1e-8)
    np.testing.assert_allclose(target.spacing, spacing)
    np.testing.assert_allclose(target.directions, grid.directions, atol=1e-9)
    extent, target_extent = np.array(grid.shape) * grid.spacing, np.array(target.shape) * spacing
    fits = extent >= spacing
    assert (target_extent <= extent + 1.1e-3 * spacing)[fits].all()
    assert (extent - target_extent < spacing + 1e-9)[fits].all()
    assert (np.array(target.shape)[~fits] == 1).all()


@settings(max_examples=30, deadline=None)
@given(affines(), shapes)
def test_resampling_to_the_own_spacing_gives_the_same_grid(
    affine: FloatArray, shape: tuple[int, int, int]
) -> None:
    grid = Grid(shape, affine)
    same = grid.resampled(float(grid.spacing[0]))
    assert same.shape == grid.shape
    np.testing.assert_allclose(same.affine, grid.affine, atol=1e-8)


def test_radius_is_half_of_the_longest_side() -> None:
    grid = Grid((10, 30, 20), make_affine(spacing=0.5))
    assert grid.radius == pytest.approx(7.5)
    corners = grid.world(np.array([[0, 0, 0], [9, 29, 19]], float))
    np.testing.assert_allclose(grid.centre, corners.mean(axis=0))


def test_voxel_centres_are_in_the_order_of_the_array() -> None:
    grid = Grid((2, 3, 4), make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.1, 0.2, -0.1)))
    centres = grid.voxel_centres()
    assert centres.shape == (2, 3, 4, 3)
    for index in np.ndindex(2, 3, 4):
        np.testing.assert_allclose(centres[index], grid.world(np.array(index, float)), atol=1e-12)


def shifted(grid: Grid, voxels: tuple[float, float, float]) -> Grid:
    affine = grid.affine.copy()
    affine[:3, 3] = grid.world(np.array(voxels))
    return Grid(grid.shape, affine)


OBLIQUE = make_affine((2, 0, 1), (1, -1, 1), rotation=(0.3, -0.2, 0.1))


def test_a_covering_grid_by_hand() -> None:
    """Two voxels that begin 2.7 along the first axis end at 4.7, beyond four voxels' 3.5; along the second, they begin at -2.2."""
    first = Grid((4, 5, 6), OBLIQUE)
    found = covering_grid([first, shifted(Grid((2, 3, 2), OBLIQUE), (3.2, -1.7, 0))])
    assert found.shape == (6, 7, 6)
    np.testing.assert_allclose(found.affine, shifted(first, (0, -2, 0)).affine, atol=1e-9)


@pytest.mark.parametrize(
    ("beyond", "more"), [(0, 0), (0.009, 0), (0.011, 1), (0.5, 1), (1.009, 1), (1.02, 2)]
)
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_hundredth_of_a_voxel_is_rounding(beyond: float, more: int, axis: int, side: int) -> None:
    first = Grid((5, 5, 5), OBLIQUE)
    found = covering_grid([first, first, shifted(first, tuple(side * beyond * np.eye(3)[axis]))])
    expected = [5, 5, 5]
    expected[axis] += more
    assert found.shape == tuple(expected)
    start = min(side, 0) * more * np.eye(3)[axis]
    np.testing.assert_allclose(found.affine, shifted(first, tuple(start)).affine, atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(affines(), affines(), st.tuples(*[st.integers(4, 30)] * 3), st.tuples(*[st.floats(-2, 2)] * 3))
def test_a_covering_grid_holds_all_and_no_plane_more(
    affine: FloatArray, other: FloatArray, shape: tuple[int, int, int], offset: tuple[float, float, float]
) -> None:
    first = Grid(shape, affine)
    second = Grid(shape[::-1], other)
    apart = first.world(np.array(first.indices(first.centre)) + offset) - second.centre
    second.affine[:3, 3] += apart  # its middle is at most two voxels from that of the first, along each axis
    found = covering_grid([first, second])
    np.testing.assert_allclose(found.affine[:3, :3], first.affine[:3, :3])
    corners = [
        found.indices(grid.world(np.array([a, b, c]) - 0.5))
        for grid in (first, second)
        for a in (0, grid.shape[0])
        for b in (0, grid.shape[1])
        for c in (0, grid.shape[2])
    ]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    assert (low >= -0.5 - 0.0101).all() and (low < 0.5).all()
    assert (high <= np.array(found.shape) - 0.5 + 0.0101).all() and (high > np.array(found.shape) - 1.5).all()


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("side", [-1, 1])
def test_fields_of_view_that_only_touch_are_refused(axis: int, side: int) -> None:
    first = Grid((4, 5, 6), OBLIQUE)
    length = first.shape[axis]
    for overlap in (-3, 0, 0.009):
        with refuses("fields of view 1 and 2 of 2 do not overlap", "affines"):
            covering_grid([first, shifted(first, tuple(side * (length - overlap) * np.eye(3)[axis]))])
    near = shifted(first, tuple(side * (length - 0.011) * np.eye(3)[axis]))
    assert covering_grid([first, near]).shape[axis] == 2 * length
    with refuses("fields of view 1 and 3 of 3"):
        covering_grid([first, near, shifted(first, tuple(side * length * np.eye(3)[axis]))])


def test_fields_of_view_apart_along_the_axes_of_one_of_them_are_refused() -> None:
    """A cube of 4 voxels and one of 2, turned by 45 degrees, beyond an edge of it: apart along the diagonal alone."""
    cube = Grid((4, 4, 4), np.diag([1.0, 1.0, 1.0, 1.0]))

    def turned(distance: float) -> Grid:
        grid = Grid((2, 2, 2), make_affine(spacing=1.0, rotation=(0, 0, np.pi / 4)))
        grid.affine[:3, 3] += cube.centre + np.array([distance, distance, 0]) / np.sqrt(2) - grid.centre
        return grid

    # the edge is 2.828 from the middle of the cube, the near face of the small one 1 from its own
    for distance in (3.9, -3.9, 3.82, -3.82):
        for one, other in ((cube, turned(distance)), (turned(distance), cube)):
            with refuses("do not overlap"):
                covering_grid([one, other])
    for near in (3.81, -3.81):
        assert covering_grid([cube, turned(near)]).shape == (7, 7, 4)
    assert covering_grid([cube, turned(3.6)]).shape == (6, 6, 4)
