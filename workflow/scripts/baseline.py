"""Reconstruct one image from its views without a network."""

import time

from isospine.dataset.bids import bids_uri, reconstruction_sidecar
from isospine.io.atomic import write_json
from isospine.io.nifti import save_volume
from isospine.jobs.energy import EnergyMeter
from isospine.jobs.guard import see_views_only
from isospine.jobs.job import job
from isospine.methods.baselines import baseline_method
from isospine.views.simulated import read_simulated, simulated_record

params = snakemake.params
with job(snakemake):
    see_views_only(snakemake.wildcards.image, snakemake.input)
    name, contrast = params.baseline, params.provenance["contrast"]
    record = simulated_record({contrast: snakemake.input.views})
    view_set = read_simulated(contrast, record[contrast], snakemake.input.views, None)
    reconstruct = baseline_method(name)
    meter, start = EnergyMeter(), time.perf_counter()
    image = reconstruct(view_set)
    seconds = time.perf_counter() - start
    meter.update()
    sources = [bids_uri(path.removeprefix("results/")) for path in snakemake.input.views]
    sidecar = reconstruction_sidecar(name, view_set.grid, view_set.grid_name, sources)
    save_volume(snakemake.output.image, image, view_set.grid.affine, sidecar)
    cost = {"train_seconds": seconds, "train_joules": meter.joules}
    write_json(snakemake.output.record, params.provenance | cost)
