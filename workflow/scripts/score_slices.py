"""Score slices that were never acquired against the same slices of the reference."""

from isospine.evaluation.virtual_slices import slices_row, slices_score
from isospine.geometry.grid import Grid
from isospine.geometry.planes import thick_axis
from isospine.io.atomic import read_json
from isospine.io.nifti import load_volume
from isospine.io.tables import write_table
from isospine.jobs.log import job_log
from isospine.physics.virtual_slices import Slab

plane = snakemake.params.plane
with job_log(snakemake.log[0]):
    reference, affine = load_volume(snakemake.input.reference)
    image, own = load_volume(snakemake.input.image)
    slab = Slab(plane["thickness"], plane["profile"], plane["project"])
    axis = thick_axis(affine, plane["plane"])
    grid, slices = Grid(reference.shape, affine), Grid(image.shape, own)
    row = slices_row(read_json(snakemake.input.record), snakemake.params.name, plane)
    write_table([row | slices_score(reference, grid, image, slices, axis, slab)], snakemake.output.scores)
