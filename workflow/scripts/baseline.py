"""Reconstruct one image from its views without a network."""

import time

from isospine.acquisition import load_view
from isospine.baselines import reconstruct_baseline
from isospine.derivatives import bids_uri, reconstruction_sidecar
from isospine.files import write_json
from isospine.joblog import job_log
from isospine.nifti import save_volume

with job_log(snakemake.log[0]):
    views = [load_view(path) for path in snakemake.input.views]
    name = snakemake.params.baseline
    start = time.perf_counter()
    image, grid = reconstruct_baseline(name, views)
    seconds = time.perf_counter() - start
    sources = [bids_uri(path.removeprefix("results/")) for path in snakemake.input.views]
    sidecar = reconstruction_sidecar(name, grid, "grid of the reference", sources)
    save_volume(snakemake.output.image, image, grid.affine, sidecar)
    write_json(snakemake.output.record, snakemake.params.provenance | {"train_seconds": seconds})
