"""Make one segmentation of the labels that were drawn on the acquired views of a body, with its areas and agreement."""

from pathlib import Path

import numpy as np

from isospine.dataset.bids import segmentation_sidecar
from isospine.io.nifti import save_volume
from isospine.io.tables import write_csv, write_table
from isospine.jobs.job import job
from isospine.methods.segment_drawn import measured_areas, read_placed_labels, score, segment_by
from isospine.views.placed import body_grid
from isospine.views.record import read_placed

params, read, files = snakemake.params, snakemake.input, snakemake.output
with job(snakemake):
    placed = read_placed(read.images, read.record, params.contrast)
    grid = body_grid(placed, **params.grid)
    labels = read_placed_labels(list(map(Path, read.labels)), placed, params.numbers, params.names, grid)
    occupancy = segment_by(params.method, labels, grid)
    mask = occupancy > 0.5
    write_table(score(params.about, params.method, labels, occupancy, grid), files.scores)
    write_csv(measured_areas(Path(files.mask).name, mask, grid), files.areas)
    sidecar = segmentation_sidecar(params.method, grid, "isotropic", params.sources)
    save_volume(files.image, occupancy, grid.affine, sidecar)
    save_volume(files.mask, mask.astype(np.uint8), grid.affine, sidecar)
