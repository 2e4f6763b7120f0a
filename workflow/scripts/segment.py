"""Make one segmentation of the labels on the views of an image, which alone are read."""

import numpy as np

from isospine.dataset.bids import segmentation_sidecar
from isospine.io.nifti import save_volume
from isospine.jobs.guard import see_views_only
from isospine.jobs.job import job
from isospine.physics.fine_grid import fine_grid
from isospine.segmentation.methods import METHODS
from isospine.views.simulated import load_view

params, files = snakemake.params, snakemake.output
with job(snakemake):
    see_views_only(snakemake.wildcards.image, [*snakemake.input.labels, *snakemake.input.sidecars])
    views = [load_view(path) for path in snakemake.input.labels]
    grid = fine_grid(views)
    occupancy = METHODS[params.method](views, grid)
    sidecar = segmentation_sidecar(params.method, grid, "grid of the reference", params.sources)
    save_volume(files.image, occupancy, grid.affine, sidecar)
    save_volume(files.mask, (occupancy > 0.5).astype(np.uint8), grid.affine, sidecar)
