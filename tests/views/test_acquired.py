"""What is believed of the headers of acquired views."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.datasets import refuses
from support.volumes import ORIENTATIONS, make_affine, smooth_image

from isospine.geometry.grid import FloatArray
from isospine.io.nifti import save_volume
from isospine.physics.slices import take_slices
from isospine.views.acquired import AcquiredView, check_one_body, load_acquired

NAME = "sub-01_acq-ax_T2w.nii.gz"


def affine_of(spacing: tuple[float, float, float] = (0.6, 0.6, 3.3)) -> FloatArray:
    """Oblique axes with voxels of these sizes in mm."""
    affine = make_affine((0, 1, 2), (-1, 1, 1), 1.0, (0.1, -0.2, 0.1))
    affine[:3, :3] *= spacing
    return affine


def load(
    folder: Path,
    sidecar: dict[str, Any] | None = None,
    affine: FloatArray | None = None,
    profile: str = "box",
) -> AcquiredView:
    """Write an image of 12 x 10 x 6 voxels and read it as a view."""
    path = folder / NAME
    save_volume(path, smooth_image((12, 10, 6)), affine_of() if affine is None else affine, sidecar)
    return load_acquired(path, profile)


def test_thickness_of_the_sidecar(tmp_path: Path) -> None:
    one = load(tmp_path, {"SliceThickness": 3, "SpacingBetweenSlices": 3.3})
    assert (one.view.thickness, one.view.axis, one.thickness_source) == (3.0, 2, "sidecar")
    assert one.gap == pytest.approx(0.3, abs=1e-5)
    assert one.path == tmp_path / NAME
    assert one.view.profile == "box"
    np.testing.assert_allclose(one.view.grid.affine, affine_of(), atol=1e-5)
    np.testing.assert_allclose(one.view.data, smooth_image((12, 10, 6)), rtol=1e-3, atol=0.1)
    assert load(tmp_path, {"SliceThickness": 3}, profile="gaussian").view.profile == "gaussian"


def test_without_a_sidecar_slices_touch(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for sidecar in (None, {"EchoTime": 0.1}):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            one = load(tmp_path, sidecar)
        assert one.view.thickness == pytest.approx(3.3, abs=1e-5)
        assert one.gap == 0 and one.thickness_source == "affine"
        (message,) = caplog.messages
        assert NAME in message and "SliceThickness" in message and "3.3 mm" in message
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        load(tmp_path, {"SliceThickness": 3})
    assert not caplog.messages


@pytest.mark.parametrize("axis", range(3))
def test_the_thick_axis_is_that_of_the_largest_spacing(tmp_path: Path, axis: int) -> None:
    spacing = [0.7, 0.7, 0.7]
    spacing[axis] = 4.0
    one = load(tmp_path, {"SliceThickness": 4.0}, affine_of((spacing[0], spacing[1], spacing[2])))
    assert one.view.axis == axis and one.gap == pytest.approx(0, abs=1e-5)


def test_every_orientation_and_mirrored_axes_are_legal(tmp_path: Path) -> None:
    for world_axes, signs in ORIENTATIONS:
        affine = make_affine(world_axes, signs, 0.5)
        affine[:3, 0] *= 6
        assert load(tmp_path, {"SliceThickness": 3}, affine).view.axis == 0


def test_slices_may_overlap(tmp_path: Path) -> None:
    one = load(tmp_path, {"SliceThickness": 6.6})
    assert one.view.thickness == 6.6 and one.gap == pytest.approx(-3.3, abs=1e-4)
    with refuses(NAME.replace(".nii.gz", ".json"), "SliceThickness is 33 mm", "3.3 mm apart", "3 times"):
        load(tmp_path, {"SliceThickness": 33})


def test_a_gap_up_to_the_slice_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, {"SliceThickness": 1.7}).gap == pytest.approx(1.6, abs=1e-4)
    with refuses(
        "sub-01_acq-ax_T2w.json",
        "SliceThickness is 1.5 mm",
        "3.3 mm apart",
        "gap of 1.8 mm",
        "never measured",
    ):
        load(tmp_path, {"SliceThickness": 1.5})


def test_distances_in_conflict_are_refused(tmp_path: Path) -> None:
    with refuses(
        "sub-01_acq-ax_T2w.json",
        "SpacingBetweenSlices is 4.4",
        "3.3 mm apart by the affine",
        "correct the one",
    ):
        load(tmp_path, {"SliceThickness": 3, "SpacingBetweenSlices": 4.4})
    # headers are rounded
    assert load(tmp_path, {"SliceThickness": 3, "SpacingBetweenSlices": 3.33}).view.thickness == 3


@pytest.mark.parametrize("value", ["3.0", "3 mm", None, True, 0, -3, [3], float("nan"), float("inf")])
def test_what_is_no_length_is_refused(tmp_path: Path, value: Any) -> None:
    with refuses("sub-01_acq-ax_T2w.json", f"SliceThickness is {value!r}", "length in mm above 0"):
        load(tmp_path, {"SliceThickness": value})


@pytest.mark.parametrize("value", ["3.3", True, -3.3, [3.3]])
def test_a_distance_that_is_no_length_is_refused(tmp_path: Path, value: Any) -> None:
    with refuses(f"SpacingBetweenSlices is {value!r}"):
        load(tmp_path, {"SliceThickness": 3, "SpacingBetweenSlices": value})


def test_a_damaged_sidecar_is_refused(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "sub-01_acq-ax_T2w.json").write_text("{'SliceThickness': 3}", encoding="utf-8")
    with refuses("sub-01_acq-ax_T2w.json", "not valid JSON"):
        load_acquired(tmp_path / NAME)


@pytest.mark.parametrize("spacing", [(0.8, 0.8, 0.8), (0.6, 0.7, 0.8), (3.0, 0.6, 3.3)])
def test_an_image_without_a_thick_axis_is_refused(
    tmp_path: Path, spacing: tuple[float, float, float]
) -> None:
    with refuses(NAME, " x ".join(f"{size:.3g}" for size in spacing), "1.3 times", "docs/your-data.md"):
        load(tmp_path, affine=affine_of(spacing))


def test_a_sheared_affine_is_refused(tmp_path: Path) -> None:
    affine = affine_of()
    affine[:3, 2] += 0.3 * affine[:3, 1] / 0.6
    with refuses(NAME, "sheared", "gantry tilt", "qform"):
        load(tmp_path, affine=affine)


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    with refuses("no-such_T2w.nii.gz", "no such file"):
        load_acquired(tmp_path / "no-such_T2w.nii.gz")


def test_one_body(tmp_path: Path) -> None:
    check_one_body(
        [tmp_path / "sub-01_ses-1_acq-ax_T2w.nii.gz", tmp_path / "sub-01_ses-1_acq-sag_T1w.nii.gz"]
    )
    check_one_body([tmp_path / "axial.nii.gz", tmp_path / "sagittal.nii.gz"])
    with refuses("sub-01 and sub-02", "one subject"):
        check_one_body([Path("sub-01_T2w.nii.gz"), Path("sub-02_T2w.nii.gz")])
    with refuses("ses-1 and ses-2", "sub-01_ses-2_acq-sag_T2w.nii.gz", "one session"):
        check_one_body([Path("sub-01_ses-1_acq-ax_T2w.nii.gz"), Path("sub-01_ses-2_acq-sag_T2w.nii.gz")])


def padded(folder: Path, axis: int, empty: list[int], value: float, sidecar: bool = True) -> Path:
    """A stack of 8 slices across an axis, some of which hold one value."""
    shape, spacing = [10, 12, 14], np.full(3, 0.6)
    shape[axis], spacing[axis] = 8, 3.3
    data = smooth_image((shape[0], shape[1], shape[2])) + 5
    np.moveaxis(data, axis, 0)[empty] = value
    save_volume(folder / NAME, data, affine_of(tuple(spacing)), {"SliceThickness": 3} if sidecar else None)
    return folder / NAME


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("value", [0.0, -3.5])
def test_constant_slices_at_the_ends_are_not_measured(
    tmp_path: Path, axis: int, value: float, caplog: pytest.LogCaptureFixture
) -> None:
    whole = load_acquired(padded(tmp_path, axis, [], value)).view
    with caplog.at_level(logging.WARNING):
        one = load_acquired(padded(tmp_path, axis, [0, 1, 7], value))
    assert NAME in caplog.text and "slices 0, 1, 7 hold one value only" in caplog.text
    assert (one.first, one.empty, one.bridged) == (2, (0, 1, 7), ())
    assert (one.view.thickness, one.view.axis, one.thickness_source) == (3.0, axis, "sidecar")
    expected = take_slices(whole, 2, 5)
    np.testing.assert_array_equal(one.view.data, expected.data)
    np.testing.assert_allclose(one.view.grid.affine, expected.grid.affine, atol=1e-5)


def test_constant_slices_within_a_stack_are_bridged(tmp_path: Path) -> None:
    whole = load_acquired(padded(tmp_path, 1, [], 0)).view
    one = load_acquired(padded(tmp_path, 1, [0, 3, 4], 0))
    assert (one.first, one.empty, one.bridged) == (1, (0, 3, 4), (2, 3))
    before, after = whole.data[:, 2], whole.data[:, 5]
    np.testing.assert_allclose(one.view.data[:, 2], before + (after - before) / 3, rtol=1e-5)
    np.testing.assert_array_equal(one.view.data[:, [0, 1, 4, 5, 6]], whole.data[:, [1, 2, 5, 6, 7]])


def test_a_stack_with_hardly_a_slice_is_refused(tmp_path: Path) -> None:
    with refuses(NAME, "7 of its 8 slices hold one value only", "at least two slices"):
        load_acquired(padded(tmp_path, 0, [0, 1, 2, 3, 4, 6, 7], 0))
