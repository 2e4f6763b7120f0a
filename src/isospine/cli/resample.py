"""`isospine resample`: a trained model on another grid, along the cord, or in slices that were never acquired."""

import logging
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np

from isospine.cli import files, slices
from isospine.cli.files import Used
from isospine.cli.options import computation
from isospine.dataset.bids import reconstruction_sidecar
from isospine.errors import InputError
from isospine.geometry.fields import do_overlap
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.straighten import centreline, straightened
from isospine.io.nifti import check_labels, load_grid, load_mask, save_volume
from isospine.jobs.device import command_device, enough_memory
from isospine.methods.memory import STRAIGHTENED_MB, check_memory, count, resample_mb
from isospine.models.earlier.model import FollowUpModel
from isospine.models.load import load_model
from isospine.physics.virtual_slices import Slab, SlicePlanes, virtual_slices
from isospine.training.trainable import Model

log = logging.getLogger(__name__)

#: Width of a straightened volume in mm.
WIDTH = 40.0

#: Remedy where a GPU's memory is too small.
LESS_MEMORY = "choose --device cpu"

#: An image, its grid, that grid in words, and what its sidecar says of slices.
Evaluated = tuple[Volume, Grid, str, dict[str, Any]]


def run(options: Namespace) -> None:
    """Evaluate a model on an isotropic grid, on the grid of an image, or along the cord, as a volume or in thick slices.

    Raises
    ------
    InputError
        If there is no GPU where one is wanted, an output would replace a file, the model or an image cannot be read, options do not go together, or the grid
        takes more memory than there is.
    """
    check_options(options)
    slab = slices.slab_of(options)
    device = command_device(options.device)
    check_files(options)
    model = load_model(options.model, device)
    method = model.provenance.get("method")
    if not isinstance(method, str):
        raise InputError(f"{options.model}: does not say its method; train the model again")
    for name in ("like", "along"):
        check_overlap(f"--{name}", getattr(options, name), model.grid)
    evaluated = like_image if options.like is not None else isotropic
    if slab is not None:
        slices.check_thickness(slab, float(model.grid.spacing.min()))
    image, grid, resolution, about = evaluated(options, model, slab, device)
    sidecar = reconstruction_sidecar(method, grid, resolution, [options.model.name]) | about
    sidecar |= computation(device)
    if isinstance(model, FollowUpModel):
        # what is remembered is not taken for measured
        sidecar |= {
            "EarlierScan": model.provenance["earlier"],
            "EarlierScanVerdict": model.verdict["reason"],
        }
    output = files.unclaimed(options.output, options.overwrite)
    save_volume(output, image, grid.affine, sidecar)
    log.info("wrote %s", output)


def like_image(options: Namespace, model: Model, slab: Slab | None, device: str) -> Evaluated:
    """Evaluate a model on the grid of an image, at its voxel centres or in slices of some thickness.

    Raises
    ------
    InputError
        If the grid takes more memory than there is, or it is unclear which plane its slices are in.
    """
    grid, resolution = Grid(*load_grid(options.like)), f"grid of {options.like.name}"
    needed = resample_mb(model.hyperparameters.as_dict(), count(model.grid))
    if slab is None:
        check_memory("--like", grid, None, needed)
        with enough_memory(device, LESS_MEMORY):
            return model.reconstruct(grid), grid, resolution, {}
    axis = slices.axis_of(options, grid)
    planes = SlicePlanes.of_slices(grid, axis, slab, float(model.grid.spacing.min()))
    check_memory(f"--like in slices of {slab.thickness:g} mm", planes.grid, None, needed)
    with enough_memory(device, LESS_MEMORY):
        image, known = virtual_slices(model.reconstruct, model.grid, planes, slab)
    slices.tell(slab, known)
    return image, grid, resolution, slab.sidecar(float(grid.spacing[axis]))


