"""Labels as people and programs store them, and what cannot be one label."""

import logging

import numpy as np
import pytest

from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.physics.view import View
from isospine.segmentation.labels import empty_between, fractions_of, is_binary, label_view


def of_values(*values: float) -> np.ndarray:
    return np.array(values, np.float32).reshape(-1, 1, 1)


def view_of(slices: list[int]) -> View:
    """View of 2 x 2 x N voxels, whose slices are labelled or not."""
    data = np.tile(np.array(slices, np.float32), (2, 2, 1))
    data[0] = 0
    return View(data, Grid((2, 2, len(slices)), np.eye(4)), 2, 1.0, "box")


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ((0, 1, 1), (0, 1, 1)),
        ((0, 255, 0), (0, 1, 0)),
        ((0, 7), (0, 1)),
        ((0, 0.25, 1), (0, 0.25, 1)),
        ((0, 0.25), (0, 0.25)),
        ((-0.0005, 0.5, 1.0004), (0, 0.5, 1)),
    ],
)
def test_labels_become_fractions(stored: tuple[float, ...], expected: tuple[float, ...]) -> None:
    found = fractions_of("seg.nii.gz", of_values(*stored))
    np.testing.assert_allclose(found.ravel(), expected)
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ((0, 0), "every voxel is 0; expected voxels with the label"),
        ((1, 1), "every voxel is 1"),
        ((0, 1, 2), r"holds 2 labels \(1 and 2\); expected one: write each label to a file of its own"),
        (tuple(range(9)), r"holds 8 labels \(1, 2, 3, 4, 5 and others\)"),
        ((0, 0.5, 1.7), "holds values from 0 to 1.7; expected 0 and 1, or fractions"),
        ((-1, 0, 1), "holds values from -1 to 1"),
        ((0, np.nan, 1), "NaN or infinite"),
    ],
)
def test_what_is_not_one_label_is_refused(stored: tuple[float, ...], said: str) -> None:
    with pytest.raises(InputError, match=f"seg.nii.gz: .*{said}"):
        fractions_of("seg.nii.gz", of_values(*stored))


def test_slices_that_were_forgotten_are_named(caplog: pytest.LogCaptureFixture) -> None:
    view = view_of([0, 1, 0, 0, 1, 0])
    assert empty_between(view) == [2, 3]
    with caplog.at_level(logging.WARNING):
        labels = label_view("seg.nii.gz", 255 * view.data, view)
    np.testing.assert_array_equal(labels.data, view.data)
    assert "seg.nii.gz: slices 2 and 3 hold no label between slices that do" in caplog.text
    assert empty_between(view_of([0, 1, 1, 0])) == []


def test_soft_labels_are_told_from_binary_ones() -> None:
    view = view_of([0, 1, 1])
    assert is_binary(view)
    soft = label_view("seg.nii.gz", 0.5 * view.data, view)
    assert not is_binary(soft)
