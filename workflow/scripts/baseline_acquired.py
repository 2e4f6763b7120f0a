"""Reconstruct one body from its acquired views without a network."""

import time

from isospine.dataset.bids import reconstruction_sidecar
from isospine.io.atomic import write_json
from isospine.io.nifti import save_volume
from isospine.jobs.energy import EnergyMeter
from isospine.jobs.log import job_log
from isospine.methods.baselines import baseline_method
from isospine.views.placed import body_grid
from isospine.views.record import read_placed

with job_log(snakemake.log[0]):
    placed = read_placed(snakemake.input.images, snakemake.input.placement, snakemake.params.contrast)
    grid = body_grid(placed, **snakemake.params.grid)
    name = snakemake.params.baseline
    meter, start = EnergyMeter(), time.perf_counter()
    image = baseline_method(name)(placed.parts, grid)
    seconds = time.perf_counter() - start
    meter.update()
    sidecar = reconstruction_sidecar(name, grid, "isotropic", snakemake.params.sources)
    save_volume(snakemake.output.image, image, grid.affine, sidecar)
    cost = {"train_seconds": seconds, "train_joules": meter.joules}
    write_json(snakemake.output.record, snakemake.params.provenance | cost)
