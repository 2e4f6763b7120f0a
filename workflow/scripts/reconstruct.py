"""Evaluate a saved model on a grid."""

import torch

from isospine.dataset.bids import bids_uri, reconstruction_sidecar
from isospine.geometry.grid import Grid
from isospine.io.nifti import load_grid, save_volume
from isospine.jobs.device import job_device
from isospine.jobs.guard import see_views_only
from isospine.jobs.log import job_log
from isospine.models.load import load_model

with job_log(snakemake.log[0]), job_device(snakemake.resources.get("gpu", 0)) as device:
    see_views_only(snakemake.wildcards.image, snakemake.input)
    torch.set_num_threads(snakemake.threads)
    model = load_model(snakemake.input.model, device)
    spacing = snakemake.params.spacing
    if snakemake.input.target:
        grid = Grid(*load_grid(snakemake.input.target))
    else:
        grid = model.grid if spacing is None else model.grid.resampled(spacing)
    source = bids_uri(snakemake.input.model.removeprefix("results/"))
    sidecar = reconstruction_sidecar(model.provenance["method"], grid, snakemake.params.resolution, [source])
    save_volume(snakemake.output.image, model.reconstruct(grid), grid.affine, sidecar)
