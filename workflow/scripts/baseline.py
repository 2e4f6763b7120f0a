"""Reconstruct one contrast of an image from its views without a network."""

import logging
import time

from isospine.dataset.bids import reconstruction_sidecar
from isospine.io.atomic import write_json
from isospine.io.nifti import save_volume
from isospine.jobs.energy import EnergyMeter
from isospine.jobs.guard import see_views_only
from isospine.jobs.job import job
from isospine.jobs.steering import steering_variables
from isospine.methods.baselines import baseline_method
from isospine.physics.view import range_excess
from isospine.views.view_set import is_simulated, read_view_sets

log = logging.getLogger("isospine.baseline")
params = snakemake.params
with job(snakemake):
    if is_simulated(snakemake.input.records):
        see_views_only(snakemake.wildcards.image, snakemake.input)
    view_sets = read_view_sets(
        snakemake.input.images, snakemake.input.records, [params.contrast], params.grid
    )
    view_set, name = view_sets[params.contrast], params.provenance["method"]
    reconstruct = baseline_method(name)
    meter, start = EnergyMeter(), time.perf_counter()
    image = reconstruct(view_set)
    seconds = time.perf_counter() - start
    if excess := range_excess(image, view_set.stacks):
        log.warning("%s by %s %s", snakemake.wildcards.image, name, excess)
    meter.update()
    sidecar = reconstruction_sidecar(name, view_set.grid, view_set.grid_name, params.sources)
    save_volume(snakemake.output.image, image, view_set.grid.affine, sidecar)
    cost = {"train_seconds": seconds, "train_joules": meter.joules}
    environment = {"environment": steering_variables()}
    write_json(snakemake.output.record, params.provenance | cost | environment)
