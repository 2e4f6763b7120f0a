"""Write an acquired view where the body was during the first one, and its motion."""

from isospine.dataset.bids import placed_sidecar
from isospine.io.nifti import save_volume
from isospine.jobs.log import job_log
from isospine.views.record import read_placed, save_transform, view_facts

with job_log(snakemake.log[0]):
    placed = read_placed(snakemake.input.images, snakemake.input.record, snakemake.params.contrast)
    number = snakemake.params.number
    view = placed.stacks[number]
    sidecar = placed_sidecar(snakemake.params.source, view_facts(placed, number))
    save_volume(snakemake.output.image, view.data, view.grid.affine, sidecar)
    save_transform(placed.motions[number], snakemake.output.transform)
