import warnings

import numpy as np
import pytest
from skimage.metrics import structural_similarity
from support.datasets import refuses
from support.volumes import smooth_image

from isospine.evaluation.measures import MEASURES
from isospine.evaluation.metrics import karthik2023_metrics, psnr, region_metrics, ssim_map
from isospine.physics.tissue import tissue_mask


def test_psnr_by_hand() -> None:
    reference = np.array([0.0, 10.0, 20.0, 100.0])
    assert psnr(reference, reference + np.array([1, -1, 1, -1]), 100) == pytest.approx(40)
    assert psnr(reference, reference + np.array([2, 0, 0, 0]), 100) == pytest.approx(40)
    with warnings.catch_warnings(action="error"):
        assert psnr(reference, reference, 100) == float("inf")


def test_psnr_of_large_integers_does_not_overflow() -> None:
    reference = np.full(8, 60000, np.uint16)
    assert psnr(reference, np.full(8, 0, np.uint16), 60000) == pytest.approx(0)


def test_region_metrics_by_hand() -> None:
    """Range 1000; an error of 10 in one half of the volume, of 20 in the other."""
    reference = smooth_image((8, 8, 8)) + 500
    half = np.zeros(reference.shape, bool)
    half[:4] = True
    image = reference + np.where(half, 10, -20)
    found = region_metrics(
        reference, image, {"whole": np.full(half.shape, True), "first": half, "second": ~half}
    )
    error = {"whole": np.sqrt((10**2 + 20**2) / 2), "first": 10, "second": 20}
    for region, value in error.items():
        assert found[region]["nrmse"] == pytest.approx(value / 1000, rel=1e-5)
        assert found[region]["psnr"] == pytest.approx(20 * np.log10(1000 / value), abs=1e-4)
    assert found.keys() == error.keys()
    measured = {name for name, measure in MEASURES.items() if measure.function}
    assert {"psnr", "ssim", "nrmse"} <= measured
    assert all(values.keys() == measured for values in found.values())


def test_identical_images() -> None:
    reference = smooth_image((9, 10, 11))
    found = region_metrics(reference, reference.copy(), {"whole": np.full(reference.shape, True)})
    perfect = {"psnr": float("inf"), "ssim": pytest.approx(1), "nrmse": 0}
    assert {name: found["whole"][name] for name in perfect} == perfect


def test_nothing_is_rescaled() -> None:
    reference = smooth_image((9, 10, 11))
    whole = {"whole": np.full(reference.shape, True)}
    assert region_metrics(reference, reference * 1.2, whole)["whole"]["psnr"] < 30
    assert region_metrics(reference, reference + 100, whole)["whole"]["nrmse"] == pytest.approx(0.1, rel=1e-5)


def test_the_range_is_the_references_not_the_regions() -> None:
    reference = smooth_image((9, 10, 11))
    dark = reference < 300
    found = region_metrics(reference, reference + 10, {"dark": dark})
    assert found["dark"]["psnr"] == pytest.approx(40, abs=1e-3)


def test_a_regions_ssim_is_the_mean_of_scikit_images_map() -> None:
    reference, image = smooth_image((12, 13, 14)), smooth_image((12, 13, 14), seed=1)
    region = np.random.default_rng(0).random(reference.shape) > 0.7
    _, expected = structural_similarity(
        reference.astype(float), image.astype(float), win_size=7, data_range=1000, full=True
    )
    found = region_metrics(reference, image, {"region": region, "whole": np.full(region.shape, True)})
    assert found["region"]["ssim"] == pytest.approx(expected[region].mean(), abs=1e-6)
    assert found["whole"]["ssim"] == pytest.approx(expected.mean(), abs=1e-6)
    assert expected[region].mean() != pytest.approx(expected.mean(), abs=1e-4)


def test_ssim_of_one_neighbourhood_by_the_formula() -> None:
    """Wang et al., with the sample covariance and uniform weights of 7 x 7 x 7 voxels."""
    x, y = (
        smooth_image((7, 7, 7), sigma=1).astype(float),
        smooth_image((7, 7, 7), seed=1, sigma=1).astype(float),
    )
    c1, c2 = (0.01 * 1000) ** 2, (0.03 * 1000) ** 2
    covariance = np.cov(x.ravel(), y.ravel())
    expected = (
        (2 * x.mean() * y.mean() + c1)
        * (2 * covariance[0, 1] + c2)
        / ((x.mean() ** 2 + y.mean() ** 2 + c1) * (covariance[0, 0] + covariance[1, 1] + c2))
    )
    assert ssim_map(x, y, 1000)[3, 3, 3] == pytest.approx(expected)


