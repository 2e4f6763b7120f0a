"""Check a NIfTI header before anything is allocated or decompressed.

Files may come from anywhere. Only the header itself is therefore read: extensions between header and voxels, which may
declare any length and which nibabel would read whole, are ignored.
"""

import gzip
import io
import logging
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nibabel as nib
import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray
from isospine.io.nifti_name import is_nifti
from isospine.io.text import POINTER, open_regular

#: Voxels of the largest volume to be read: 8 GiB in float32, 1290 voxels in each direction.
LARGEST_VOLUME = 2**31
#: Bytes of the largest header with its extensions, which hold notes, not images.
LARGEST_HEADER = 2**24
#: Bytes after the voxels that pass as padding. More means that the header does not belong to the voxels.
LARGEST_PADDING = 2**20
#: Largest number of bytes that one byte of a gzip file can expand to (zlib's technical details).
LARGEST_COMPRESSION = 1032
#: First bytes of a gzip file.
GZIP = b"\x1f\x8b"
#: Plausible voxel sizes in mm of an image of a body; others are damaged or in another unit.
VOXEL_SIZES = (1e-3, 100.0)
#: Distance in mm from the origin beyond which a position in single precision is off by hundredths of a mm.
LARGEST_OFFSET = 1e5
#: Relative difference between the voxel sizes of sform and qform that counts as rounding.
SIZE_ROUNDING = 0.01

log = logging.getLogger(__name__)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn the errors of reading a damaged NIfTI file into an `InputError`."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; fetch it or correct the path") from error
    except MemoryError as error:
        raise InputError(
            f"{path}: the size in its header needs more memory than is available; check the header or crop the image"
        ) from error
    except (
        OSError,
        EOFError,
        zlib.error,
        ValueError,
        OverflowError,
        nib.spatialimages.HeaderDataError,
    ) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path}: damaged or truncated NIfTI file ({reason}); fetch or export it again"
        ) from error


def is_compressed(path: Path) -> bool:
    """Check whether a file is compressed by its content: some are called ``.nii.gz`` and are not, or the reverse."""
    with open_regular(path) as file:
        return file.read(len(GZIP)) == GZIP


@contextmanager
def open_content(path: Path) -> Iterator[io.BufferedIOBase]:
    """Open the content of a file, decompressed if it is compressed."""
    with open_regular(path) as file:
        compressed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        if not compressed:
            yield file
            return
        with gzip.open(file) as content:
            yield content


def read_header(path: Path) -> nib.Nifti1Header:
    """Read and check the header of a NIfTI file of either version.

    Raises
    ------
    InputError
        If the file is missing, is not a NIfTI file, or its header declares more than the file can hold.
    """
    if not is_nifti(path):
        raise InputError(f"{path}: not a NIfTI file by its name; expected a NIfTI image (.nii or .nii.gz)")
    with readable(path):
        with open_content(path) as file:
            start = file.read(nib.Nifti2Header.sizeof_hdr)
        if start.startswith(POINTER):
            raise InputError(
                f"{path}: its content is not here, only the note that git-annex leaves in its place; get it: datalad get"
            )
        kinds = [kind for kind in (nib.Nifti1Header, nib.Nifti2Header) if kind.may_contain_header(start)]
        if not kinds:
            raise InputError(
                f"{path}: not a NIfTI file; expected a complete .nii or .nii.gz: fetch or export it again"
            )
        header = kinds[0](start[: kinds[0].sizeof_hdr])
        if header["magic"].item() != header.single_magic:
            raise InputError(
                f"{path}: its header belongs to a pair of files (.hdr, .img); expected a single file: convert it"
            )
        check_size(path, header)
    return header


def check_size(path: Path, header: nib.Nifti1Header) -> None:
    """Refuse a header that declares more bytes than its file can hold, or more voxels than a volume can have."""
    offset, shape = float(header["vox_offset"]), header.get_data_shape()
    least = header.single_vox_offset
    if not least <= offset <= LARGEST_HEADER:  # nibabel would read voxels from an offset of 0
        raise InputError(
            f"{path}: its voxels begin at byte {offset:g} according to its header; expected {least} to {LARGEST_HEADER}: "
            "fetch or export it again"
        )
    if any(n < 1 for n in shape) or math.prod(shape) > LARGEST_VOLUME:
        raise InputError(
            f"{path}: its header declares {' x '.join(map(str, shape))} voxels; expected at least one along each axis and at "
            f"most {LARGEST_VOLUME} in total: fix the header, or crop the image"
        )
    expected, size = stored_bytes(header), path.stat().st_size
    holds = size * LARGEST_COMPRESSION if is_compressed(path) else size
    if expected > holds:
        raise ValueError(
            f"its header declares {expected} bytes, but a file of {size} bytes holds at most {holds}"
        )


def stored_bytes(header: nib.Nifti1Header) -> int:
    """Decompressed bytes of a file up to its last voxel."""
    return int(header["vox_offset"]) + math.prod(header.get_data_shape()) * header.get_data_dtype().itemsize


def check_content(path: Path, header: nib.Nifti1Header) -> None:
    """Refuse a file that ends before its last voxel, or continues far beyond it.

    A compressed file is read to its end, to verify the checksum that nibabel ignores, but no further than its header and
    some padding allow: otherwise a small file could expand without bound.
    """
    expected = stored_bytes(header)
    if is_compressed(path):
        found = 0
        with open_content(path) as file:
            while found <= expected + LARGEST_PADDING and (part := file.read(2**22)):
                found += len(part)
    else:
        found = path.stat().st_size
    if found < expected:
        raise ValueError(f"it holds {found} of the {expected} bytes that its header declares")
    if found > expected + LARGEST_PADDING:
        raise ValueError(f"its voxels end at byte {expected} according to its header, but the file continues")


