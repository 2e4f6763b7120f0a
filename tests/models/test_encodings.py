import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.datasets import refuses
from support.volumes import affines, make_affine

from isospine.geometry.grid import FloatArray, Grid
from isospine.models.encodings import (
    GridEncoder,
    basic_frequencies,
    encoding_frequencies,
    fourier_features,
    gaussian_frequencies,
    positional_frequencies,
)

CPU = torch.device("cpu")


def direct_features(world: FloatArray, grid: Grid, frequencies: FloatArray) -> FloatArray:
    """Cosine and sine of 2 pi b.x beside each other, in double precision."""
    phase = 2 * np.pi * ((world - grid.centre) / grid.radius) @ frequencies.T
    return np.stack([np.cos(phase), np.sin(phase)], axis=-1).reshape(*phase.shape[:-1], -1)


def voxel_centres(grid: Grid) -> FloatArray:
    return grid.world(np.moveaxis(np.indices(grid.shape), 0, -1).astype(float))


@settings(max_examples=30, deadline=None)
@given(affines(), st.tuples(*[st.integers(1, 12)] * 3), st.integers(0, 1000), st.integers(0, 2))
def test_separable_phases_equal_the_direct_formula(
    affine: FloatArray, shape: tuple[int, int, int], seed: int, axis: int
) -> None:
    random = np.random.default_rng(seed)
    grid = Grid(shape, affine)
    frequencies = random.normal(scale=2, size=(5, 3))
    encoder = GridEncoder(grid, grid.centre, grid.radius, frequencies, CPU)
    expected = direct_features(voxel_centres(grid), grid, frequencies)
    lines = expected.reshape(-1, shape[2], 10)
    middle = len(lines) // 2
    for start in (0, middle):
        np.testing.assert_allclose(encoder.lines(start, len(lines)), lines[start:], atol=1e-5)

    indices = tuple(torch.from_numpy(random.integers(0, n, 7)) for n in shape)
    offsets = random.normal(size=3)
    world = grid.world(np.stack(indices, axis=-1).astype(float))[:, None]
    shifted = world + offsets[:, None] * grid.directions[:, axis]
    found = torch.empty(7, 3, encoder.features)
    encoder.voxels(indices, axis, offsets, out=found)
    np.testing.assert_allclose(found, direct_features(shifted, grid, frequencies), atol=1e-5)


def test_a_grid_in_the_coordinates_of_another() -> None:
    """A finer grid is encoded with the transform of the grid that the model was trained on."""
    grid = Grid((6, 7, 8), make_affine(rotation=(0.1, 0.2, 0.3)))
    fine = grid.resampled(0.5)
    frequencies = np.random.default_rng(0).normal(scale=2, size=(5, 3))
    encoder = GridEncoder(fine, grid.centre, grid.radius, frequencies, CPU)
    expected = direct_features(voxel_centres(fine), grid, frequencies)
    found = encoder.lines(0, fine.shape[0] * fine.shape[1]).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_fourier_features_by_the_formula() -> None:
    random = np.random.default_rng(0)
    x, b = random.uniform(-1, 1, (4, 3)), random.normal(scale=2, size=(5, 3))
    found = fourier_features(torch.tensor(x), torch.tensor(b))
    assert found.shape == (4, 10)
    for point, row in zip(x, found, strict=True):
        for index, frequency in enumerate(b):
            phase = 2 * np.pi * float(frequency @ point)
            np.testing.assert_allclose(
                row[2 * index : 2 * index + 2], [np.cos(phase), np.sin(phase)], atol=1e-12
            )
    np.testing.assert_allclose(fourier_features(torch.zeros(3), torch.tensor(b).float()), [1, 0] * 5)


def test_without_an_encoding_the_coordinates_pass() -> None:
    grid = Grid((6, 7, 8), make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.1, 0.2, 0.3)))
    encoder = GridEncoder(grid, grid.centre, grid.radius, None, CPU)
    expected = (voxel_centres(grid) - grid.centre) / grid.radius
    np.testing.assert_allclose(encoder.lines(0, 42).reshape(expected.shape), expected, atol=1e-6)
    indices = tuple(torch.tensor([2]) for _ in range(3))
    found = torch.empty(1, 3, encoder.features)
    encoder.voxels(indices, 1, np.array([-0.4, 0.0, 0.4]), out=found)
    shift = 0.4 * grid.directions[:, 1] / grid.radius
    np.testing.assert_allclose(found[0], expected[2, 2, 2] + np.stack([-shift, 0 * shift, shift]), atol=1e-6)
    assert encoding_frequencies("none", 64, 2.0, 0) is None


