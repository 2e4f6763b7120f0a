import nibabel as nib
import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter, label

from isospine.dataset.demo.anatomy import Tissue
from isospine.dataset.demo.phantom import CONTRAST, NOISE, Phantom, bias_field, spine_phantom

SMALL = (40, 64, 32)


@pytest.fixture(scope="module", params=[1, 3])
def phantom(request: pytest.FixtureRequest) -> Phantom:
    return spine_phantom(request.param)


def ellipse_coordinates(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Right and anterior coordinates of an axial mask's pixels in units of its half axes."""
    i, j = np.indices(mask.shape)
    points = np.argwhere(mask)
    half = 2 * points.std(axis=0)  # a filled ellipse's standard deviation is half its half axis
    centre = points.mean(axis=0)
    return (i - centre[0]) / half[0], (j - centre[1]) / half[1]


def test_types_and_geometry(phantom: Phantom) -> None:
    shape = (48, 81, 113)
    assert phantom.intensity.shape == phantom.cord.shape == shape
    assert phantom.intensity.dtype == np.float32
    assert phantom.cord.dtype == np.uint8
    np.testing.assert_allclose(phantom.affine[:3, :3], 0.8 * np.eye(3))
    assert nib.aff2axcodes(phantom.affine) == ("R", "A", "S")
    centre = phantom.affine @ [*(np.array(shape) - 1) / 2, 1]
    np.testing.assert_allclose(centre, [0, 0, 0, 1], atol=1e-12)


def test_intensities_are_like_a_scanners(phantom: Phantom) -> None:
    assert np.isfinite(phantom.intensity).all()
    assert phantom.intensity.min() >= 0
    assert 1100 < phantom.intensity.max() < 1600


def test_equal_seeds_give_equal_bytes_and_others_another_subject() -> None:
    first, again, other = (spine_phantom(seed, SMALL) for seed in (5, 5, 6))
    assert first.intensity.tobytes() == again.intensity.tobytes()
    assert first.cord.tobytes() == again.cord.tobytes()
    assert np.corrcoef(first.intensity.ravel(), other.intensity.ravel())[0, 1] < 0.9
    assert 0.2 < (first.cord & other.cord).sum() / (first.cord | other.cord).sum() < 0.95


def test_coarser_sampling_shows_the_same_subject() -> None:
    fine = spine_phantom(2, SMALL, 0.8).intensity
    coarse = spine_phantom(2, (20, 32, 16), 1.6).intensity
    mean = fine.reshape(20, 2, 32, 2, 16, 2).mean(axis=(1, 3, 5))
    correlations = [
        np.corrcoef(coarse.ravel(), np.roll(mean, shift, axis=(0, 1, 2)).ravel())[0, 1]
        for shift in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))
    ]
    assert correlations[0] > 0.97
    assert max(correlations[1:]) < correlations[0] - 0.05


def test_cord_is_one_piece_through_every_axial_slice(phantom: Phantom) -> None:
    assert label(phantom.cord)[1] == 1
    for k in range(phantom.cord.shape[2]):
        assert label(phantom.cord[:, :, k])[1] == 1
    area = phantom.cord.sum(axis=(0, 1)) * 0.8**2
    assert 50 < area.min() <= area.max() < 110


def test_spine_is_curved_in_both_planes(phantom: Phantom) -> None:
    k = np.arange(phantom.cord.shape[2])
    counts = phantom.cord.sum(axis=(0, 1))
    for axis, bend in ((0, 0.5), (1, 1.5)):
        index = np.arange(phantom.cord.shape[axis])
        path = 0.8 * index @ phantom.cord.sum(axis=1 - axis) / counts
        straight = np.polyval(np.polyfit(k, path, 1), k)
        assert np.ptp(path - straight) > bend


def test_csf_is_brighter_than_the_cord_and_air_is_dark(phantom: Phantom) -> None:
    cord = phantom.cord.astype(bool)
    inside = phantom.intensity[binary_erosion(cord)].mean()
    around = binary_dilation(cord, iterations=2) & ~binary_dilation(cord)
    assert np.median(phantom.intensity[around]) > 1.7 * inside
    air = phantom.intensity[:, 0, phantom.cord.shape[2] // 2]
    assert air.mean() < 0.1 * inside


def test_grey_matter_is_slightly_brighter_than_white(phantom: Phantom) -> None:
    grey, white = [], []
    for k in range(phantom.cord.shape[2]):
        p, q = ellipse_coordinates(phantom.cord[:, :, k])
        horns = np.hypot((np.abs(p) - 0.32) / 0.15, (q - 0.24) / 0.2) < 1
        lateral = (np.abs(p) > 0.6) & (np.hypot(p, q) < 0.8)
        grey.append(phantom.intensity[:, :, k][horns])
        white.append(phantom.intensity[:, :, k][lateral])
    ratio = np.concatenate(grey).mean() / np.concatenate(white).mean()
    assert 1.05 < ratio < 1.4


def test_contrast_of_every_tissue_is_given_in_the_order_of_t2() -> None:
    assert set(CONTRAST) == set(Tissue)
    bright_to_dark = (Tissue.CSF, Tissue.FAT, Tissue.GREY, Tissue.WHITE, Tissue.MUSCLE, Tissue.CORTEX)
    means = [CONTRAST[tissue][0] for tissue in (*bright_to_dark, Tissue.AIR)]
    assert means == sorted(means, reverse=True)


def test_noise_in_air_is_rayleigh(phantom: Phantom) -> None:
    air = phantom.intensity[:, 0, 46:66]
    sigma = NOISE * np.ptp(phantom.intensity)
    assert air.mean() == pytest.approx(sigma * np.sqrt(np.pi / 2), rel=0.15)
    assert air.std() == pytest.approx(sigma * np.sqrt(2 - np.pi / 2), rel=0.15)


def test_bias_field_is_smooth_and_moderate() -> None:
    field = bias_field(np.random.default_rng(0), SMALL)
    assert field.shape == SMALL
    assert 0.6 < field.min() < 0.95 < field.max() < 1.4
    assert max(np.abs(np.diff(field, axis=axis)).max() for axis in range(3)) < 0.02


def test_fine_detail_is_of_the_amount_of_real_volumes(phantom: Phantom) -> None:
    data = phantom.intensity[:45, :80, :110].astype(np.float64)
    detail = np.var(data - gaussian_filter(data, 1.0)) / np.var(data)
    assert 0.08 < detail < 0.25  # 0.14 and 0.17 in the real volumes that it was compared with
    slices = np.repeat(data.reshape(45, 80, 22, 5).mean(axis=3), 5, axis=2)
    psnr = 10 * np.log10(np.ptp(data) ** 2 / np.mean((slices - data) ** 2))
    assert 18 < psnr < 27
