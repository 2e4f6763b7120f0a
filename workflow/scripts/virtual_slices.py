"""Render slices of a saved model that were never acquired."""

from isospine.dataset.bids import bids_uri, reconstruction_sidecar
from isospine.io.nifti import save_volume
from isospine.jobs.device import job_processors
from isospine.jobs.guard import see_views_only
from isospine.jobs.job import job
from isospine.models.load import load_model
from isospine.physics.virtual_slices import Slab, SlicePlanes, stack_over, virtual_slices

plane = snakemake.params.plane
with job(snakemake) as this, job_processors(this) as device:
    see_views_only(snakemake.wildcards.image, snakemake.input)
    model = load_model(snakemake.input.model, device)
    slab = Slab(plane["thickness"], plane["profile"], plane["project"])
    grid, axis = stack_over(model.grid, plane["plane"], plane["angles"], slab.thickness)
    planes = SlicePlanes.of_slices(grid, axis, slab, float(model.grid.spacing.min()))
    image, _ = virtual_slices(model.reconstruct, model.grid, planes, slab)
    source = bids_uri(snakemake.input.model.removeprefix("results/"))
    sidecar = reconstruction_sidecar(model.provenance["method"], grid, "touching slices", [source])
    sidecar |= slab.sidecar(slab.thickness) | {"Plane": plane["plane"], "Angles": plane["angles"]}
    sidecar["Device"] = model.device.type
    save_volume(snakemake.output.image, image, grid.affine, sidecar)