def isotropic(options: Namespace, model: Model, slab: Slab | None, device: str) -> Evaluated:
    """Evaluate a model on an isotropic grid, which may be straightened along the cord and cut into slices.

    Raises
    ------
    InputError
        If no voxel fits, the grid takes more memory than there is, or the segmentation has too little cord.
    """
    extent = model.grid.spacing * model.grid.shape
    if options.spacing > extent.min() * (1 + 1e-3):
        sides = " x ".join(f"{side:.3g}" for side in extent)
        raise InputError(
            f"--spacing {options.spacing:g}: no voxel of it fits into the field of view of the model, {sides} mm; expected a "
            "smaller one"
        )
    grid, spacing = model.grid.resampled(options.spacing), options.spacing
    needed = resample_mb(model.hyperparameters.as_dict(), count(model.grid))
    check_memory(f"--spacing {spacing:g}", grid, spacing, needed)
    if options.along is not None:
        spacing /= 1 if slab is None else slices.FINER
        curve = cord_curve(options, spacing)
    with enough_memory(device, LESS_MEMORY):
        image = model.reconstruct(grid)
    if options.along is None:
        return image, grid, "isotropic", {}
    width, about = options.width or WIDTH, {}
    resolution = f"straightened along the middle of {options.along.name}"
    if slab is not None:
        image, grid, known = slices.slices_along(options, slab, image, grid, curve, width)
        slices.tell(slab, known)
        about = slab.sidecar(slab.thickness)
    else:
        image, grid = straightened(image, grid, curve, spacing, width)
    return image, grid, resolution, about


def check_options(options: Namespace) -> None:
    """Refuse options that have no effect together.

    Raises
    ------
    InputError
        Naming the option.
    """
    if options.along is None:
        if options.width is not None:
            raise InputError("--width: goes with --along; give a segmentation, or leave the option out")
        return
    if options.spacing is None:
        raise InputError("--along: goes with --spacing, not with --like; leave one of them out")
    width = options.width or WIDTH
    if width < 2 * options.spacing:
        raise InputError(
            f"--width {width:g}: is less than two voxels of --spacing {options.spacing:g}; expected a wider volume or "
            "smaller voxels"
        )


def check_files(options: Namespace) -> None:
    """Check the files that are read and written.

    Raises
    ------
    InputError
        As `files.check_inputs` and `files.check_outputs`.
    """
    files.check_suffix("-o", options.output, files.VOLUME)
    images = [(f"--{name}", getattr(options, name)) for name in ("along", "like")]
    inputs = [Used("model", options.model)]
    inputs += [one for option, path in images if path for one in files.volume(option, path)]
    files.check_inputs([one for one in inputs if not one.what])
    files.check_outputs(inputs, files.volume("-o", options.output), options.overwrite)


def check_overlap(option: str, image: Path | None, field: Grid) -> None:
    """Refuse an image, where there is one, outside the field of view of a model, of which the model knows nothing.

    Raises
    ------
    InputError
        Naming the image.
    """
    if image is not None and not do_overlap(Grid(*load_grid(image)), field):
        raise InputError(
            f"{option} {image}: lies outside the field of view of the model, by its header; expected an image of the part of "
            "the body that the model was trained on"
        )


def cord_curve(options: Namespace, spacing: float) -> FloatArray:
    """Fit the centreline of the cord in a segmentation, and check the size of what is straightened with that spacing.

    Raises
    ------
    InputError
        If the segmentation has too little cord, or the volume takes too much memory.
    """
    shape, affine = load_grid(options.along)
    check_labels(options.along)
    mask = load_mask(options.along, shape, affine)
    try:
        curve = centreline(mask, Grid(shape, affine), spacing)
    except InputError as error:
        raise InputError(f"--along {options.along}: {error}") from error
    across = int(np.floor((options.width or WIDTH) / spacing)) + 1
    straight = Grid((across, across, len(curve)), np.diag([*[spacing] * 3, 1.0]))
    check_memory(
        f"--spacing {options.spacing:g} --width {options.width or WIDTH:g}",
        straight,
        options.spacing,
        lambda voxels: STRAIGHTENED_MB * voxels / 1e6,
    )
    return curve
