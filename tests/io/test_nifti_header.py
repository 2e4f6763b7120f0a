"""Headers that lie, and compressed files that are something else than they say."""

import gzip
import logging
import resource
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from support.datasets import refuses
from support.volumes import make_affine, smooth_image

from isospine.io.nifti import load_grid, load_mask, load_volume, save_volume
from isospine.io.nifti_header import LARGEST_PADDING

AFFINE = make_affine((1, 2, 0), (-1, 1, 1))
SHAPE = (6, 7, 8)
#: Positions of fields in the header of a NIfTI-1 file.
DIM, DATATYPE, BITPIX, PIXDIM, VOX_OFFSET, SCL_SLOPE = 40, 70, 72, 76, 108, 112
QFORM_CODE, QUATERN_B, EXTENSION = 252, 256, 348


def raw_image(kind: type = nib.Nifti1Image, affine: np.ndarray = AFFINE) -> bytearray:
    data = np.round(smooth_image(SHAPE)).astype(np.int16)
    return bytearray(kind(data, affine).to_bytes())


def with_field(position: int, layout: str, *values: float) -> bytearray:
    raw = raw_image()
    struct.pack_into(f"<{layout}", raw, position, *values)
    return raw


def write(folder: Path, raw: bytes, compressed: bool = False) -> Path:
    path = folder / ("sub-1_T2w.nii.gz" if compressed else "sub-1_T2w.nii")
    path.write_bytes(gzip.compress(bytes(raw), 1) if compressed else bytes(raw))
    return path


@pytest.fixture
def little_memory() -> Iterator[None]:
    """Let this process have 256 MiB more of address space than it has."""
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + 2**28, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, limits)


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (with_field(DIM, "4h", 3, 3000, 3000, 200), ["header declares 3600000352 bytes", "again"]),
        (with_field(DIM, "4h", 3, 32767, 32767, 32767), ["at most 2147483648 in total", "crop"]),
        (with_field(DIM, "4h", 3, 6, -7, 8), ["6 x -7 x 8 voxels", "at least one"]),
        (with_field(DIM, "4h", 3, 6, 0, 8), ["6 x 0 x 8 voxels"]),
        (with_field(DIM, "h", 0), ["0 voxels"]),
        (with_field(VOX_OFFSET, "f", 1e30), ["voxels begin at byte 1e+30"]),
        (with_field(VOX_OFFSET, "f", 0), ["voxels begin at byte 0", "expected 352 to"]),
        (with_field(VOX_OFFSET, "f", np.nan), ["voxels begin at byte nan"]),
        (with_field(VOX_OFFSET, "f", -1e6), ["damaged"]),
        (with_field(DATATYPE, "h", 12345), ["damaged"]),
        (with_field(DATATYPE, "h", 1), ["damaged"]),
    ],
)
def test_a_header_that_no_file_of_this_size_can_have(
    tmp_path: Path, raw: bytes, words: list[str], compressed: bool
) -> None:
    path = write(tmp_path, raw, compressed)
    for load in (load_volume, load_grid):
        with refuses(str(path), *words):
            load(path)


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("size", [0, 1, 8, -16, 2**31 - 16])
@pytest.mark.parametrize("compressed", [False, True])
def test_extensions_are_not_read_whatever_their_length_says(
    tmp_path: Path, size: int, compressed: bool
) -> None:
    """nibabel would read the rest of the file into memory, or go back in it."""
    raw = raw_image()
    raw[EXTENSION : EXTENSION + 4] = struct.pack("<4B", 1, 0, 0, 0)
    raw[352:352] = struct.pack("<2i", size, 32) + b"<!DOCTYPE a [<!ENTITY b 'c'>]>".ljust(40)
    struct.pack_into("<f", raw, VOX_OFFSET, 400)
    path = write(tmp_path, raw, compressed)
    assert load_grid(path)[0] == SHAPE
    np.testing.assert_array_equal(load_volume(path)[0], np.round(smooth_image(SHAPE)))


