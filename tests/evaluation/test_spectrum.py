"""Spectra of waves that are known, and the frequencies that views do not show."""

from typing import Any

import numpy as np
import pytest
from support.volumes import make_affine

from isospine.evaluation.spectrum import blind_bands, power_spectrum

VIEWS: list[dict[str, Any]] = [{"plane": "axial", "factor": 5}, {"plane": "sagittal", "factor": 2.5}]


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("spacing", [0.5, 0.8])
def test_a_wave_has_its_power_at_its_frequency_along_its_axis(axis: int, spacing: float) -> None:
    shape = [12, 12, 12]
    shape[axis] = 60
    frequency, amplitude = 9 / (60 * spacing), 3.0  # nine periods
    place = np.arange(60) * spacing
    wave = amplitude * np.sin(2 * np.pi * frequency * place)
    volume = (100 + np.moveaxis(np.broadcast_to(wave, (12, 12, 60)), 2, axis)).astype(np.float32)
    frequencies, power = power_spectrum(volume, spacing, axis)
    assert frequencies[np.argmax(power)] == pytest.approx(frequency)
    assert frequencies[-1] == pytest.approx(0.5 / spacing)
    assert power.sum() * frequencies[0] == pytest.approx(amplitude**2 / 2, rel=1e-3)  # the variance
    for other in {0, 1, 2} - {axis}:
        assert power_spectrum(volume, spacing, other)[1].max() < 1e-6


def test_views_are_blind_beyond_their_nyquist_and_where_the_profile_is_zero() -> None:
    affine = make_affine((1, 2, 0), (-1, 1, -1), 0.8)
    axial, sagittal = blind_bands(affine, VIEWS, "box")
    assert (axial.axis, axial.plane, sagittal.axis, sagittal.plane) == ("I-S", "axial", "R-L", "sagittal")
    assert axial.nyquist == pytest.approx(1 / 8)  # slices of 4 mm
    assert axial.zeros == pytest.approx(
        (1 / 4, 2 / 4)
    )  # the next, 3 / 4, is beyond the reference's own 0.625
    assert sagittal.zeros == pytest.approx((1 / 2,))
    for profile in ("gaussian", "point"):
        assert [band.zeros for band in blind_bands(affine, VIEWS, profile)] == [(), ()]


def test_the_profile_removes_what_the_zeros_say() -> None:
    affine = make_affine(spacing=1.0)
    zero = blind_bands(affine, [{"plane": "axial", "factor": 5}], "box")[0].zeros[0]
    for frequency, remains in ((zero, False), (zero / 2, True)):
        wave = np.cos(2 * np.pi * frequency * np.arange(50))
        slices = wave.reshape(10, 5).mean(axis=1)
        assert bool(np.abs(slices).max() > 0.1) is remains


def test_waves_of_any_unit_are_squared_without_overflow() -> None:
    wave = np.broadcast_to(np.sin(np.arange(40.0)), (3, 4, 40)).astype(np.float32)
    frequencies, power = power_spectrum(wave, 1.0, 2)
    _, large = power_spectrum((1e25 * wave).astype(np.float32), 1.0, 2)
    assert len(frequencies) == len(power) == 20
    np.testing.assert_allclose(large, 1e50 * power, rtol=1e-4)


def test_the_power_is_the_mean_over_the_lines() -> None:
    """One line of six has a wave, and none has anything without it."""
    volume = np.full((2, 3, 30), 7, np.float32)
    volume[1, 2] += np.cos(2 * np.pi * np.arange(30) / 3)
    _, alone = power_spectrum(volume[1:, 2:], 0.5, 2)
    _, power = power_spectrum(volume, 0.5, 2)
    np.testing.assert_allclose(power, alone / 6, atol=1e-9)
    assert alone.max() > 1


def test_a_zero_at_the_references_own_limit_counts() -> None:
    """Slices of four voxels remove every fourth of a cycle per voxel, up to a half."""
    (band,) = blind_bands(make_affine(spacing=0.7), [{"plane": "coronal", "factor": 4}], "box")
    assert (band.axis, band.plane) == ("A-P", "coronal")
    assert band.zeros == pytest.approx((0.25 / 0.7, 0.5 / 0.7))
    (thin,) = blind_bands(make_affine(spacing=0.7), [{"plane": "coronal", "factor": 1.9}], "box")
    assert thin.zeros == ()


def test_a_wave_between_two_frequencies_does_not_leak_to_others() -> None:
    """Nine and a half periods jump at the ends: without a window that is power everywhere."""
    wave = np.broadcast_to(np.sin(2 * np.pi * 9.5 * np.arange(100) / 100), (2, 2, 100)).astype(np.float32)
    _, power = power_spectrum(wave, 1.0, 2)
    assert power[20:].max() < 1e-6 * power.max()
    jumps = np.abs(np.fft.rfft(wave[0, 0]))[1:] ** 2
    assert jumps[20:].max() > 1e-4 * jumps.max()
