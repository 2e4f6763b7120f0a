"""Read NIfTI volumes, with checks that save hours of compute, and write them atomically."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.arrayproxy import ArrayProxy
from numpy.typing import NDArray

from isospine.errors import InputError
from isospine.geometry.grid import Affine, Volume
from isospine.io.atomic import atomic_path, write_json
from isospine.io.nifti_header import (
    check_affine,
    check_content,
    check_forms,
    check_orientation,
    open_content,
    read_header,
    readable,
)
from isospine.io.nifti_name import sidecar_of

#: Most labels that a segmentation may have.
MOST_LABELS = 255
#: Largest relative difference between voxel sizes that still counts as isotropic.
ISOTROPY_TOLERANCE = 0.05


#: Largest plausible length of an image in mm.
LARGEST_LENGTH = 1e6


def load_volume(path: str | Path) -> tuple[Volume, Affine]:
    """Load a 3-D NIfTI volume; refuse one that no reconstruction could use.

    Parameters
    ----------
    path : path-like
        A NIfTI file, compressed or not; its content says which, not its name.

    Returns
    -------
    data : (I, J, K) ndarray of float32
        Intensities, scaled according to the header.
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
    """Shape and affine of a NIfTI file, which may be a single slice.

    Raises
    ------
    InputError
        If the file is missing, is not a NIfTI file, is not 3-D, or has a singular affine.
    """
    header = read_header(Path(path))
    shape = tuple(int(n) for n in header.get_data_shape())
    if len(shape) < 3 or any(n != 1 for n in shape[3:]):
        raise InputError(
            f"{path}: has {len(shape)} dimensions {shape}; expected three: {remedy_of_dimensions(shape)}"
        )
    return (shape[0], shape[1], shape[2]), _affine(Path(path), header)


def _affine(path: Path, header: nib.Nifti1Header) -> Affine:
    """Affine of a header: its sform, or else its qform; a header without either is refused."""
    with readable(path):
        affine = np.asarray(header.get_best_affine(), dtype=np.float64)
        check_affine(path, affine)
        check_orientation(path, header)
        check_forms(path, header)
    return affine


def _read(path: Path) -> tuple[Volume, Affine]:
    """Load a volume without checking its intensities."""
    header = read_header(path)
    shape = header.get_data_shape()
    check_shape(path, shape)
    check_data_type(path, header.get_data_dtype())
    affine = _affine(path, header)
    # values beyond float32 become infinite, and are refused as such
    with readable(path), np.errstate(over="ignore", invalid="ignore"):
        check_content(path, header)
        # a slope of 0, NaN or infinity means no scaling, as in the format and nibabel
        with open_content(path) as content:
            data = np.asarray(ArrayProxy(content, header, mmap=False), dtype=np.float32).reshape(shape[:3])
    return data, affine


def load_labels(path: str | Path) -> Volume:
    """Load labels drawn on an image: any values, also all the same.

    Raises
    ------
    InputError
        As for `load_volume`, except for what intensities are refused for.
    """
    return _read(Path(path))[0]


def load_mask(path: str | Path, shape: tuple[int, ...], affine: Affine) -> NDArray[np.uint8]:
    """Load a segmentation on the grid of its image, as a mask of zeros and ones.

    Raises
    ------
    InputError
        As for `load_volume`, except that a mask may be empty; or if its grid differs from `shape` and `affine`.
    """
    data, own = _read(Path(path))
    return mask_on(path, data, own, shape, affine)


def mask_on(
    name: str | Path, data: NDArray[Any], own: Affine, shape: tuple[int, ...], affine: Affine
) -> NDArray[np.uint8]:
    """Return a segmentation as a mask of zeros and ones: binary, soft, or labels of several structures.

    Parameters
    ----------
    name : str or Path
        What it is, or was read from.
    data, own : array, (4, 4) array
        Its voxels and affine.
    shape, affine
        Those of the image that it segments.

    Raises
    ------
    InputError
        If the two grids differ.
    """
    if data.shape != tuple(shape) or not np.allclose(own, affine, atol=1e-2):
        raise InputError(
            f"{name}: its grid {data.shape} differs from the image's {tuple(shape)} in shape or affine; "
            "expected a segmentation on the grid of its image"
        )
    return (data > 0.5).astype(np.uint8)


