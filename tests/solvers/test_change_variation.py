"""The change since an earlier image is what the views show of it, and nothing where there is none."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from isospine.geometry.grid import Grid, Volume
from isospine.physics.simulate import acquire
from isospine.physics.view import View
from isospine.solvers.change_variation import change_variation, known_differences
from isospine.solvers.total_variation import total_variation

GRID = Grid((20, 20, 15), np.diag([1.0, 1.0, 1.0, 1.0]))
EVERYWHERE = np.ones(GRID.shape, bool)


@pytest.fixture(scope="module")
def earlier() -> Volume:
    random = np.random.default_rng(0)
    return (100 + 60 * gaussian_filter(random.standard_normal(GRID.shape), 1.0)).astype(np.float32)


def views_of(image: Volume) -> list[View]:
    return [acquire(image, GRID, plane, 5.0, "box") for plane in ("axial", "sagittal")]


def test_without_a_share_it_is_total_variation_to_the_byte(earlier: Volume) -> None:
    views = views_of(earlier)
    expected = total_variation(views, GRID, iterations=20)
    alone = change_variation(views, GRID, earlier, EVERYWHERE, share=0, iterations=20)
    nowhere = change_variation(views, GRID, earlier, ~EVERYWHERE, iterations=20)
    np.testing.assert_array_equal(alone, expected)
    np.testing.assert_array_equal(nowhere, expected)


def test_what_did_not_change_is_kept_in_detail(earlier: Volume) -> None:
    views = views_of(earlier)
    image = change_variation(views, GRID, earlier, EVERYWHERE, weight=1e-3)
    alone = total_variation(views, GRID, weight=1e-3)
    assert np.abs(image - earlier).mean() < 0.2 * np.abs(alone - earlier).mean()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_lesion_that_comes_or_goes_is_seen(earlier: Volume, sign: int) -> None:
    later = earlier.copy()
    later[8:13, 8:13, 5:10] += sign * np.float32(50)
    image = change_variation(views_of(later), GRID, earlier, EVERYWHERE, weight=1e-3)
    assert (image - earlier)[9:12, 9:12, 6:9].mean() == pytest.approx(sign * 50, rel=0.1)


def test_where_nothing_is_covered_the_earlier_image_says_nothing(earlier: Volume) -> None:
    views = views_of(earlier)
    covered = EVERYWHERE.copy()
    covered[10:] = False
    wild = np.where(covered, earlier, np.float32(np.nan))
    calm = np.where(covered, earlier, np.float32(0))
    found = [change_variation(views, GRID, prior, covered, iterations=30) for prior in (wild, calm)]
    np.testing.assert_array_equal(*found)
    assert np.isfinite(found[0]).all()


def test_differences_count_between_two_covered_voxels() -> None:
    covered = np.zeros((4, 3, 3), bool)
    covered[:2] = True
    known = known_differences(covered)
    assert known[0].all() and not known[1:].any()
    assert known_differences(np.ones((3, 3, 3), bool)).all()


def test_intensities_scale(earlier: Volume) -> None:
    views, tiny = views_of(earlier), np.float32(2.0**-80)
    image = change_variation(views, GRID, earlier, EVERYWHERE, iterations=20)
    dim = [replace(view, data=view.data * tiny) for view in views]
    scaled = change_variation(dim, GRID, earlier * tiny, EVERYWHERE, iterations=20)
    np.testing.assert_array_equal(scaled, image * tiny)
