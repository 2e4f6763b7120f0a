"""Reconstruct one body from its acquired views without a network."""

import time

# loaded by name; imported so that they count in the rule's code until it declares them itself
import isospine.views.record  # noqa: F401
from isospine.dataset.bids import reconstruction_sidecar
from isospine.io.atomic import write_json
from isospine.io.nifti import save_volume
from isospine.jobs.energy import EnergyMeter
from isospine.jobs.job import job
from isospine.methods.baselines import baseline_method
from isospine.views.view_set import read_view_sets

params = snakemake.params
with job(snakemake):
    inputs = (snakemake.input.images, snakemake.input.placement)
    view_set = read_view_sets(*inputs, [params.contrast], params.grid)[params.contrast]
    name = params.baseline
    reconstruct = baseline_method(name)
    meter, start = EnergyMeter(), time.perf_counter()
    image = reconstruct(view_set)
    seconds = time.perf_counter() - start
    meter.update()
    sidecar = reconstruction_sidecar(name, view_set.grid, view_set.grid_name, params.sources)
    save_volume(snakemake.output.image, image, view_set.grid.affine, sidecar)
    cost = {"train_seconds": seconds, "train_joules": meter.joules}
    write_json(snakemake.output.record, params.provenance | cost)
