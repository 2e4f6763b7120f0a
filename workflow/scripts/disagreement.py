"""Map where the views of a body contradict each other."""

from isospine.dataset.bids import disagreement_sidecar
from isospine.evaluation.disagreement import disagreement
from isospine.io.nifti import save_volume
from isospine.jobs.log import job_log
from isospine.views.placed import body_grid
from isospine.views.record import read_placed

with job_log(snakemake.log[0]):
    placed = read_placed(snakemake.input.images, snakemake.input.record, snakemake.params.contrast)
    grid = body_grid(placed, **snakemake.params.grid)
    sidecar = disagreement_sidecar(grid, snakemake.params.sources)
    save_volume(snakemake.output.image, disagreement(placed.stacks, grid), grid.affine, sidecar)
