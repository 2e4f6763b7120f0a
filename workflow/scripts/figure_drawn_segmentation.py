"""Gather the agreement of the segmentations of one body with the labels on its views, and draw them."""

from isospine.figures.panels import Panel
from isospine.figures.segmentation import segmentation_figure
from isospine.figures.style import save_figure
from isospine.io.nifti import load_labels
from isospine.io.tables import concatenate_tables, write_table
from isospine.jobs.log import job_log
from isospine.solvers.interpolation import cubic
from isospine.views.placed import body_grid
from isospine.views.record import read_placed

with job_log(snakemake.log[0]):
    read, params = snakemake.input, snakemake.params
    write_table(concatenate_tables(read.scores), snakemake.output.table)
    placed = read_placed(read.images, read.record, params.contrast)
    grid = body_grid(placed, **params.grid)
    occupancies = {
        name: load_labels(path) for name, path in zip(params.methods, read.segmentations, strict=True)
    }
    shown = Panel("mean of the views", cubic(placed.stacks, grid), grid.affine)
    save_figure(segmentation_figure(shown, None, occupancies), [snakemake.output.png, snakemake.output.pdf])