def zeros(count: int) -> bytes:
    """Zeros in a gzip stream, a thousandth of their number."""
    return gzip.compress(bytes(2**24), 9) * (count // 2**24)


@pytest.mark.usefixtures("little_memory")
def test_a_decompression_bomb_is_left_before_it_has_gone_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sub-1_T2w.nii.gz"
    path.write_bytes(gzip.compress(bytes(raw_image())) + zeros(2**34))
    assert path.stat().st_size < 2**25
    read = 0
    original = gzip.GzipFile.read

    def count(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        nonlocal read
        part = original(self, size)
        read += len(part)
        return part

    monkeypatch.setattr(gzip.GzipFile, "read", count)
    with refuses(str(path), "the file continues", "again"):
        load_volume(path)
    assert read < 2**24


def test_a_compressed_header_that_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "sub-1_T2w.nii.gz"
    path.write_bytes(gzip.compress(bytes(raw_image()))[:10] + b"\xff" * 50)
    for load in (load_volume, load_grid):
        with refuses(str(path), "damaged or truncated"):
            load(path)


@pytest.mark.parametrize("compressed", [False, True])
def test_padding_is_fine_and_a_second_image_is_not(tmp_path: Path, compressed: bool) -> None:
    raw = raw_image()
    assert load_volume(write(tmp_path, raw + bytes(512), compressed))[0].shape == SHAPE
    load_volume(write(tmp_path, raw + bytes(LARGEST_PADDING), compressed))
    path = write(tmp_path, raw + bytes(LARGEST_PADDING + 1), compressed)
    with refuses(str(path), "voxels end at byte", "the file continues"):
        load_volume(path)


@pytest.mark.parametrize(
    ("change", "good"),
    [
        (
            lambda content: content + bytes(100),
            True,
        ),  # zeros after a gzip stream are padding, says its format
        (lambda content: content + b"rubbish", False),
        (lambda content: content[:-1], False),
        (lambda content: content[:-8] + bytes(4) + content[-4:], False),  # another checksum
        (lambda content: content[:-4] + bytes(4), False),  # another length
        (lambda content: content[:10], False),
        (lambda content: b"BZh9" + content[4:], False),
    ],
)
def test_the_ends_of_a_compressed_file(tmp_path: Path, change: Callable[[bytes], bytes], good: bool) -> None:
    path = write(tmp_path, raw_image(), compressed=True)
    path.write_bytes(change(path.read_bytes()))
    if good:
        assert load_volume(path)[0].shape == SHAPE
    else:
        with refuses(str(path), "again" if path.read_bytes()[:2] == b"\x1f\x8b" else "NIfTI"):
            load_volume(path)


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_either_order_of_bytes_is_read(tmp_path: Path, kind: type) -> None:
    data = np.round(smooth_image(SHAPE)).astype(np.int16)
    header = kind.header_class(endianness=">")  # type: ignore[attr-defined]
    header.set_data_dtype(np.int16)
    path = tmp_path / "sub-1_T2w.nii"
    kind(data, AFFINE, header).to_filename(path)  # type: ignore[call-arg]
    assert path.read_bytes()[:2] == b"\0\0"
    loaded, affine = load_volume(path)
    np.testing.assert_array_equal(loaded, data)
    np.testing.assert_allclose(affine, AFFINE, atol=1e-5)


@pytest.mark.parametrize(("magic", "word"), [(b"ni1\0", "pair"), (b"abc\0", "not a NIfTI")])
def test_headers_of_pairs_and_of_other_formats(tmp_path: Path, magic: bytes, word: str) -> None:
    raw = raw_image()
    raw[344:348] = magic
    path = write(tmp_path, raw)
    with refuses(str(path), word):
        load_volume(path)


@pytest.mark.parametrize("slope", [0, np.nan, np.inf, -np.inf])
def test_a_slope_that_is_no_number_stands_for_no_scaling(tmp_path: Path, slope: float) -> None:
    path = write(tmp_path, with_field(SCL_SLOPE, "2f", slope, 100))
    np.testing.assert_array_equal(load_volume(path)[0], np.round(smooth_image(SHAPE)))


@pytest.mark.parametrize(("slope", "intercept"), [(1, np.nan), (1, np.inf), (3e38, 3e38), (1e-45, 1e30)])
def test_a_scaling_that_gives_no_image_is_refused(tmp_path: Path, slope: float, intercept: float) -> None:
    path = write(tmp_path, with_field(SCL_SLOPE, "2f", slope, intercept))
    with refuses(str(path)):
        load_volume(path)


@pytest.mark.parametrize(
    ("factor", "offset", "words"),
    [
        (1e-3, 0, ["0.0008 x 0.0008 x 0.0008 mm", "must be in mm"]),  # metres
        (1e3, 0, ["800 x 800 x 800 mm", "must be in mm"]),  # micrometres
        (1e30, 0, ["8e+29", "must be in mm"]),
        (1, 1e6, ["1e+06 mm from the origin", "must be in mm"]),
    ],
)
def test_lengths_that_no_image_of_a_body_has(
    tmp_path: Path, factor: float, offset: float, words: list[str]
) -> None:
    affine = AFFINE.copy()
    affine[:3] *= factor
    affine[0, 3] = offset
    header = nib.Nifti1Header()
    image = nib.Nifti1Image(smooth_image(SHAPE), None, header)
    image.header.set_sform(affine, code=1)
    image.header["qform_code"] = 0
    path = tmp_path / "sub-1_T2w.nii"
    path.write_bytes(nib.Nifti1Image(smooth_image(SHAPE), None, image.header).to_bytes())
    for load in (load_volume, load_grid):
        with refuses(str(path), *words):
            load(path)


def two_forms(folder: Path, sform: np.ndarray, qform: np.ndarray, codes: tuple[int, int] = (1, 1)) -> Path:
    image = nib.Nifti1Image(np.round(smooth_image(SHAPE)).astype(np.int16), AFFINE)
    image.set_sform(sform, code=codes[0], update_affine=False)
    image.set_qform(qform, code=codes[1], update_affine=False)
    path = folder / "sub-1_T2w.nii"
    path.write_bytes(nib.Nifti1Image(image.dataobj, None, image.header).to_bytes())
    return path


def moved(millimetres: float = 0, radians: float = 0) -> np.ndarray:
    affine = make_affine((1, 2, 0), (-1, 1, 1), rotation=(radians, 0, 0))
    affine[:3, 3] = AFFINE[:3, 3]
    affine[2, 3] += millimetres
    return affine


@pytest.mark.parametrize(
    ("sform", "warned"),
    [(moved(), False), (moved(0.3), False), (moved(0.5), True), (moved(40, 0.3), True)],
)
def test_of_two_forms_that_differ_in_place_the_sform_is_taken_with_a_warning(
    tmp_path: Path, sform: np.ndarray, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    path = two_forms(tmp_path, sform, AFFINE)
    with caplog.at_level(logging.WARNING, "isospine"):
        affine = load_volume(path)[1]
    np.testing.assert_allclose(affine, sform, atol=1e-4)
    assert (f"{path}: its sform and qform place it" in caplog.text) == warned
    caplog.clear()
    load_volume(two_forms(tmp_path, sform, AFFINE, codes=(1, 0)))
    np.testing.assert_allclose(
        load_volume(two_forms(tmp_path, sform, AFFINE, codes=(0, 1)))[1], AFFINE, atol=1e-4
    )
    assert not caplog.text


@pytest.mark.parametrize(
    "sform",
    [AFFINE * [[1.02], [1.02], [1.02], [1]], AFFINE[:, [1, 0, 2, 3]], AFFINE * [-1, 1, 1, 1], moved(0, 0.9)],
)
def test_two_forms_that_differ_in_size_or_axes_are_refused(tmp_path: Path, sform: np.ndarray) -> None:
    path = two_forms(tmp_path, sform, AFFINE)
    with refuses(str(path), "its sform says", "and its qform 0.8 x 0.8 x 0.8 mm PSR", "set the code"):
        load_volume(path)
    load_volume(two_forms(tmp_path, sform, AFFINE, codes=(1, 0)))


@pytest.mark.parametrize("codes", [(0, 0), (-1, 0), (0, -1)])
def test_a_header_without_orientation_is_refused(tmp_path: Path, codes: tuple[int, int]) -> None:
    """Whatever reads it: an image, a view, a grid or a segmentation."""
    raw = raw_image()
    struct.pack_into("<2h", raw, QFORM_CODE, *codes)
    path = write(tmp_path, raw)
    for load in (load_volume, load_grid, lambda file: load_mask(file, SHAPE, AFFINE)):
        with refuses(str(path), "nothing about orientation", "code 0", "fslcpgeom", "dcm2niix"):
            load(path)


def identity_of(folder: Path, spacing: float) -> Path:
    """An image whose sform is the identity, of voxels of a size that only its pixdim states."""
    path = two_forms(folder, np.eye(4), np.diag([spacing] * 3 + [1]), codes=(1, 0))
    raw = bytearray(path.read_bytes())
    struct.pack_into("<3f", raw, PIXDIM + 4, *[spacing] * 3)
    return write(folder, raw)


def test_an_identity_that_contradicts_the_voxel_sizes_is_a_placeholder(tmp_path: Path) -> None:
    path = identity_of(tmp_path, 0.5)
    for load in (load_volume, load_grid):
        with refuses(str(path), "identity", "0.5 x 0.5 x 0.5 mm", "fslcpgeom"):
            load(path)
    np.testing.assert_array_equal(load_volume(identity_of(tmp_path, 1.0))[1], np.eye(4))


def test_an_sform_that_contradicts_the_voxel_sizes_is_used_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    raw = bytearray(two_forms(tmp_path, AFFINE, AFFINE, codes=(1, 0)).read_bytes())
    with caplog.at_level(logging.WARNING, "isospine"):
        for sizes, warned in (((0.8, 0.8, 0.8), False), ((-0.8, 0, 0.8), False), ((0.8, 0.8, 3), True)):
            struct.pack_into("<3f", raw, PIXDIM + 4, *sizes)
            np.testing.assert_allclose(load_volume(write(tmp_path, raw))[1], AFFINE, atol=1e-5)
            assert ("0.8 x 0.8 x 3 mm by its pixdim" in caplog.text) == warned


@pytest.mark.parametrize(
    ("position", "values"),
    [(QUATERN_B, [5.0] * 3), (QUATERN_B, [np.nan] * 3)],
)
def test_a_damaged_qform_beside_a_good_sform(
    tmp_path: Path, position: int, values: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    raw = raw_image()
    struct.pack_into("<h", raw, QFORM_CODE, 1)
    struct.pack_into("<3f", raw, position, *values)
    path = write(tmp_path, raw)
    with caplog.at_level(logging.WARNING, "isospine"):
        np.testing.assert_allclose(load_volume(path)[1], AFFINE, atol=1e-5)
    assert "the qform of its header is damaged" in caplog.text
    struct.pack_into("<h", raw, QFORM_CODE + 2, 0)  # and no sform
    with refuses(str(path)):
        load_volume(write(tmp_path, raw))


def test_negative_voxel_sizes_count_without_their_sign(tmp_path: Path) -> None:
    image = nib.Nifti1Image(np.round(smooth_image(SHAPE)).astype(np.int16), None)
    image.set_qform(AFFINE, code=1)
    raw = bytearray(image.to_bytes())
    raw[PIXDIM + 4 : PIXDIM + 16] = struct.pack("<3f", -0.8, -0.8, -0.8)
    np.testing.assert_allclose(load_volume(write(tmp_path, raw))[1], AFFINE, atol=1e-5)


def test_a_sheared_volume_that_is_written_does_not_contradict_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sheared = AFFINE.copy()
    sheared[0, 2] = 0.3
    path = tmp_path / "sub-1_T2w.nii.gz"
    save_volume(path, smooth_image(SHAPE), sheared)
    np.testing.assert_allclose(load_volume(path)[1], sheared, atol=1e-5)
    assert not caplog.text


@pytest.mark.usefixtures("little_memory")
def test_a_volume_that_its_file_could_hold_but_memory_cannot(tmp_path: Path) -> None:
    path = tmp_path / "sub-1_T2w.nii.gz"
    path.write_bytes(gzip.compress(bytes(with_field(DIM, "4h", 3, 512, 512, 256)[:352])) + zeros(2**27))
    with refuses(str(path), "needs more memory than is available", "crop"):
        load_volume(path)