@pytest.mark.parametrize("thickness", [2, 3, 4, 5, 6, 7])
def test_thin_volumes(thickness: int) -> None:
    reference = smooth_image((12, thickness, 14), sigma=1).astype(float)
    image = reference + np.random.default_rng(0).normal(scale=30, size=reference.shape)
    similarity = ssim_map(reference, image, 1000)
    assert similarity.shape == reference.shape
    assert np.isfinite(similarity).all()
    assert 0 < similarity.mean() < 0.99
    np.testing.assert_allclose(ssim_map(reference, reference, 1000), 1)
    if thickness == 2:  # mirrored: the same as the volume and its mirror image
        doubled = [np.concatenate([volume, volume[:, ::-1]], axis=1) for volume in (reference, image)]
        _, expected = structural_similarity(*doubled, win_size=3, data_range=1000, full=True)
        np.testing.assert_allclose(similarity, expected[:, :2])
    else:
        window = {3: 3, 4: 3, 5: 5, 6: 5, 7: 7}[thickness]
        _, expected = structural_similarity(reference, image, win_size=window, data_range=1000, full=True)
        np.testing.assert_allclose(similarity, expected)


def test_tissue_is_brighter_than_half_of_otsus_threshold() -> None:
    """Against every threshold's variance between the classes, on the 256 bins of scikit-image."""
    random = np.random.default_rng(0)
    dark, bright = random.normal(60, 20, 700), random.normal(700, 150, 300)
    reference = np.concatenate([dark, bright]).reshape(10, 10, 10)
    edges = np.linspace(reference.min(), reference.max(), 257)
    centres = (edges[1:] + edges[:-1]) / 2
    binned = centres[np.clip(np.searchsorted(edges, reference, side="right") - 1, 0, 255)]

    def between(threshold: float) -> float:
        low, high = binned[binned <= threshold], binned[binned > threshold]
        return float(low.size * high.size * (low.mean() - high.mean()) ** 2)

    threshold = max(centres[:-1], key=between)
    assert 100 < threshold < 600
    np.testing.assert_array_equal(tissue_mask(reference), reference > threshold / 2)


def test_the_protocol_of_karthik2023_by_its_formula() -> None:
    reference, image = smooth_image((9, 10, 11)), smooth_image((9, 10, 11), seed=3) * 2 + 50
    mask = reference > 400

    def scale(volume: np.ndarray) -> np.ndarray:
        inside = volume[mask].astype(float)
        scaled = np.zeros(volume.shape)
        scaled[mask] = (inside - inside.min()) / (inside.max() - inside.min())
        return scaled

    a, b = scale(reference), scale(image)
    found = karthik2023_metrics(reference, image, mask)
    assert found["psnr_karthik2023"] == pytest.approx(-10 * np.log10(np.mean((a - b) ** 2)), abs=1e-4)
    _, similarity = structural_similarity(a, b, data_range=1, full=True)
    assert found["ssim_karthik2023"] == pytest.approx(similarity.mean(), abs=1e-5)


def test_the_protocol_of_karthik2023_hides_errors_of_scale() -> None:
    reference = smooth_image((9, 10, 11))
    mask = reference > 400
    found = karthik2023_metrics(reference, reference * 3 - 70, mask)
    assert found["psnr_karthik2023"] > 100
    assert found["ssim_karthik2023"] == pytest.approx(1)
    flat = karthik2023_metrics(reference, np.full_like(reference, 5), mask)
    assert np.isfinite(list(flat.values())).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_never_scored(value: float) -> None:
    """The PSNR of an image of NaN was infinite, as that of a perfect one."""
    reference = np.arange(1000, dtype=np.float32).reshape(10, 10, 10)
    image = reference.copy()
    image[3, 4, 5] = value
    whole = {"whole": np.ones(reference.shape, bool)}
    for measure in (
        lambda: psnr(reference, image, 999),
        lambda: ssim_map(reference, image, 999),
        lambda: region_metrics(reference, image, whole),
        lambda: karthik2023_metrics(reference, image, whole["whole"]),
    ):
        with refuses("voxels came out NaN or infinite"):
            measure()


@pytest.mark.parametrize("data_range", [0.0, -1.0, np.nan, np.inf])
def test_a_reference_without_a_range_has_no_scores(data_range: float) -> None:
    constant = np.full((10, 10, 10), 5, np.float32)
    with refuses("the range of its intensities is", "not constant"):
        psnr(constant, constant + 1, data_range)
    with refuses("the range of its intensities is 0", "not constant"):
        region_metrics(constant, constant, {"whole": np.ones(constant.shape, bool)})


@pytest.mark.parametrize("exponent", [115, -115])
def test_scores_depend_on_no_unit(exponent: int) -> None:
    random = np.random.default_rng(0)
    reference = random.uniform(0, 1000, (12, 12, 12)).astype(np.float32)
    image = (reference + random.normal(scale=20, size=reference.shape)).astype(np.float32)
    masks = {"whole": np.ones(reference.shape, bool), "mask": tissue_mask(reference)}
    expected = region_metrics(reference, image, masks)
    other = region_metrics(np.ldexp(reference, exponent), np.ldexp(image, exponent), masks)
    for region, values in expected.items():
        assert other[region] == pytest.approx(values, rel=1e-12)
