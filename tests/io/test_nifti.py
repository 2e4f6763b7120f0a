import gzip
import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.datasets import refuses
from support.volumes import make_affine, smooth_image

from isospine.errors import InputError
from isospine.io.atomic import read_json
from isospine.io.nifti import check_isotropic, load_grid, load_mask, load_volume, save_volume
from isospine.io.nifti_name import sidecar_of

AFFINE = make_affine((1, 2, 0), (-1, 1, 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a good image."""
    path = tmp_path / "sub-1_T2w.nii.gz"
    nib.Nifti1Image(np.round(smooth_image((6, 7, 8))).astype(np.int16), AFFINE).to_filename(path)
    return path


def write_image(path: Path, data: np.ndarray, affine: np.ndarray = AFFINE) -> None:
    nib.Nifti1Image(data, affine).to_filename(path)


def test_a_good_image_is_read_as_float32_with_its_scaling(path: Path) -> None:
    data, affine = load_volume(path)
    assert data.dtype == np.float32
    np.testing.assert_array_equal(data, np.round(smooth_image((6, 7, 8))))
    np.testing.assert_allclose(affine, AFFINE, atol=1e-5)
    image = nib.Nifti1Image(np.arange(27, dtype=np.int16).reshape(3, 3, 3), AFFINE)
    image.header.set_slope_inter(2, 5)
    image.to_filename(path)
    raw = gzip.decompress(path.read_bytes())
    assert np.frombuffer(raw[352:], np.int16).max() == 26
    assert load_volume(path)[0].max() == 2 * 26 + 5


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_trailing_axes_of_one_and_nifti_2_are_fine(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    nib.Nifti2Image(smooth_image((4, 5, 6))[..., None], AFFINE).to_filename(path)
    assert load_volume(path)[0].shape == (4, 5, 6)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with refuses(str(tmp_path / "none.nii.gz"), "no such file", "fetch it or correct the path"):
        load_volume(tmp_path / "none.nii.gz")


@pytest.mark.parametrize("missing", [1, 7, 100, 0.5, 0.95])
def test_a_truncated_file_is_refused(path: Path, missing: float) -> None:
    content = path.read_bytes()
    missing = int(missing if missing >= 1 else missing * len(content))
    path.write_bytes(content[:-missing])
    with refuses(str(path), "damaged or truncated NIfTI", "fetch or export it again"):
        load_volume(path)


def test_a_changed_byte_is_refused(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with refuses(str(path), "damaged or truncated NIfTI", "fetch or export it again"):
        load_volume(path)


def test_a_truncated_uncompressed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    write_image(path, smooth_image((6, 7, 8)))
    path.write_bytes(path.read_bytes()[:-10])
    with refuses(str(path), "damaged or truncated", "again"):
        load_volume(path)


@pytest.mark.parametrize(
    "content", [b"", b"annex/objects/SHA256E-s1--0.nii.gz\n", b"<html>not found</html>" * 50]
)
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_what_is_no_nifti_is_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with refuses(str(path), "NIfTI"):
        load_volume(path)


def test_an_image_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mgz"
    nib.MGHImage(smooth_image((4, 4, 4)), AFFINE).to_filename(path)
    with refuses(str(path), "not a NIfTI file by its name", "expected a NIfTI image"):
        load_volume(path)
    (tmp_path / "folder.nii").mkdir()
    with refuses(str(tmp_path), "is a folder", "expected a regular file"):
        load_volume(tmp_path / "folder.nii")


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [
        ((4, 4, 4, 3), "split the series"),
        ((4, 4, 4, 1, 2), "expected a 3-D volume"),
        ((4, 4), "expected a 3-D volume"),
        ((4, 1, 4), "at least 2 voxels"),
    ],
)
def test_what_is_no_volume_is_refused(tmp_path: Path, shape: tuple[int, ...], remedy: str) -> None:
    path = tmp_path / "a.nii.gz"
    write_image(path, np.random.default_rng(0).random(shape).astype(np.float32))
    with refuses(str(path), str(shape), remedy):
        load_volume(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(tmp_path: Path, value: float) -> None:
    path = tmp_path / "a.nii.gz"
    data = smooth_image((4, 4, 4))
    data[1, 2, 3] = value
    write_image(path, data)
    with refuses(str(path), "1 voxels are NaN or infinite", "dataset.exclude"):
        load_volume(path)


def test_a_constant_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    write_image(path, np.full((4, 4, 4), 7, np.int16))
    with refuses(str(path), "every voxel is 7", "dataset.exclude"):
        load_volume(path)


@pytest.mark.parametrize("kind", [np.complex64, [("R", "u1"), ("G", "u1"), ("B", "u1")]])
def test_colours_and_complex_numbers_are_refused(tmp_path: Path, kind: object) -> None:
    path = tmp_path / "a.nii.gz"
    write_image(path, np.zeros((4, 4, 4), np.dtype(kind)))  # type: ignore[call-overload]
    with refuses(str(path), "one real number each", "magnitude"):
        load_volume(path)


@pytest.mark.parametrize(
    "affine",
    [
        np.diag([0, 0, 0, 1.0]),
        np.diag([0.8, 0.8, 0, 1]),
        np.array([[0.8, 0.8, 0, 0], [0, 0, 0.8, 0], [0, 0, 0, 0], [0, 0, 0, 1]]),
        np.array([[1, 2, 3, 0], [4, 5, 6, 0], [7, 8, 9, 0], [0, 0, 0, 1.0]]),
        np.diag([0.8, np.nan, 0.8, 1]),
    ],
)
def test_a_zero_or_singular_affine_is_refused(tmp_path: Path, affine: np.ndarray) -> None:
    path = tmp_path / "a.nii.gz"
    image = nib.Nifti1Image(smooth_image((4, 4, 4)), np.eye(4))
    for name, row in zip(("srow_x", "srow_y", "srow_z"), affine, strict=False):
        image.header[name] = row
    image.header["sform_code"], image.header["qform_code"] = 1, 0
    image._affine = None
    nib.Nifti1Image(image.dataobj, None, image.header).to_filename(path)
    with refuses(str(path), "singular", "fix the sform or qform"):
        load_volume(path)


def test_small_voxels_are_no_singular_affine(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    write_image(path, smooth_image((4, 4, 4)), np.diag([0.01, 0.01, 0.01, 1]))
    load_volume(path)


def test_a_header_that_asks_for_too_much_memory_is_refused(path: Path) -> None:
    raw = bytearray(gzip.decompress(path.read_bytes()))
    raw[42:48] = np.array([30000] * 3, "<i2").tobytes()
    path.write_bytes(gzip.compress(bytes(raw)))
    with refuses(str(path)):
        load_volume(path)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 351), st.integers(0, 255)), min_size=1, max_size=4), st.booleans())
@example([(111, 95)], False)  # an offset of the data beyond every integer
@example([(70, 244)], True)  # an unknown data type
def test_a_damaged_header_is_read_or_refused_never_a_crash(
    path: Path, changes: list[tuple[int, int]], compressed: bool
) -> None:
    raw = bytearray(gzip.decompress(path.read_bytes()))
    for position, value in changes:
        raw[position] = value
    damaged = path.with_name("damaged.nii.gz" if compressed else "damaged.nii")
    damaged.write_bytes(gzip.compress(bytes(raw), 1) if compressed else bytes(raw))
    try:
        data, affine = load_volume(damaged)
    except InputError as error:
        assert str(damaged) in str(error)
        assert "\n" not in str(error)
    else:
        assert np.isfinite(data).all()
        assert np.isfinite(affine).all()


@pytest.mark.parametrize(
    ("factors", "good"), [((1, 1, 1.04), True), ((1, 1, 1.06), False), ((1, 5, 1), False)]
)
def test_a_reference_has_to_be_isotropic_within_5_percent(factors: tuple[float, ...], good: bool) -> None:
    affine = AFFINE.copy()
    affine[:3, :3] *= factors
    if good:
        check_isotropic("sub-1_T2w.nii.gz", affine)
    else:
        sizes = " x ".join(f"{0.8 * factor:.3g}" for factor in factors)
        with refuses("sub-1_T2w.nii.gz", sizes, "isotropic within 5%", "dataset.exclude"):
            check_isotropic("sub-1_T2w.nii.gz", affine)


@pytest.mark.parametrize("rotation", [(0, 0, 0), (0.2, -0.3, 0.1)])
def test_what_is_written_is_read_back(tmp_path: Path, rotation: tuple[float, ...]) -> None:
    path = tmp_path / "a folder" / "sub-1_desc-x_T2w.nii.gz"
    affine = make_affine((1, 2, 0), (-1, 1, 1), rotation=rotation)
    data = smooth_image((4, 5, 6))
    save_volume(path, data, affine, {"SkullStripped": False})
    loaded, own = load_volume(path)
    np.testing.assert_array_equal(loaded, data)
    np.testing.assert_allclose(own, affine, atol=1e-4)
    image = nib.load(path)
    assert isinstance(image, nib.Nifti1Image)
    np.testing.assert_allclose(image.get_qform(), affine, atol=1e-4)  # both say the same
    assert (int(image.header["sform_code"]), int(image.header["qform_code"])) == (1, 1)
    assert image.header.get_xyzt_units()[0] == "mm"
    assert read_json(sidecar_of(path)) == {"SkullStripped": False}
    assert sorted(os.listdir(path.parent)) == ["sub-1_desc-x_T2w.json", "sub-1_desc-x_T2w.nii.gz"]


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    data = smooth_image((4, 5, 6))
    first, again = tmp_path / "first.nii.gz", tmp_path / "again.nii.gz"
    save_volume(first, data, AFFINE)
    os.utime(first, (0, 0))
    save_volume(again, data.copy(), AFFINE.copy())
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes()[4:8] == bytes(4)  # no time in the gzip header


def test_when_writing_fails_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: nib.Nifti1Image, filename: Path) -> None:
        Path(filename).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nib.Nifti1Image, "to_filename", fail)
    with refuses("a.nii.gz", "no space left", "free some"):
        save_volume(tmp_path / "a.nii.gz", smooth_image((4, 4, 4)), AFFINE, {"SkullStripped": False})
    assert os.listdir(tmp_path) == []


def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file in the folder's place")
    with refuses(str(tmp_path / "results"), "cannot write there", "--directory"):
        save_volume(tmp_path / "results" / "a.nii.gz", smooth_image((4, 4, 4)), AFFINE, {})


def test_sidecars_are_beside_either_kind_of_file() -> None:
    assert sidecar_of("x/sub-1_T2w.nii.gz") == sidecar_of("x/sub-1_T2w.nii") == Path("x/sub-1_T2w.json")


def test_masks(tmp_path: Path) -> None:
    path = tmp_path / "seg.nii.gz"
    labels = np.zeros((4, 5, 6), np.int16)
    labels[1:3, 1:3, 1:3] = 1
    write_image(path, labels)
    mask = load_mask(path, labels.shape, AFFINE)
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(mask, labels)
    write_image(path, labels * 0.4 + 0.2)  # a soft segmentation
    np.testing.assert_array_equal(load_mask(path, labels.shape, AFFINE), labels)
    moved = AFFINE.copy()
    moved[0, 3] += 1
    for shape, affine in (((4, 5, 7), AFFINE), (labels.shape, moved)):
        with refuses(str(path), "on the grid of its image"):
            load_mask(path, shape, affine)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "A.NII", "A.NII.GZ", "a.Nii.gz"])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("kind", [np.int16, np.float32])
def test_the_content_says_whether_a_file_is_compressed(
    tmp_path: Path, name: str, compressed: bool, kind: type
) -> None:
    """Some tools write what the name does not say: every file is read as it is."""
    data = smooth_image((5, 6, 7)).astype(kind)
    raw = nib.Nifti1Image(data, AFFINE).to_bytes()
    path = tmp_path / name
    path.write_bytes(gzip.compress(raw) if compressed else raw)
    found, affine = load_volume(path)
    assert np.array_equal(found, data) and np.allclose(affine, AFFINE)
    assert not isinstance(found.base, np.memmap), "a volume does not change with its file"
    assert load_grid(path)[0] == data.shape
    path.write_bytes(path.read_bytes()[:-30])
    with refuses(str(path), "damaged or truncated"):
        load_volume(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_never_written(tmp_path: Path, value: float) -> None:
    data = np.zeros((4, 4, 4), np.float32)
    data[1, 2, 3] = value
    with refuses(str(tmp_path / "a.nii.gz"), "1 of 64 voxels came out NaN or infinite", "another method"):
        save_volume(tmp_path / "a.nii.gz", data, np.eye(4), {"Description": ""})
    assert list(tmp_path.iterdir()) == []
