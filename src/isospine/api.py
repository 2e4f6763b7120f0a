"""The functions of `import isospine`: what the command `isospine reconstruct` does, on files and arrays in memory."""

import logging
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Literal, get_args

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from isospine.errors import InputError
from isospine.evaluation.metrics import region_metrics
from isospine.evaluation.rows import regions_of
from isospine.geometry.grid import Affine, Grid, Volume
from isospine.io.nifti import check_finite, image_volume, load_mask, load_volume, mask_on, volume_image
from isospine.jobs.device import command_device, enough_memory
from isospine.methods.body import (
    BodyGrid,
    Placing,
    check_enough_planes,
    reconstruct_body,
    runs_network,
)
from isospine.methods.memory import check_memory, reconstruct_mb
from isospine.methods.registry import METHOD, check_needs_views_alone, method_names, recipe_of
from isospine.models.load import load_model
from isospine.physics.output_grid import Axes, Field
from isospine.physics.view import View, range_excess
from isospine.recipes.baselines import BASELINES
from isospine.recipes.former_names import present_name
from isospine.training.files import save_model
from isospine.training.session import Session
from isospine.views.acquired import AcquiredView, acquired_of, check_one_body, load_acquired
from isospine.views.contrasts import contrasts_of
from isospine.views.copies import check_copies
from isospine.words import expected_one_of

__all__ = ["Grid", "View", "evaluate", "load_model", "load_views", "reconstruct"]

log = logging.getLogger(__name__)

#: A NIfTI file, or an image in memory.
Image = str | PathLike[str] | nib.Nifti1Image


def load_views(
    *paths: str | PathLike[str], profile: Literal["box", "gaussian"] = "box"
) -> list[AcquiredView]:
    """Read thick-slice NIfTI files of one body.

    Which axis is thick comes from the affine, the slice thickness from ``SliceThickness`` in the BIDS sidecar beside
    the file; without one, slices are taken to touch, with a warning.

    Parameters
    ----------
    *paths : path-like
        Files of one contrast; the first defines the position of the body.
    profile : {'box', 'gaussian'}
        Slice profile: a box of the slice thickness, or a Gaussian with that full width at half maximum.

    Returns
    -------
    list of AcquiredView
        Each with its `path`, its slices' `gap` (mm), and its `view`, a `View` with `data`, `grid` and `thickness`.

    Raises
    ------
    InputError
        If a file cannot be used, its sidecar contradicts it, or the files are of several bodies or contrasts.

    Examples
    --------
    >>> import isospine
    >>> views = isospine.load_views("ax.nii.gz", "sag.nii.gz")
    >>> views[0].view.data.shape, views[0].view.thickness
    ((48, 56, 12), 4.0)
    """
    files = [Path(path) for path in paths]
    _contrast(files)
    return [load_acquired(file, profile) for file in files]


def reconstruct(
    views: Sequence[View | AcquiredView],
    method: str = METHOD,
    *,
    spacing: float | None = None,
    field: Field = "intersection",
    axes: Axes = "view",
    grid: Grid | None = None,
    align: bool = True,
    slice_motion: bool = False,
    better_profiles: bool = False,
    seed: int = 0,
    device: Literal["auto", "cpu", "cuda"] = "auto",
    model: str | PathLike[str] | None = None,
) -> nib.Nifti1Image:
    """Reconstruct an isotropic volume from thick-slice views of one body.

    The same as the command ``isospine reconstruct``, for views of one contrast: equal settings give equal bytes.

    Parameters
    ----------
    views : sequence of View or AcquiredView
        As of `load_views`, or made of arrays; the first defines the position of the body.
    method : str
        Name of a recipe or baseline, such as ``"pretrained"``, ``"fourier"``, ``"tv"`` or ``"cubic"``.
    spacing : float, optional
        Voxel size in mm; by default the smallest of any view.
    field : {'intersection', 'union'}
        Whether the volume covers what all views cover, or what any does.
    axes : {'view', 'scanner'}
        Axes of the volume: those of the first view, or the scanner's (R, A, S).
    grid : Grid, optional
        Reconstruct on this grid, such as that of a reference; then without `spacing`, `field` and `axes`.
    align : bool
        Estimate the motion between views; otherwise headers are trusted, and only brightness is matched.
    slice_motion : bool
        Estimate the motion of every slice as well, and leave out slices that do not fit.
    better_profiles : bool
        Use the slice profiles that views show of each other, where these predict held-out slices better than those stated.
    seed : int
        Seed of a training.
    device : {'auto', 'cpu', 'cuda'}
        What networks compute on; ``"auto"`` is a GPU where PyTorch sees one.
    model : path-like, optional
        Also write the trained model to this ``.safetensors`` file, for `load_model`.

    Returns
    -------
    Nifti1Image
        Intensities of shape (I, J, K) in float32, in the units of the first view, with the affine of the volume.

    Raises
    ------
    InputError
        If there is no such method, views cannot be used together, an option has an impossible value or no effect, there is no
        GPU where one is wanted, or the volume takes more memory than there is.

    Examples
    --------
    >>> import isospine
    >>> views = isospine.load_views("ax.nii.gz", "sag.nii.gz")
    >>> volume = isospine.reconstruct(views, "tv", spacing=1.0)
    >>> volume.shape
    (48, 56, 48)
    >>> volume.to_filename("iso.nii.gz")

    Of arrays, each with its affine and what its header would say:

    >>> data, affine = views[0].view.data, views[0].view.grid.affine
    >>> view = isospine.View(data, isospine.Grid(data.shape, affine), axis=2, thickness=4.0, profile="box")
    >>> isospine.reconstruct([view, views[1]], "cubic").shape
    (48, 56, 48)
    """
    name = _method(method, model)
    _check_views(views)
    for option, value, known in (("field", field, get_args(Field)), ("axes", axes, get_args(Axes))):
        if value not in known:
            raise InputError(f"{option} {value!r}: {expected_one_of(str(value), known)}")
    if spacing is not None and not 0 < spacing < np.inf:
        raise InputError(f"spacing {spacing}: expected a voxel size in mm, above 0")
    if not 0 <= seed < 2**32:
        raise InputError(f"seed {seed}: expected a whole number from 0 to {2**32 - 1}")
    if grid is not None:
        _check_grid(grid)
        if (spacing, field, axes) != (None, "intersection", "view"):
            raise InputError("grid: says all of a grid; leave out spacing, field and axes")
    kind = command_device(device, "device")
    acquired = [
        acquired_of(one, f"view-{number}") if isinstance(one, View) else one
        for number, one in enumerate(views, start=1)
    ]
    contrast = _contrast([one.path for one in acquired])
    check_copies(acquired)
    inputs = [one.view for one in acquired]
    check_enough_planes("method", name, inputs)
    layout = BodyGrid(spacing, field, axes, grid)
    planned = layout.over(inputs, inputs)
    needed = reconstruct_mb(
        name,
        None if name in BASELINES else recipe_of(name),
        [float(view.data.size) for view in inputs],
        compared=(),
    )
    largest = float(planned.spacing.max())
    check_memory(f"spacing {largest:.3g}", planned, None if grid else largest, needed)
    session = Session(seed, device=kind if runs_network(name) else "cpu")
    placing = Placing(align, slice_motion, better_profiles)
    with enough_memory(kind, "choose the device cpu"):
        body = reconstruct_body(
            {contrast: acquired}, name, placing, layout, session, acquired[0].path.name, {}
        )
    data = body.images[contrast]
    check_finite(f"the volume, by {name}", data)
    if excess := range_excess(data, body.placed[contrast].stacks):
        log.warning("the volume, by %s, %s", name, excess)
    if model is not None:
        save_model(body.models[contrast], Path(model))
    return volume_image(data, body.grid.affine)