def check_affine(path: str | Path, affine: FloatArray) -> None:
    """Refuse an affine that does not map the voxel grid onto a plausible volume."""
    with np.errstate(all="ignore"):  # damaged numbers may overflow
        spacing = np.linalg.norm(affine[:3, :3], axis=0) if np.isfinite(affine).all() else np.zeros(3)
        singular = not (spacing > 0).all() or not abs(np.linalg.det(affine[:3, :3] / spacing)) >= 1e-3
    if singular:
        raise InputError(
            f"{path}: its affine {np.round(affine[:3], 4).tolist()} is singular; expected three independent "
            "axes in mm: fix the sform or qform of the header"
        )
    low, high = VOXEL_SIZES
    if not (low <= spacing.min() and spacing.max() <= high):
        sizes = " x ".join(f"{size:.3g}" for size in spacing)
        raise InputError(
            f"{path}: its voxels are {sizes} mm; expected {low:g} to {high:g} mm: fix the sform or qform of the header, "
            "which must be in mm"
        )
    offset = float(np.abs(affine[:3, 3]).max())
    if offset > LARGEST_OFFSET:
        raise InputError(
            f"{path}: its affine puts it {offset:.3g} mm from the origin; expected at most {LARGEST_OFFSET:g}: fix the sform "
            "or qform of the header, which must be in mm"
        )


def check_orientation(path: Path, header: nib.Nifti1Header) -> None:
    """Refuse a header that does not say where its voxels are: without sform and qform, or with a placeholder.

    Programs that lose the geometry write no form, or the identity. Voxels would then be taken to lie along the axes of the
    scanner in the order of their array, whatever the plane of the slices.
    """
    remedy = (
        "copy the geometry of the image that it was made from (FSL: fslcpgeom ORIGINAL THIS), or convert the DICOM files "
        "again (dcm2niix)"
    )
    if not header["sform_code"] > 0 and not header["qform_code"] > 0:
        raise InputError(
            f"{path}: its header says nothing about orientation (sform and qform have code 0); expected at least one of "
            f"them: {remedy}"
        )
    sizes = np.abs(np.asarray(header["pixdim"][1:4], np.float64))
    alone = header["sform_code"] > 0 and not header["qform_code"] > 0  # else `check_forms` compares the two
    if not alone or not (np.isfinite(sizes) & (sizes > 0)).all():
        return
    sform = header.get_sform()
    stated = np.linalg.norm(sform[:3, :3], axis=0)
    if np.abs(stated / sizes - 1).max() <= SIZE_ROUNDING:
        return
    said = " x ".join(f"{size:.4g}" for size in sizes)
    if (sform == np.eye(4)).all():
        raise InputError(
            f"{path}: its sform is the identity, a placeholder, but its voxels are {said} mm by its pixdim; expected an sform "
            f"that says where they are: {remedy}"
        )
    log.warning("%s: its voxels are %s mm by its pixdim; using its sform, as nibabel does", path, said)


def check_forms(path: Path, header: nib.Nifti1Header) -> None:
    """Refuse an sform and a qform that disagree on voxel sizes or axes; warn if they disagree only on the position.

    The sform is used, as in nibabel. If both differ by a motion of the whole image, its views and volumes keep their
    sizes and planes; other programs may show it elsewhere. Any other difference means that one of them is wrong, and
    with it the thickness or plane of the slices.
    """
    if not header["sform_code"] > 0 or not header["qform_code"] > 0:
        return
    sform = header.get_sform()
    try:
        qform = header.get_qform()
    except (ValueError, nib.spatialimages.HeaderDataError):
        qform = np.full((4, 4), np.nan)
    if not np.isfinite(qform).all() or not np.linalg.norm(qform[:3, :3], axis=0).all():
        log.warning("%s: the qform of its header is damaged; using its sform", path)
        return
    sizes = [np.linalg.norm(form[:3, :3], axis=0) for form in (sform, qform)]
    cosines = ((sform[:3, :3] / sizes[0]) * (qform[:3, :3] / sizes[1])).sum(axis=0)
    if np.abs(sizes[0] / sizes[1] - 1).max() > SIZE_ROUNDING or cosines.min() < np.sqrt(0.5):
        said = [
            f"{' x '.join(f'{size:.4g}' for size in own)} mm {''.join(map(str, nib.aff2axcodes(form)))}"
            for own, form in zip(sizes, (sform, qform), strict=True)
        ]
        raise InputError(
            f"{path}: its sform says {said[0]} and its qform {said[1]}; expected the same voxels: copy the correct one over "
            "the other, or set the code of the wrong one to 0"
        )
    ends = np.array(header.get_data_shape()[:3]) - 1.0
    corners = np.array(np.meshgrid(*[(0.0, end) for end in ends])).reshape(3, -1)
    apart = np.linalg.norm((sform - qform)[:3, :3] @ corners + (sform - qform)[:3, 3:], axis=0).max()
    if apart > sizes[0].min() / 2:
        log.warning(
            "%s: its sform and qform place it up to %.1f mm apart; using its sform, as nibabel does",
            path,
            apart,
        )
