"""Simulate one thick-slice view of a reference."""

from isospine.dataset.bids import bids_uri, view_sidecar
from isospine.geometry.grid import Grid
from isospine.io.atomic import read_json
from isospine.io.nifti import load_volume, save_volume
from isospine.jobs.log import job_log
from isospine.physics.simulate import acquire, add_rician_noise, noise_seed

with job_log(snakemake.log[0]):
    spec, noise = snakemake.params.view, snakemake.params.noise
    reference, affine = load_volume(snakemake.input.reference)
    grid = Grid(reference.shape, affine)
    view = acquire(reference, grid, spec["plane"], spec["factor"], snakemake.params.profile)
    data = view.data
    if noise > 0:
        sigma = noise * float(reference.max() - reference.min())
        data = add_rician_noise(data, sigma, noise_seed(snakemake.params.image, spec["plane"]))
    source = bids_uri(snakemake.input.reference.removeprefix("results/"))
    sidecar = view_sidecar(
        view, spec["plane"], spec["factor"], noise, source, read_json(snakemake.input.sidecar)
    )
    save_volume(snakemake.output.image, data, view.grid.affine, sidecar)
