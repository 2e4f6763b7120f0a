"""Reconstruct one image from its views without a network."""

import time

from isospine.dataset.bids import bids_uri, reconstruction_sidecar
from isospine.io.atomic import write_json
from isospine.io.nifti import save_volume
from isospine.jobs.energy import EnergyMeter
from isospine.jobs.guard import see_views_only
from isospine.jobs.log import job_log
from isospine.methods.baselines import reconstruct_baseline
from isospine.views.simulated import load_view

with job_log(snakemake.log[0]):
    see_views_only(snakemake.wildcards.image, snakemake.input)
    views = [load_view(path) for path in snakemake.input.views]
    name = snakemake.params.baseline
    meter, start = EnergyMeter(), time.perf_counter()
    image, grid = reconstruct_baseline(name, views)
    seconds = time.perf_counter() - start
    meter.update()
    sources = [bids_uri(path.removeprefix("results/")) for path in snakemake.input.views]
    sidecar = reconstruction_sidecar(name, grid, "grid of the reference", sources)
    save_volume(snakemake.output.image, image, grid.affine, sidecar)
    cost = {"train_seconds": seconds, "train_joules": meter.joules}
    write_json(snakemake.output.record, snakemake.params.provenance | cost)
