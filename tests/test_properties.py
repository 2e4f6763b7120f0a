"""What holds for every grid, view, encoding, configuration and BIDS name, whatever it is."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from support.datasets import make_bids
from support.volumes import ORIENTATIONS, PLANES, affines, make_affine

from isospine.dataset.index import index_dataset
from isospine.errors import InputError
from isospine.geometry.crops import crop_to_slices, slice_centres
from isospine.geometry.fields import covering_grid
from isospine.geometry.grid import Grid
from isospine.geometry.planes import orientation, plane_across, thick_axis
from isospine.io.nifti import load_grid, load_volume, save_volume
from isospine.io.yaml import load_yaml
from isospine.models.encodings import GridEncoder, encoding_frequencies
from isospine.physics.simulate import acquire, add_rician_noise
from isospine.physics.slice_profile import SLICE_PROFILES, slice_matrix
from isospine.plan.check import check_config
from isospine.plan.labels import view_label
from isospine.plan.methods import plan_methods
from isospine.plan.views import COLUMN_OF

ROOT = Path(__file__).parents[1]
CONFIG = load_yaml(ROOT / "config/config.yaml")
SCHEMA = load_yaml(ROOT / "workflow/schemas/config.schema.yaml")

factors = st.one_of(st.integers(2, 8).map(float), st.floats(1.1, 8))
shapes = st.tuples(*[st.integers(2, 9)] * 3)


@st.composite
def any_affines(draw: st.DrawFn) -> np.ndarray:
    """Any turn, any order and sign of axes, any voxel sizes, sheared or not."""
    world_axes, signs = draw(st.sampled_from(ORIENTATIONS))
    turn = draw(st.tuples(*[st.floats(-np.pi, np.pi)] * 3))
    affine = make_affine(world_axes, signs, 1.0, turn)
    shear = np.eye(3)
    shear[0, 2] = draw(st.sampled_from([0.0, 0.3]))
    affine[:3, :3] = affine[:3, :3] @ shear * draw(st.tuples(*[st.floats(0.05, 10)] * 3))
    affine[:3, 3] = draw(st.tuples(*[st.floats(-1000, 1000)] * 3))
    return affine


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    any_affines(),
    shapes,
    st.sampled_from([np.uint8, np.int16, np.float32]),
    st.sampled_from([".nii", ".nii.gz"]),
)
def test_every_volume_that_is_written_is_read_back(
    tmp_path: Path, affine: np.ndarray, shape: tuple[int, int, int], kind: type, suffix: str
) -> None:
    data = np.random.default_rng(0).integers(0, 200, shape).astype(kind)
    assume(data.min() < data.max())
    path = tmp_path / f"a{suffix}"
    save_volume(path, data, affine)
    loaded, own = load_volume(path)
    np.testing.assert_array_equal(loaded, data.astype(np.float32))
    np.testing.assert_allclose(own, affine, rtol=1e-5, atol=1e-4)
    assert load_grid(path)[0] == shape


@settings(max_examples=200, deadline=None)
@given(any_affines())
def test_each_plane_has_one_thick_axis_at_every_turn(affine: np.ndarray) -> None:
    assert sorted(thick_axis(affine, plane) for plane in PLANES) == [0, 1, 2]
    assert all(plane_across(affine, thick_axis(affine, plane)) == plane for plane in PLANES)
    letters = orientation(affine)
    assert [sorted(pair) for pair in ("LR", "AP", "IS") if not set(pair) & set(letters)] == []


@settings(max_examples=200, deadline=None)
@given(st.integers(3, 2000), st.floats(1.01, 500))
def test_a_crop_holds_whole_slices_in_the_middle(length: int, factor: float) -> None:
    try:
        start, kept = crop_to_slices(length, factor)
    except InputError:
        assert length < 2 * factor + 1e-6
        return
    centres = slice_centres(kept, factor)
    assert 0 <= start <= length - kept - start <= start + 1
    assert len(centres) == len(slice_centres(length, factor)) >= 2
    assert centres[0] - factor / 2 >= -0.5 - 1e-6 and centres[-1] + factor / 2 <= kept - 0.5 + 1e-6
    assert kept - len(centres) * factor < 1 + 1e-6
    np.testing.assert_allclose(centres + centres[::-1], kept - 1)


@settings(max_examples=60, deadline=None)
@given(affines(), shapes, shapes, st.tuples(*[st.floats(-1, 1)] * 3), st.tuples(*[st.floats(-0.5, 0.5)] * 3))
def test_a_covering_grid_holds_every_corner(
    affine: np.ndarray,
    shape: tuple[int, int, int],
    other: tuple[int, int, int],
    shift: tuple[float, ...],
    turn: tuple[float, ...],
) -> None:
    first = Grid(shape, affine)
    moved = affine.copy()
    moved[:3, :3] = Rotation.from_rotvec(turn).as_matrix() @ affine[:3, :3]
    moved[:3, 3] += first.spacing * shift
    try:
        covering = covering_grid([first, Grid(other, moved)])
    except InputError:
        return
    np.testing.assert_allclose(covering.affine[:3, :3], affine[:3, :3])
    steps = first.indices(covering.affine[:3, 3])
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-6)
    for grid in (first, Grid(other, moved)):
        ends = np.array(np.meshgrid(*[(-0.5, n - 0.5) for n in grid.shape])).reshape(3, -1).T
        inside = covering.indices(grid.world(ends))
        assert (inside > -0.52).all() and (inside < np.array(covering.shape) - 0.48).all()


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(SLICE_PROFILES), st.integers(8, 60), factors, st.floats(0, 1))
def test_every_slice_is_a_mean_of_its_voxels(profile: str, length: int, factor: float, place: float) -> None:
    centre = place * (length - 1)
    weights = slice_matrix(length, np.array([centre]), factor, profile)[0]
    assert weights.sum() == pytest.approx(1)
    if profile != "point":
        assert (weights >= 0).all()
    if profile == "box":
        assert not weights[np.abs(np.arange(length) - centre) > factor / 2 + 0.5 + 1e-9].any()
    mirrored = slice_matrix(length, np.array([length - 1 - centre]), factor, profile)[0]
    np.testing.assert_allclose(mirrored[::-1], weights, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    affines(),
    st.sampled_from(PLANES),
    st.integers(2, 4),
    st.sampled_from(SLICE_PROFILES),
    st.permutations(range(3)),
    st.tuples(*[st.booleans()] * 3),
)
def test_a_view_does_not_depend_on_how_the_array_is_stored(
    affine: np.ndarray, plane: str, factor: int, profile: str, order: list[int], flips: tuple[bool, ...]
) -> None:
    """The same anatomy with its axes in another order and direction gives the same voxels at the same places."""
    shape = (3 * factor, 3 * factor, 3 * factor)
    image = np.random.default_rng(0).random(shape).astype(np.float32)
    view = acquire(image, Grid(shape, affine), plane, factor, profile)
    stored = np.eye(4)
    stored[:3, :3] = np.eye(3)[:, order] * np.where(flips, -1, 1)
    stored[order, 3] = np.where(flips, np.array(shape) - 1, 0)
    turned = image.transpose(order)[tuple(slice(None, None, -1 if flip else 1) for flip in flips)]
    other = acquire(np.ascontiguousarray(turned), Grid(shape, affine @ stored), plane, factor, profile)
    assert order[other.axis] == view.axis and other.thickness == pytest.approx(view.thickness)
    places = other.grid.world(np.argwhere(np.ones(other.data.shape)).astype(float))
    index = np.rint(view.grid.indices(places))
    np.testing.assert_allclose(view.grid.world(index), places, atol=1e-6)
    same = view.data[tuple(index.astype(int).T)]
    np.testing.assert_allclose(other.data.ravel(), same, rtol=1e-5, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 100), st.integers(0, 2**32 - 1))
def test_noise_is_of_its_seed_and_leaves_magnitudes(sigma: float, seed: int) -> None:
    data = np.linspace(0, 1000, 64, dtype=np.float32).reshape(4, 4, 4)
    noisy = add_rician_noise(data, sigma, seed)
    assert noisy.dtype == np.float32 and (noisy >= 0).all() and np.isfinite(noisy).all()
    np.testing.assert_array_equal(noisy, add_rician_noise(data, sigma, seed))
    if sigma == 0:
        np.testing.assert_allclose(noisy, data)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["gaussian", "positional", "basic"]),
    st.integers(1, 40),
    st.floats(0.01, 20),
    st.integers(0, 2**32 - 1),
)
def test_frequencies_are_what_their_name_says(name: str, count: int, bandwidth: float, seed: int) -> None:
    frequencies = encoding_frequencies(name, count, bandwidth, seed)
    assert frequencies is not None and np.isfinite(frequencies).all()
    assert frequencies.shape == (3 if name == "basic" else count, 3)
    again = encoding_frequencies(name, count, bandwidth, seed)
    np.testing.assert_array_equal(frequencies, again)
    if name == "positional":
        assert (np.count_nonzero(frequencies, axis=1) == 1).all()
        lowest = min(0.5, bandwidth)
        assert frequencies.max() <= max(bandwidth, lowest) * (1 + 1e-9)
        assert frequencies[frequencies > 0].min() >= lowest * (1 - 1e-9)


@settings(max_examples=30, deadline=None)
@given(any_affines(), shapes, st.integers(0, 1000))
def test_features_have_length_one_and_move_with_the_anatomy(
    affine: np.ndarray, shape: tuple[int, int, int], seed: int
) -> None:
    grid = Grid(shape, affine)
    frequencies = np.random.default_rng(seed).normal(size=(4, 3))
    lines = shape[0] * shape[1]
    features = GridEncoder(grid, grid.centre, grid.radius, frequencies, torch.device("cpu")).lines(0, lines)
    pairs = features.unflatten(-1, (-1, 2))
    np.testing.assert_allclose((pairs**2).sum(-1), 1, atol=1e-5)
    moved = affine.copy()
    moved[:3, 3] += (70, -300, 5)
    elsewhere = Grid(shape, moved)
    encoder = GridEncoder(elsewhere, elsewhere.centre, elsewhere.radius, frequencies, torch.device("cpu"))
    np.testing.assert_allclose(encoder.lines(0, lines), features, atol=1e-4)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in nested maps and lists."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    return [path, *(place for key, part in inner for place in places(part, (*path, key)))]


PLACES = places(CONFIG)[1:]
ODD = st.sampled_from(
    [
        None,
        True,
        -1,
        0,
        1e308,
        float("nan"),
        float("inf"),
        "",
        "a;rm",
        "<script>",
        "$(x)",
        "\n",
        "../..",
        [],
        {},
        [[]],
        {"": 1},
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), ODD, st.sampled_from(["set", "add", "remove"])),
        min_size=1,
        max_size=3,
    )
)
def test_a_configuration_changed_anywhere_is_planned_or_refused_in_one_line(
    changes: list[tuple[tuple[Any, ...], Any, str]],
) -> None:
    config = copy.deepcopy(CONFIG)
    for path, given_value, what in changes:
        place, value = config, copy.deepcopy(given_value)
        try:
            for key in path[:-1]:
                place = place[key]
            if what == "remove":
                del place[path[-1]]
            elif what == "add" and isinstance(place[path[-1]], dict):
                place[path[-1]][str(value)] = value
            else:
                place[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            pass  # what an earlier change took away
    try:
        check_config(config, SCHEMA)
        methods = plan_methods(config, SCHEMA)
    except InputError as error:
        assert "\n" not in str(error)
        return
    labels = [*methods, *(view_label(view) for view in config["views"] if "plane" in view)]
    assert all(label.isascii() and label.isalnum() for label in labels)


labels = st.text("abcXYZ0189+", min_size=1, max_size=4)


@settings(max_examples=20, deadline=None)
@given(
    labels,
    st.dictionaries(st.sampled_from(list(COLUMN_OF)), labels),
    st.booleans(),
)
def test_every_name_of_bids_is_indexed_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, subject: str, entities: dict[str, str], compressed: bool
) -> None:
    parts = {key: entities[key] for key in COLUMN_OF if key in entities}
    stem = "_".join([f"sub-{subject}", *(f"{key}-{label}" for key, label in parts.items())])
    folder = f"sub-{subject}/ses-{parts['ses']}" if "ses" in parts else f"sub-{subject}"
    path = f"{folder}/anat/{stem}_T2w.nii{'.gz' * compressed}"
    root = make_bids(tmp_path_factory.mktemp("data"), [path])
    (row,) = index_dataset(root, ["T2w"]).to_dict("records")
    assert (row["path"], row["image"], row["subject"]) == (path, stem, subject)
    assert {key: row[column] for key, column in COLUMN_OF.items()} == {
        key: parts.get(key, "n/a") for key in COLUMN_OF
    }
