"""`isospine resample`: a trained model on another grid."""

from argparse import Namespace

from isospine.derivatives import reconstruction_sidecar
from isospine.geometry import Grid
from isospine.nifti import load_grid, save_volume
from isospine.reconstruction import load_model


def run(options: Namespace) -> None:
    """Evaluate a model on an isotropic grid, or on the grid of an image."""
    model = load_model(options.model)
    if options.like is None:
        grid, resolution = model.grid.resampled(options.spacing), "isotropic"
    else:
        shape, affine = load_grid(options.like)
        grid, resolution = Grid(shape, affine), f"grid of {options.like.name}"
    sidecar = reconstruction_sidecar(model.provenance["method"], grid, resolution, [options.model.name])
    save_volume(options.output, model.reconstruct(grid), grid.affine, sidecar)
