"""Evaluate a saved model on a grid."""

from isospine.dataset.bids import bids_uri, reconstruction_sidecar
from isospine.geometry.grid import Grid
from isospine.io.nifti import load_grid, save_volume
from isospine.jobs.device import job_processors
from isospine.jobs.guard import see_views_only
from isospine.jobs.job import job
from isospine.models.load import load_model

with job(snakemake) as this, job_processors(this) as device:
    see_views_only(snakemake.wildcards.image, snakemake.input)
    model = load_model(snakemake.input.model, device)
    spacing = snakemake.params.spacing
    if snakemake.input.target:
        grid = Grid(*load_grid(snakemake.input.target))
    else:
        grid = model.grid if spacing is None else model.grid.resampled(spacing)
    source = bids_uri(snakemake.input.model.removeprefix("results/"))
    sidecar = reconstruction_sidecar(model.provenance["method"], grid, snakemake.params.resolution, [source])
    sidecar["Device"] = model.device.type
    save_volume(snakemake.output.image, model.reconstruct(grid), grid.affine, sidecar)
