"""The change map, its z-score at edges and away from them, and the list of clusters."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift
from support.volumes import make_affine, smooth_image

from isospine.geometry.grid import Grid, Volume
from isospine.models.earlier.change import CLUSTER_COLUMNS, THRESHOLD, clusters, find_change, fit_deviation

GRID = Grid((40, 36, 32), make_affine((1, 2, 0), (-1, 1, 1), spacing=0.8))
EVERYWHERE = np.ones(GRID.shape, bool)
NOISE = 0.005


def anatomy() -> Volume:
    """Smooth tissue, and a bright body with a sharp edge."""
    image = smooth_image(GRID.shape, sigma=4) / 2000
    image[10:30, 10:26] += 0.8
    return gaussian_filter(image, 0.6)


def noise(seed: int = 0) -> Volume:
    white = gaussian_filter(np.random.default_rng(seed).normal(size=GRID.shape), 1.0)
    return (NOISE * white / white.std()).astype(np.float32)


def lesion(size: float) -> Volume:
    """A cube of 4 voxels, away from edges."""
    change = np.zeros(GRID.shape, np.float32)
    change[18:22, 16:20, 14:18] = size
    return change


@pytest.mark.parametrize("sign", [1, -1])
def test_a_lesion_is_listed_where_it_is(sign: int) -> None:
    change = find_change(anatomy() + noise() + lesion(sign * 0.15), anatomy(), EVERYWHERE, GRID)
    table = clusters(change, GRID)
    assert list(table) == CLUSTER_COLUMNS and len(table) == 1
    row = table.iloc[0]
    expected = GRID.world(np.array([19.5, 17.5, 15.5]))
    assert row[["x_mm", "y_mm", "z_mm"]].to_numpy(float) == pytest.approx(expected, abs=0.4)
    assert row["sign"] == sign and row["peak_z"] * sign > 2 * THRESHOLD
    assert row["mean_change"] == pytest.approx(sign * 0.15, rel=0.2)
    assert row["volume_mm3"] == pytest.approx(64 * 0.8**3, rel=0.5)


def test_noise_alone_is_no_change() -> None:
    for seed in range(5):
        assert clusters(find_change(anatomy() + noise(seed), anatomy(), EVERYWHERE, GRID), GRID).empty


def test_a_placement_a_little_off_is_no_change_although_the_difference_is_large() -> None:
    moved = shift(anatomy(), (0.3, 0, 0), order=3, mode="nearest")
    change = find_change(moved + noise(), anatomy(), EVERYWHERE, GRID)
    assert np.abs(change.difference).max() > 0.08
    assert clusters(change, GRID).empty
    assert change.misplacement > 0.02


def test_what_is_not_covered_has_not_changed() -> None:
    half = EVERYWHERE.copy()
    half[:20] = False
    placed = np.where(half, anatomy(), np.float32(np.nan))
    change = find_change(anatomy() + noise() + lesion(0.15), placed, half, GRID)
    assert not change.z[~half].any() and not change.difference[~half].any()
    table = clusters(change, GRID)
    assert len(table) == 1 and table["volume_mm3"][0] < 45


@pytest.mark.parametrize("covered", [0, 500])
def test_too_little_coverage_gives_no_z(covered: int) -> None:
    mask = np.zeros(GRID.shape, bool)
    mask.flat[:covered] = True
    change = find_change(anatomy() + 1, anatomy(), mask, GRID)
    assert not change.z.any() and np.isnan(change.noise)
    assert clusters(change, GRID).empty


def test_equal_images_have_no_change() -> None:
    change = find_change(anatomy(), anatomy(), EVERYWHERE, GRID)
    assert not change.difference.any() and not change.z.any()
    flat = np.full(GRID.shape, 3, np.float32)
    assert not find_change(flat, flat, EVERYWHERE, GRID).z.any()


def test_z_does_not_depend_on_the_unit_of_intensities() -> None:
    image = anatomy() + noise() + lesion(0.15)
    one = find_change(image, anatomy(), EVERYWHERE, GRID)
    many = find_change(image * np.float32(4096), anatomy() * np.float32(4096), EVERYWHERE, GRID)
    assert many.z == pytest.approx(one.z, rel=1e-3, abs=1e-3)
    assert many.misplacement == pytest.approx(one.misplacement, abs=1e-3)
    assert many.noise == pytest.approx(4096 * one.noise, rel=1e-3)


def test_the_deviation_is_that_of_what_has_not_changed() -> None:
    random = np.random.default_rng(0)
    slopes = np.abs(random.normal(size=100_000))
    deviation = np.hypot(0.02, 0.1 * slopes)
    changes = np.abs(deviation * random.normal(size=len(slopes)))
    assert fit_deviation(changes, slopes, 1e-6) == pytest.approx((0.02, 0.1), rel=0.05)
    steep = slopes > np.quantile(slopes, 0.99)
    changes[steep] += 3
    assert fit_deviation(changes, slopes, 1e-6) == pytest.approx((0.02, 0.1), rel=0.15)


def test_small_and_weak_clusters_are_left_out() -> None:
    change = find_change(anatomy() + noise() + lesion(0.15), anatomy(), EVERYWHERE, GRID)
    assert clusters(change, GRID, smallest=100).empty
    assert clusters(change, GRID, threshold=1000).empty
    assert len(clusters(change, GRID, threshold=2, smallest=0)) > 5


def test_the_border_of_what_is_covered_has_a_deviation_of_its_own() -> None:
    """What is badly placed there is no change, and a lesion within is found as before."""
    covered = EVERYWHERE.copy()
    covered[:4] = covered[-4:] = False
    worse = np.zeros(GRID.shape, np.float32)
    worse[4:6] = worse[-6:-4] = 8 * noise(1)[4:6]
    image = anatomy() + noise() + lesion(0.15) + worse
    assert len(clusters(find_change(image, anatomy(), covered, GRID), GRID)) == 1
