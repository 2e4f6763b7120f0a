"""Check what is given to the functions of `import isospine`, and read it."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import get_args

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from isospine.errors import InputError
from isospine.geometry.grid import Affine, Grid, Volume
from isospine.io.nifti import image_volume, load_mask, load_volume, mask_on
from isospine.methods.body import BodyGrid
from isospine.methods.registry import check_needs_views_alone, method_names
from isospine.physics.output_grid import Axes, Field
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES
from isospine.recipes.former_names import present_name
from isospine.views.acquired import AcquiredView, check_one_body
from isospine.views.contrasts import contrasts_of
from isospine.words import expected_one_of

#: A NIfTI file, or an image in memory.
Image = str | PathLike[str] | nib.Nifti1Image


def known_method(name: str, model: str | PathLike[str] | None) -> str:
    """Present name of a method, checked to be one that needs nothing but views, and to have a model if one is wanted."""
    present = present_name(name)
    if present not in method_names():
        check_needs_views_alone("method", present)
        raise InputError(f"method {name!r}: {expected_one_of(present, method_names())}")
    if model is not None and present in BASELINES:
        raise InputError(f"model: {present} is a baseline and trains no model; leave it out")
    return present


def check_views(views: object) -> None:
    """Refuse what is no sequence of views, such as the path of one."""
    if not isinstance(views, Sequence) or isinstance(views, str):
        raise InputError(
            f"views: {type(views).__name__} is no list of views; expected what isospine.load_views gives"
        )
    for one in views:
        if not isinstance(one, View | AcquiredView):
            raise InputError(
                f"views: {type(one).__name__} is no view; expected what isospine.load_views gives, or isospine.View"
            )


def check_drawn(labels: object, views: object) -> None:
    """Refuse what is no sequence of files, or views that were not read from files, where labels are drawn on these."""
    if (
        not isinstance(labels, Sequence)
        or isinstance(labels, str)
        or not labels
        or not all(isinstance(one, str | PathLike) for one in labels)
    ):
        raise InputError(
            f"labels: {labels!r} is no list of files; expected NIfTI files of labels drawn on the views"
        )
    check_views(views)
    assert isinstance(views, Sequence)
    if any(isinstance(one, View) for one in views):
        raise InputError(
            "views: one of them is an array, and labels are drawn on files; load the files with isospine.load_views"
        )


def body_grid(spacing: float | None, field: Field, axes: Axes, grid: Grid | None) -> BodyGrid:
    """Grid of a volume, as it is asked for.

    Raises
    ------
    InputError
        If a value is impossible, or a grid is given with what it says already.
    """
    for option, value, known in (("field", field, get_args(Field)), ("axes", axes, get_args(Axes))):
        if value not in known:
            raise InputError(f"{option} {value!r}: {expected_one_of(str(value), known)}")
    if spacing is not None and not 0 < spacing < np.inf:
        raise InputError(f"spacing {spacing}: expected a voxel size in mm, above 0")
    if grid is not None:
        _check_grid(grid)
        if (spacing, field, axes) != (None, "intersection", "view"):
            raise InputError("grid: says all of a grid; leave out spacing, field and axes")
    return BodyGrid(spacing, field, axes, grid)


def _check_grid(grid: Grid) -> None:
    """Refuse a grid that no volume can have."""
    if len(grid.shape) != 3 or min(grid.shape) < 1:
        raise InputError(f"grid: its shape {grid.shape} is no three numbers of voxels, each at least 1")
    affine = np.asarray(grid.affine)
    if affine.shape != (4, 4) or not np.isfinite(affine).all() or not np.linalg.det(affine[:3, :3]):
        raise InputError("grid: its affine is no 4 x 4 matrix of three independent axes in mm")


def contrast_of(paths: Sequence[Path]) -> str:
    """Contrast of views, which must be of one body and of one contrast."""
    if not paths:
        raise InputError("views: there are none; expected at least one thick-slice view")
    check_one_body(paths)
    contrasts = list(dict.fromkeys(contrasts_of(paths)))
    if len(contrasts) > 1:
        raise InputError(
            f"views: of several contrasts ({', '.join(contrasts)}); expected one: load each contrast alone, or let one network "
            "learn them together with the command isospine reconstruct"
        )
    return contrasts[0]


def read_image(name: str, image: Image) -> tuple[Volume, Affine]:
    """Intensities and affine of a file, or of an image in memory, which errors call by its name."""
    return image_volume(name, image) if isinstance(image, nib.Nifti1Image) else load_volume(Path(image))


def read_mask(name: str, image: Image, shape: tuple[int, ...], affine: Affine) -> NDArray[np.uint8]:
    """Segmentation on a grid."""
    if isinstance(image, nib.Nifti1Image):
        return mask_on(name, np.asarray(image.dataobj), image.affine, shape, affine)
    return load_mask(Path(image), shape, affine)
