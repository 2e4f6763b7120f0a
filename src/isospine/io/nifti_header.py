"""What a NIfTI header asks for, checked before anything is allocated or decompressed.

Files come from anywhere. Headers are therefore read by themselves: extensions between header and voxels, whose
lengths may be anything and which nibabel would read whole, are never looked at.
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

#: Voxels of the largest volume that is read: 8 GiB in float32, 1290 voxels in each direction.
LARGEST_VOLUME = 2**31
#: Bytes of the largest header with its extensions, which are notes and no images.
LARGEST_HEADER = 2**24
#: Bytes after the voxels that pass as padding. With more, the header is not that of the voxels.
LARGEST_PADDING = 2**20
#: Bytes that one byte of a gzip file can stand for, at most (zlib's technical details).
LARGEST_RATIO = 1032
#: Voxel sizes in mm that an image of a body can have; others are in another unit, or damaged.
VOXEL_SIZES = (1e-3, 100.0)
#: Distance in mm from the origin beyond which a position in single precision is off by hundredths of a mm.
LARGEST_OFFSET = 1e5
#: Relative difference between the voxel sizes of sform and qform that is rounding.
SIZE_ROUNDING = 0.01

log = logging.getLogger(__name__)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what reading a damaged NIfTI file raises into an `InputError`."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; fetch it or correct the path") from error
    except IsADirectoryError as error:
        raise InputError(f"{path}: not a NIfTI file, but a folder; expected .nii or .nii.gz") from error
    except MemoryError as error:
        raise InputError(
            f"{path}: the size in its header needs more memory than there is; check the header or crop the image"
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
    """Whether nibabel would decompress a file, by its name."""
    return path.suffix.lower() == ".gz"


def _open(path: Path) -> io.BufferedIOBase:
    return gzip.open(path) if is_compressed(path) else path.open("rb")


def read_header(path: Path) -> nib.Nifti1Header:
    """Read and check the header of a NIfTI file of either version.

    Raises
    ------
    InputError
        If the file is missing, is not a NIfTI file, or its header asks for more than such a file can hold.
    """
    if not path.name.lower().endswith((".nii", ".nii.gz")):
        raise InputError(f"{path}: by its name no NIfTI file; expected a NIfTI image (.nii or .nii.gz)")
    with readable(path):
        with _open(path) as file:
            start = file.read(nib.Nifti2Header.sizeof_hdr)
        kinds = [kind for kind in (nib.Nifti1Header, nib.Nifti2Header) if kind.may_contain_header(start)]
        if not kinds:
            raise InputError(f"{path}: not a NIfTI file; expected .nii or .nii.gz, with all of its content")
        header = kinds[0](start[: kinds[0].sizeof_hdr])
        if header["magic"].item() != header.single_magic:
            raise InputError(f"{path}: its header is that of a pair of files; expected one file: convert it")
        check_size(path, header)
    return header


def check_size(path: Path, header: nib.Nifti1Header) -> None:
    """Refuse a header that asks for more bytes than its file can hold, or than a volume has."""
    offset, shape = float(header["vox_offset"]), header.get_data_shape()
    least = header.single_vox_offset
    if not least <= offset <= LARGEST_HEADER:  # nibabel would take an offset of 0 for the place of voxels
        raise InputError(
            f"{path}: by its header, voxels begin at byte {offset:g}; expected {least} to {LARGEST_HEADER}: "
            "fetch or export it again"
        )
    if any(n < 1 for n in shape) or math.prod(shape) > LARGEST_VOLUME:
        raise InputError(
            f"{path}: its header asks for {' x '.join(map(str, shape))} voxels; expected at least one along each axis and at "
            f"most {LARGEST_VOLUME} together: mend the header, or crop the image"
        )
    expected, size = stored_bytes(header), path.stat().st_size
    holds = size * LARGEST_RATIO if is_compressed(path) else size
    if expected > holds:
        raise ValueError(f"its header asks for {expected} bytes, and {size} bytes hold {holds} at most")


def stored_bytes(header: nib.Nifti1Header) -> int:
    """Bytes of a file, decompressed, up to its last voxel."""
    return int(header["vox_offset"]) + math.prod(header.get_data_shape()) * header.get_data_dtype().itemsize


def check_content(path: Path, header: nib.Nifti1Header) -> None:
    """Refuse a file that ends before its last voxel, or goes on far after it.

    A compressed file is read to its end, for the checksum there that nibabel does not look at, but no further than its
    header and some padding allow: what a small file can be blown up to has no bound otherwise.
    """
    expected = stored_bytes(header)
    if is_compressed(path):
        found = 0
        with gzip.open(path) as file:
            while found <= expected + LARGEST_PADDING and (part := file.read(2**22)):
                found += len(part)
    else:
        found = path.stat().st_size
    if found < expected:
        raise ValueError(f"it holds {found} of the {expected} bytes that its header asks for")
    if found > expected + LARGEST_PADDING:
        raise ValueError(f"its voxels end at byte {expected} by its header, and the file goes on after that")


def check_affine(path: str | Path, affine: FloatArray) -> None:
    """Refuse an affine that does not map the voxel grid onto a volume of a body."""
    with np.errstate(all="ignore"):  # damaged numbers may overflow
        spacing = np.linalg.norm(affine[:3, :3], axis=0) if np.isfinite(affine).all() else np.zeros(3)
        singular = not (spacing > 0).all() or not abs(np.linalg.det(affine[:3, :3] / spacing)) >= 1e-3
    if singular:
        raise InputError(
            f"{path}: its affine {np.round(affine[:3], 4).tolist()} is singular; expected three independent "
            "axes in mm: mend the sform or qform of the header"
        )
    low, high = VOXEL_SIZES
    if not (low <= spacing.min() and spacing.max() <= high):
        sizes = " x ".join(f"{size:.3g}" for size in spacing)
        raise InputError(
            f"{path}: its voxels are {sizes} mm; expected {low:g} to {high:g} mm: mend the sform or qform of the header, "
            "which must be in mm"
        )
    offset = float(np.abs(affine[:3, 3]).max())
    if offset > LARGEST_OFFSET:
        raise InputError(
            f"{path}: its affine puts it {offset:.3g} mm from the origin; expected at most {LARGEST_OFFSET:g}: mend the sform "
            "or qform of the header, which must be in mm"
        )


def check_forms(path: Path, header: nib.Nifti1Header) -> None:
    """Refuse an sform and a qform that disagree on the voxels' sizes or axes; warn if they disagree on the place alone.

    The sform counts, as nibabel has it. Where both differ by a motion of the whole image, views and volumes made of it
    keep their sizes and planes; other programs may show it elsewhere. Where they differ in more, one of them is wrong,
    and thickness or plane of the slices with it.
    """
    if not header["sform_code"] > 0 or not header["qform_code"] > 0:
        return
    sform = header.get_sform()
    try:
        qform = header.get_qform()
    except (ValueError, nib.spatialimages.HeaderDataError):
        qform = np.full((4, 4), np.nan)
    if not np.isfinite(qform).all() or not np.linalg.norm(qform[:3, :3], axis=0).all():
        log.warning("%s: the qform of its header is damaged; its sform is taken", path)
        return
    sizes = [np.linalg.norm(form[:3, :3], axis=0) for form in (sform, qform)]
    cosines = ((sform[:3, :3] / sizes[0]) * (qform[:3, :3] / sizes[1])).sum(axis=0)
    if np.abs(sizes[0] / sizes[1] - 1).max() > SIZE_ROUNDING or cosines.min() < np.sqrt(0.5):
        said = [
            f"{' x '.join(f'{size:.4g}' for size in own)} mm {''.join(map(str, nib.aff2axcodes(form)))}"
            for own, form in zip(sizes, (sform, qform), strict=True)
        ]
        raise InputError(
            f"{path}: its sform says {said[0]} and its qform {said[1]}; expected the same voxels: copy the right one over the "
            "other, or set the code of the wrong one to 0"
        )
    ends = np.array(header.get_data_shape()[:3]) - 1.0
    corners = np.array(np.meshgrid(*[(0.0, end) for end in ends])).reshape(3, -1)
    apart = np.linalg.norm((sform - qform)[:3, :3] @ corners + (sform - qform)[:3, 3:], axis=0).max()
    if apart > sizes[0].min() / 2:
        log.warning(
            "%s: its sform and qform put it up to %.1f mm apart; its sform is taken, as nibabel does",
            path,
            apart,
        )