def test_gaussian_frequencies_have_the_bandwidth_along_every_axis() -> None:
    frequencies = gaussian_frequencies(20_000, 2.5, np.random.default_rng(0))
    assert frequencies.shape == (20_000, 3)
    np.testing.assert_allclose(np.cov(frequencies.T), 2.5**2 * np.eye(3), atol=0.15)
    np.testing.assert_allclose(frequencies.mean(axis=0), 0, atol=0.06)


def test_gaussian_features_are_those_of_their_paper() -> None:
    """Tancik et al. 2020: cos 2 pi Bv and sin 2 pi Bv with v in [0, 1] and sigma cycles over that."""
    sigma = 3.0
    frequencies = gaussian_frequencies(20_000, sigma / 2, np.random.default_rng(0))
    v = np.random.default_rng(1).uniform(size=(2, 3))
    x = 2 * v - 1
    features = fourier_features(torch.tensor(x), torch.tensor(frequencies)).numpy()
    kernel = features[0] @ features[1] / len(frequencies)
    assert kernel == pytest.approx(np.exp(-2 * np.pi**2 * sigma**2 * np.sum((v[0] - v[1]) ** 2)), abs=0.02)


def test_positional_frequencies_by_hand() -> None:
    random = np.random.default_rng(0)
    axes = np.eye(3)
    np.testing.assert_allclose(
        positional_frequencies(9, 8, random), np.concatenate([0.5 * axes, 2 * axes, 8 * axes])
    )
    np.testing.assert_allclose(
        positional_frequencies(7, 8, random), np.concatenate([0.5 * axes, 2 * axes, 8 * axes[:1]])
    )
    np.testing.assert_allclose(positional_frequencies(3, 8, random), 8 * axes)
    np.testing.assert_allclose(positional_frequencies(6, 0.25, random), 0.25 * np.tile(axes, (2, 1)))


@pytest.mark.parametrize("octaves", [1, 2, 10])
def test_positional_features_are_those_of_nerf(octaves: int) -> None:
    """Mildenhall et al. 2020: sin 2^k pi p and cos 2^k pi p of each coordinate in [-1, 1], k below L."""
    p = np.random.default_rng(0).uniform(-1, 1, (4, 3))
    frequencies = positional_frequencies(3 * octaves, 2.0 ** (octaves - 2), np.random.default_rng(0))
    found = fourier_features(torch.tensor(p), torch.tensor(frequencies)).numpy()
    for k in range(octaves):
        for axis in range(3):
            place = 2 * (3 * k + axis)
            np.testing.assert_allclose(found[:, place], np.cos(2**k * np.pi * p[:, axis]), atol=1e-9)
            np.testing.assert_allclose(found[:, place + 1], np.sin(2**k * np.pi * p[:, axis]), atol=1e-9)


def test_positional_frequencies_are_those_of_tancik() -> None:
    """Tancik et al. 2020: sigma^(j / m) cycles over v in [0, 1], of each coordinate, j below m."""
    m, sigma = 6, 40.0
    expected = [sigma ** (j / m) / 2 for j in range(m)]  # x is twice as long as v
    found = positional_frequencies(3 * m, expected[-1], np.random.default_rng(0))
    np.testing.assert_allclose(found, np.concatenate([one * np.eye(3) for one in expected]))


def test_basic_features_are_those_of_their_paper() -> None:
    """Tancik et al. 2020: cos 2 pi v and sin 2 pi v with v in [0, 1]; half a turn of v is only a sign."""
    frequencies = basic_frequencies(64, 4, np.random.default_rng(0))
    v = np.random.default_rng(0).uniform(size=(5, 3))
    found = fourier_features(torch.tensor(2 * v - 1), torch.tensor(frequencies)).numpy()
    np.testing.assert_allclose(found[:, 0::2], -np.cos(2 * np.pi * v), atol=1e-12)
    np.testing.assert_allclose(found[:, 1::2], -np.sin(2 * np.pi * v), atol=1e-12)


@pytest.mark.parametrize("encoding", ["gaussian", "positional", "basic"])
def test_frequencies_follow_from_name_size_and_seed(encoding: str) -> None:
    first, again, other = (encoding_frequencies(encoding, 3, 2.0, seed) for seed in (0, 0, 1))
    assert first is not None
    assert first.shape == (3, 3)
    np.testing.assert_array_equal(first, again)
    assert np.array_equal(first, other) == (encoding != "gaussian")


def test_an_unknown_encoding_is_refused() -> None:
    with refuses("'hash'", "gaussian, positional, basic, grid, none"):
        encoding_frequencies("hash", 64, 2.0, 0)
