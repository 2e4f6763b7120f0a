"""Slices that nobody measured."""

from pathlib import Path

import numpy as np
import pytest
from support.volumes import make_affine, smooth_image

from isospine.geometry.grid import Grid
from isospine.physics.slices import constant_slices, padding
from isospine.physics.view import OVERSHOOT, View, range_excess


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("value", [0, -2.5])
def test_slices_of_one_value_are_found(axis: int, value: float) -> None:
    data = smooth_image((6, 7, 8))
    assert constant_slices(data, axis) == []
    np.moveaxis(data, axis, 0)[[0, 3, 4]] = value
    data.flat[-1] = value  # one voxel is no slice
    assert constant_slices(data, axis) == [0, 3, 4]
    (text,) = padding(Path("sub-01_T2w.nii.gz"), data)
    assert "sub-01_T2w.nii.gz: 3 of its" in text and f"array axis {axis}" in text


def test_values_far_beyond_those_of_the_views_are_named() -> None:
    views = [
        View(smooth_image((6, 7, 8)) + level, Grid((6, 7, 8), make_affine()), 0, 3.0, "box")
        for level in (-100, 200)
    ]
    low, high = -100.0, 1200.0
    span = high - low
    image = np.zeros((4, 4, 4), np.float32)
    for value in (low - (OVERSHOOT - 0.01) * span, high + (OVERSHOOT - 0.01) * span):
        image[1, 1, 1] = value
        assert range_excess(image, views) is None
    for value in (low - (OVERSHOOT + 0.01) * span, high + (OVERSHOOT + 0.01) * span):
        image[1, 1, 1] = value
        text = range_excess(image, views)
        assert text is not None and f"{value:.4g}" in text and "(-100 to 1200)" in text
