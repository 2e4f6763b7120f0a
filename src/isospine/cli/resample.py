"""`isospine resample`: a trained model on another grid, or along the cord."""

from argparse import Namespace
from pathlib import Path

import numpy as np

from isospine.cli import files
from isospine.cli.files import Used
from isospine.cli.options import computation
from isospine.dataset.bids import reconstruction_sidecar
from isospine.errors import InputError
from isospine.geometry.fields import do_overlap
from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.straighten import centreline, straightened
from isospine.io.nifti import load_grid, load_mask, save_volume
from isospine.jobs.device import command_device, enough_memory
from isospine.methods.memory import STRAIGHTENED_MB, check_memory, count, resample_mb
from isospine.models.earlier.model import FollowUpModel
from isospine.models.load import load_model

#: Width of a straightened volume in mm.
WIDTH = 40.0


def run(options: Namespace) -> None:
    """Evaluate a model on an isotropic grid, on the grid of an image, or along the cord.

    Raises
    ------
    InputError
        If there is no GPU where one is wanted, an output would replace a file, the model or an image cannot be read, options do not go together, or the grid
        takes more memory than there is.
    """
    check_options(options)
    device = command_device(options.device)
    check_files(options)
    model = load_model(options.model, device)
    method = model.provenance.get("method")
    if not isinstance(method, str):
        raise InputError(f"{options.model}: does not say its method; train the model again")
    curve = None
    if options.like is not None:
        shape, affine = load_grid(options.like)
        grid, resolution, option = Grid(shape, affine), f"grid of {options.like.name}", "--like"
    else:
        grid, resolution = model.grid.resampled(options.spacing), "isotropic"
        option = f"--spacing {options.spacing:g}"
    for name in ("like", "along"):
        check_overlap(f"--{name}", getattr(options, name), model.grid)
    check_memory(
        option, grid, options.spacing, resample_mb(model.hyperparameters.as_dict(), count(model.grid))
    )
    if options.along is not None:
        curve = cord_curve(options)
        resolution = f"straightened along the middle of {options.along.name}"
    with enough_memory(device, "choose --device cpu"):
        image, affine = model.reconstruct(grid), grid.affine
    if curve is not None:
        image, affine = straightened(image, grid, curve, options.spacing, options.width or WIDTH)
    sidecar = reconstruction_sidecar(method, grid, resolution, [options.model.name]) | computation(device)
    if isinstance(model, FollowUpModel):
        # what is remembered is not taken for measured
        sidecar |= {
            "EarlierScan": model.provenance["earlier"],
            "EarlierScanVerdict": model.verdict["reason"],
        }
    save_volume(files.unclaimed(options.output, options.overwrite), image, affine, sidecar)


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
    files.check_outputs(inputs, files.volume("-o", options.output), options.overwrite)
    files.check_inputs([one for one in inputs if not one.what])


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


def cord_curve(options: Namespace) -> FloatArray:
    """Fit the centreline of the cord in a segmentation, and check the size of what is straightened along it.

    Raises
    ------
    InputError
        If the segmentation has too little cord, or the volume takes too much memory.
    """
    shape, affine = load_grid(options.along)
    mask = load_mask(options.along, shape, affine)
    try:
        curve = centreline(mask, Grid(shape, affine), options.spacing)
    except InputError as error:
        raise InputError(f"--along {options.along}: {error}") from error
    across = int(np.floor((options.width or WIDTH) / options.spacing)) + 1
    straight = Grid((across, across, len(curve)), np.diag([*[options.spacing] * 3, 1.0]))
    check_memory(
        f"--spacing {options.spacing:g} --width {options.width or WIDTH:g}",
        straight,
        options.spacing,
        lambda voxels: STRAIGHTENED_MB * voxels / 1e6,
    )
    return curve
