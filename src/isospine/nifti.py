"""Reading NIfTI volumes with the checks that save hours of compute, and writing them atomically."""

import gzip
import zlib
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from isospine.errors import InputError
from isospine.files import atomic_path, write_json

Volume = NDArray[np.float32]
Affine = NDArray[np.float64]

#: Largest relative difference between voxel sizes that still counts as isotropic.
ISOTROPY_TOLERANCE = 0.05


def load_volume(path: str | Path) -> tuple[Volume, Affine]:
    """Load a 3-D NIfTI volume and refuse what no reconstruction could use.

    Parameters
    ----------
    path : path-like
        A ``.nii`` or ``.nii.gz`` file.

    Returns
    -------
    data : (I, J, K) ndarray of float32
        Intensities, scaled as the header says.
    affine : (4, 4) ndarray of float64
        Voxel indices to world coordinates in mm, RAS+.

    Raises
    ------
    InputError
        If the file is missing, is not a NIfTI file, is truncated, is not 3-D, has a singular affine,
        or holds colours, complex numbers, or non-finite or constant intensities.
    """
    data, affine = _read(Path(path))
    check_intensities(path, data)
    return data, affine


def load_grid(path: str | Path) -> tuple[tuple[int, int, int], Affine]:
    """Shape and affine of a NIfTI file, of which one axis may be a single slice.

    Raises
    ------
    InputError
        If the file is missing, is not a NIfTI file, is not 3-D, or has a singular affine.
    """
    path = Path(path)
    try:
        image = nib.load(path)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; fetch it or correct the path") from error
    except (nib.filebasedimages.ImageFileError, OSError) as error:
        raise InputError(f"{path}: not a NIfTI file ({error}); expected .nii or .nii.gz") from error
    if not isinstance(image, nib.Nifti1Image):
        raise InputError(f"{path}: is {type(image).__name__}; expected a NIfTI image (.nii or .nii.gz)")
    shape = tuple(int(n) for n in image.shape)
    if len(shape) < 3 or any(n != 1 for n in shape[3:]):
        raise InputError(f"{path}: has {len(shape)} dimensions {shape}; expected three")
    affine = np.asarray(image.affine, dtype=np.float64)
    check_affine(path, affine)
    return (shape[0], shape[1], shape[2]), affine


def _read(path: Path) -> tuple[Volume, Affine]:
    """Load a volume whatever its intensities are."""
    try:
        check_compression(path)
        image = nib.load(path)
        if not isinstance(image, nib.Nifti1Image):  # nib.Nifti2Image is a subclass
            raise InputError(f"{path}: is {type(image).__name__}; expected a NIfTI image (.nii or .nii.gz)")
        check_shape(path, image.shape)
        check_data_type(path, image.get_data_dtype())
        affine = np.asarray(image.affine, dtype=np.float64)
        check_affine(path, affine)
        data = np.asarray(image.dataobj, dtype=np.float32).reshape(image.shape[:3])
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; fetch it or correct the path") from error
    except nib.filebasedimages.ImageFileError as error:
        raise InputError(f"{path}: not a NIfTI file ({error}); expected .nii or .nii.gz") from error
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
    return data, affine


def check_compression(path: Path) -> None:
    """Read a compressed file to its end, for the checksum there that nibabel does not look at."""
    if path.suffix == ".gz":
        with gzip.open(path) as file:
            while file.read(2**24):
                pass


def load_mask(path: str | Path, shape: tuple[int, ...], affine: Affine) -> NDArray[np.uint8]:
    """Load a segmentation on the grid of its image as a mask of zeros and ones.

    Raises
    ------
    InputError
        As `load_volume`, except that it may be empty, or if the segmentation lies on another grid than `shape` and `affine`.
    """
    data, own = _read(Path(path))
    if data.shape != tuple(shape) or not np.allclose(own, affine, atol=1e-2):
        raise InputError(
            f"{path}: its grid {data.shape} differs from the image's {tuple(shape)} in shape or affine; "
            "expected a segmentation on the grid of its image"
        )
    return (data > 0.5).astype(np.uint8)


def check_shape(path: str | Path, shape: tuple[int, ...]) -> None:
    """Refuse anything but three axes of at least two voxels (trailing axes of length one are fine)."""
    if len(shape) < 3 or any(n != 1 for n in shape[3:]):
        raise InputError(
            f"{path}: has {len(shape)} dimensions {shape}; expected a 3-D volume: "
            "split the series, or choose one volume of it"
        )
    if min(shape[:3]) < 2:
        raise InputError(f"{path}: has shape {shape}; expected at least 2 voxels along each axis")


def check_data_type(path: str | Path, data_type: np.dtype[Any]) -> None:
    """Refuse colours and complex numbers."""
    if data_type.kind not in "iuf":
        raise InputError(
            f"{path}: its voxels are of type {data_type}; expected one real number each: "
            "export the magnitude image"
        )


def check_affine(path: str | Path, affine: Affine) -> None:
    """Refuse an affine that does not map the voxel grid onto a volume."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0) if np.isfinite(affine).all() else np.zeros(3)
    if not (spacing > 0).all() or abs(np.linalg.det(affine[:3, :3] / spacing)) < 1e-3:
        raise InputError(
            f"{path}: its affine {np.round(affine[:3], 4).tolist()} is singular; expected three independent "
            "axes in mm: mend the sform or qform of the header"
        )


def check_intensities(path: str | Path, data: Volume) -> None:
    """Refuse non-finite and constant volumes."""
    finite = np.isfinite(data)
    if not finite.all():
        raise InputError(
            f"{path}: {np.count_nonzero(~finite)} voxels are NaN or infinite; expected finite intensities: "
            "export the image again or exclude the subject (dataset.exclude)"
        )
    if data.min() == data.max():
        raise InputError(
            f"{path}: every voxel is {data.flat[0]:g}; expected an image: "
            "fetch it again or exclude the subject (dataset.exclude)"
        )


def check_isotropic(path: str | Path, affine: Affine) -> None:
    """Refuse a reference whose voxel sizes differ by more than `ISOTROPY_TOLERANCE`."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if spacing.max() > spacing.min() * (1 + ISOTROPY_TOLERANCE):
        sizes = " x ".join(f"{size:.3g}" for size in spacing)
        raise InputError(
            f"{path}: its voxels are {sizes} mm; a reference must be isotropic within "
            f"{ISOTROPY_TOLERANCE:.0%}: choose another contrast or exclude the subject (dataset.exclude)"
        )


def save_volume(
    path: str | Path,
    data: NDArray[Any],
    affine: Affine,
    sidecar: dict[str, Any] | None = None,
) -> None:
    """Write a NIfTI file, and its BIDS sidecar where one is given, each atomically.

    Parameters
    ----------
    path : path-like
        The ``.nii.gz`` file to write; equal content gives equal bytes.
    data : (I, J, K) array
        Voxel values, stored in their own data type.
    affine : (4, 4) array
        Voxel indices to world coordinates in mm, RAS+; stored as sform and qform, "scanner anatomical".
    sidecar : dict, optional
        Content of the JSON file beside it.
    """
    image = nib.Nifti1Image(data, affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    with atomic_path(path) as temporary:
        image.to_filename(temporary)
        if sidecar is not None:
            write_json(sidecar_of(path), sidecar)


def sidecar_of(path: str | Path) -> Path:
    """Path of the BIDS sidecar beside an image file."""
    path = Path(path)
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".nii") + ".json")