def check_labels(path: str | Path) -> None:
    """Refuse an image of intensities where a segmentation is expected.

    Raises
    ------
    InputError
        As for `load_mask`, or if there are too many different values.
    """
    data, _ = _read(Path(path))
    if data.max() > 1 and (count := len(np.unique(data))) > MOST_LABELS:
        raise InputError(
            f"{path}: holds {count} different values up to {data.max():g}, as an image of intensities does; expected a "
            "segmentation: 0 and 1, probabilities, or labels"
        )


def remedy_of_dimensions(shape: tuple[int, ...]) -> str:
    """Say how an image of too few or too many dimensions becomes a volume."""
    if len(shape) < 3:
        return "save a slice with a third axis of one voxel, whose affine says where it lies"
    return "split the series, or choose one volume of it"


def check_shape(path: str | Path, shape: tuple[int, ...]) -> None:
    """Refuse anything but three axes of at least two voxels; trailing axes of length one are allowed."""
    if len(shape) < 3 or any(n != 1 for n in shape[3:]):
        raise InputError(
            f"{path}: has {len(shape)} dimensions {shape}; expected a 3-D volume: {remedy_of_dimensions(shape)}"
        )
    if min(shape[:3]) < 2:
        raise InputError(
            f"{path}: has shape {shape}; expected at least 2 voxels along each axis: leave it out"
        )


def check_data_type(path: str | Path, data_type: np.dtype[Any]) -> None:
    """Refuse colour images and complex numbers."""
    if data_type.kind not in "iuf":
        raise InputError(
            f"{path}: its voxels are of type {data_type}; expected one real number each: "
            "export the magnitude image"
        )


def check_intensities(path: str | Path, data: Volume) -> None:
    """Refuse non-finite and constant volumes."""
    finite = np.isfinite(data)
    if not finite.all():
        raise InputError(
            f"{path}: {np.count_nonzero(~finite)} voxels are NaN or infinite; expected finite intensities: "
            "export the image again, or leave it out (in a dataset: dataset.exclude)"
        )
    if data.min() == data.max():
        raise InputError(
            f"{path}: every voxel is {data.flat[0]:g}; expected an image: "
            "fetch it again, or leave it out (in a dataset: dataset.exclude)"
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


def check_finite(name: str | Path, data: NDArray[Any]) -> None:
    """Refuse a result that no file may hold and no measure may judge.

    Parameters
    ----------
    name : str or Path
        What it is, or was made by.
    data : array
        Its voxels.

    Raises
    ------
    InputError
        Naming it, with the number of voxels that are NaN or infinite.
    """
    wrong = data.size - np.count_nonzero(np.isfinite(data))
    if wrong:
        raise InputError(
            f"{name}: {wrong} of {data.size} voxels came out NaN or infinite; expected finite intensities: scale the images "
            "to ordinary intensities (below 1e38), or choose another method"
        )


def save_volume(
    path: str | Path,
    data: NDArray[Any],
    affine: Affine,
    sidecar: dict[str, Any] | None = None,
) -> None:
    """Write a NIfTI file and, if given, its BIDS sidecar, each atomically.

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

    Raises
    ------
    InputError
        If a voxel is NaN or infinite, or the file cannot be written.
    """
    check_finite(path, data)
    image = volume_image(data, affine)
    with atomic_path(path) as temporary:
        image.to_filename(temporary)
        if sidecar is not None:
            write_json(sidecar_of(path), sidecar)


def volume_image(data: NDArray[Any], affine: Affine) -> nib.Nifti1Image:
    """Return voxel values as an image whose header states the affine as sform and qform; as of `save_volume`."""
    image = nib.Nifti1Image(data, affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    if not np.allclose(image.get_qform(), affine, atol=1e-3):
        image.set_qform(None, code=0)  # a qform cannot hold shear, and would contradict the sform
    return image


def image_volume(name: str, image: nib.Nifti1Image) -> tuple[Volume, Affine]:
    """Return the intensities and the affine of an image in memory, checked as those of `load_volume`.

    Raises
    ------
    InputError
        As `load_volume`, with the image's name in place of a file's.
    """
    check_shape(name, image.shape)
    check_data_type(name, image.get_data_dtype())
    affine = np.asarray(image.affine, np.float64)
    check_affine(name, affine)
    data = np.asarray(image.dataobj, dtype=np.float32).reshape(image.shape[:3])
    check_intensities(name, data)
    return data, affine


def is_length(value: Any) -> bool:
    """Check whether a value of a sidecar is a length in mm."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < LARGEST_LENGTH
