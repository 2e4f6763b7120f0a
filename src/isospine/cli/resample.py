"""`isospine resample`: a trained model on another grid, or along the cord."""

from argparse import Namespace

from isospine.dataset.bids import reconstruction_sidecar
from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.geometry.straighten import centreline, straightened
from isospine.io.nifti import load_grid, load_mask, save_volume
from isospine.models.load import load_model


def run(options: Namespace) -> None:
    """Evaluate a model on an isotropic grid, on the grid of an image, or along the cord.

    Raises
    ------
    InputError
        If the model or an image cannot be read, or options do not go together.
    """
    model = load_model(options.model)
    method = model.provenance.get("method")
    if not isinstance(method, str):
        raise InputError(f"{options.model}: does not say its method; train the model again")
    if options.like is not None:
        if options.along is not None:
            raise InputError("--along: goes with --spacing, not with --like; leave one of them out")
        shape, affine = load_grid(options.like)
        grid, resolution = Grid(shape, affine), f"grid of {options.like.name}"
    else:
        grid, resolution = model.grid.resampled(options.spacing), "isotropic"
    image, affine = model.reconstruct(grid), grid.affine
    if options.along is not None:
        mask_shape, mask_affine = load_grid(options.along)
        mask = load_mask(options.along, mask_shape, mask_affine)
        curve = centreline(mask, Grid(mask_shape, mask_affine), options.spacing)
        image, affine = straightened(image, grid, curve, options.spacing, options.width)
        resolution = f"straightened along the middle of {options.along.name}"
    sidecar = reconstruction_sidecar(method, grid, resolution, [options.model.name])
    save_volume(options.output, image, affine, sidecar)