def evaluate(volume: Image, reference: Image, cord: Image | None = None) -> dict[str, dict[str, float]]:
    """Measure how close a volume is to a reference on the same grid.

    Parameters
    ----------
    volume : Nifti1Image or path-like
        A reconstruction; its intensities are never rescaled.
    reference : Nifti1Image or path-like
        The truth.
    cord : Nifti1Image or path-like, optional
        Segmentation of the spinal cord on the reference's grid.

    Returns
    -------
    dict of str to dict of str to float
        Of each region (``"whole"``, ``"mask"``, the tissue, and ``"cord"`` where it is given): ``"psnr"`` (dB), ``"ssim"``
        and ``"nrmse"`` (of the reference's range), as in ``metrics.tsv``.

    Raises
    ------
    InputError
        If an image cannot be used, or the grids differ.

    Examples
    --------
    >>> import isospine
    >>> import nibabel
    >>> truth = nibabel.load("reference.nii.gz")
    >>> grid = isospine.Grid(truth.shape, truth.affine)
    >>> volume = isospine.reconstruct(isospine.load_views("ax.nii.gz", "sag.nii.gz"), "tv", grid=grid)
    >>> scores = isospine.evaluate(volume, truth)
    >>> sorted(scores), scores["mask"]["psnr"] > 20
    (['mask', 'whole'], True)
    """
    truth, affine = _image("reference", reference)
    data, own = _image("volume", volume)
    if data.shape != truth.shape or not np.allclose(own, affine, atol=1e-2):
        raise InputError(
            f"volume: its grid of {data.shape} voxels differs from the reference's {truth.shape} in shape or affine; "
            "reconstruct on the reference's grid: isospine.reconstruct(views, grid=isospine.Grid(reference.shape, reference.affine))"
        )
    mask = None if cord is None else _mask("cord", cord, truth.shape, affine)
    return region_metrics(truth, data, regions_of(truth, mask))


def _method(name: str, model: str | PathLike[str] | None) -> str:
    """Present name of a method, checked to be one that needs nothing but views, and to have a model if one is wanted."""
    present = present_name(name)
    if present not in method_names():
        check_needs_views_alone("method", present)
        raise InputError(f"method {name!r}: {expected_one_of(present, method_names())}")
    if model is not None and present in BASELINES:
        raise InputError(f"model: {present} is a baseline and trains no model; leave it out")
    return present


def _check_views(views: object) -> None:
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


def _check_grid(grid: Grid) -> None:
    """Refuse a grid that no volume can have."""
    if len(grid.shape) != 3 or min(grid.shape) < 1:
        raise InputError(f"grid: its shape {grid.shape} is no three numbers of voxels, each at least 1")
    affine = np.asarray(grid.affine)
    if affine.shape != (4, 4) or not np.isfinite(affine).all() or not np.linalg.det(affine[:3, :3]):
        raise InputError("grid: its affine is no 4 x 4 matrix of three independent axes in mm")


def _contrast(paths: Sequence[Path]) -> str:
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


def _image(name: str, image: Image) -> tuple[Volume, Affine]:
    """Intensities and affine of a file, or of an image in memory, which errors call by its name."""
    return image_volume(name, image) if isinstance(image, nib.Nifti1Image) else load_volume(Path(image))


def _mask(name: str, image: Image, shape: tuple[int, ...], affine: Affine) -> NDArray[np.uint8]:
    """Segmentation on a grid."""
    if isinstance(image, nib.Nifti1Image):
        return mask_on(name, np.asarray(image.dataobj), image.affine, shape, affine)
    return load_mask(Path(image), shape, affine)
