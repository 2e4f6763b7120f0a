"""The functions of `import isospine`: what the command `isospine reconstruct` does, on files and arrays in memory."""

import logging
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Literal

import nibabel as nib
import numpy as np

from isospine.errors import InputError
from isospine.evaluation.metrics import region_metrics
from isospine.evaluation.rows import regions_of
from isospine.geometry.grid import Grid
from isospine.io.nifti import check_finite, volume_image
from isospine.jobs.device import command_device, enough_memory
from isospine.methods.arguments import (
    Image,
    body_grid,
    check_drawn,
    check_views,
    contrast_of,
    known_method,
    read_image,
    read_mask,
)
from isospine.methods.body import (
    Placing,
    check_enough_planes,
    reconstruct_body,
    runs_network,
)
from isospine.methods.memory import check_memory, reconstruct_mb
from isospine.methods.registry import METHOD, recipe_of
from isospine.methods.segment import check_within, read_labels
from isospine.methods.segment import segment as segment_labels
from isospine.models.load import load_model
from isospine.physics.output_grid import Axes, Field
from isospine.physics.view import View, range_excess
from isospine.recipes.baselines import BASELINES
from isospine.training.files import save_model
from isospine.training.session import Session
from isospine.views.acquired import AcquiredView, acquired_of, load_acquired
from isospine.views.copies import check_copies
from isospine.views.place import place_contrasts

__all__ = ["Grid", "View", "evaluate", "load_model", "load_views", "reconstruct", "segment"]

log = logging.getLogger(__name__)


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
    contrast_of(files)
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
    name = known_method(method, model)
    check_views(views)
    layout = body_grid(spacing, field, axes, grid)
    if not 0 <= seed < 2**32:
        raise InputError(f"seed {seed}: expected a whole number from 0 to {2**32 - 1}")
    kind = command_device(device, "device")
    acquired = [
        acquired_of(one, f"view-{number}") if isinstance(one, View) else one
        for number, one in enumerate(views, start=1)
    ]
    contrast = contrast_of([one.path for one in acquired])
    check_copies(acquired)
    inputs = [one.view for one in acquired]
    check_enough_planes("method", name, inputs)
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


def segment(
    labels: Sequence[str | PathLike[str]],
    views: Sequence[AcquiredView],
    *,
    spacing: float | None = None,
    field: Field = "intersection",
    axes: Axes = "view",
    grid: Grid | None = None,
    align: bool = True,
) -> nib.Nifti1Image:
    """Make one isotropic segmentation of labels drawn on the views of one body.

    The same as ``isospine reconstruct --segmentation``: binary labels by a spline of the signed distance, labels in [0, 1] by the
    total variation of the occupancy.

    Parameters
    ----------
    labels : sequence of path-like
        NIfTI files on the voxels of some of the views, at most one of each.
    views : sequence of AcquiredView
        All views, as of `load_views`; the first defines the position of the body.
    spacing, field, axes, grid, align
        As of `reconstruct`.

    Returns
    -------
    Nifti1Image
        Occupancy of shape (I, J, K) in float32: the part of each voxel that is inside, in [0, 1]. The mask is where it is above 0.5.

    Raises
    ------
    InputError
        If labels are on no view, hold other values, or lie outside the volume; or as of `reconstruct`.

    Examples
    --------
    >>> import isospine
    >>> views = isospine.load_views("ax.nii.gz", "sag.nii.gz")
    >>> occupancy = isospine.segment(["ax_label-SC_seg.nii.gz", "sag_label-SC_seg.nii.gz"], views)
    >>> mask = occupancy.get_fdata() > 0.5
    """
    layout = body_grid(spacing, field, axes, grid)
    check_drawn(labels, views)
    contrast = contrast_of([one.path for one in views])
    check_copies(views)
    inputs = [one.view for one in views]
    drawn = read_labels([Path(path) for path in labels], views)
    check_within(drawn, layout.over(inputs, inputs))
    placed = place_contrasts({contrast: views}, align, False)
    own = layout.over(inputs, placed[contrast].stacks)
    return volume_image(segment_labels(drawn, placed.values(), own).occupancy, own.affine)


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
    truth, affine = read_image("reference", reference)
    data, own = read_image("volume", volume)
    if data.shape != truth.shape or not np.allclose(own, affine, atol=1e-2):
        raise InputError(
            f"volume: its grid of {data.shape} voxels differs from the reference's {truth.shape} in shape or affine; "
            "reconstruct on the reference's grid: isospine.reconstruct(views, grid=isospine.Grid(reference.shape, reference.affine))"
        )
    mask = None if cord is None else read_mask("cord", cord, truth.shape, affine)
    return region_metrics(truth, data, regions_of(truth, mask))
