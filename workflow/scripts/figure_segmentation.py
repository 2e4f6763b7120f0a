"""Score the segmentations of one image against the dataset's own, and draw them."""

from isospine.evaluation.segmentation_scores import segmentation_scores
from isospine.figures.panels import Panel
from isospine.figures.segmentation import segmentation_figure
from isospine.figures.style import save_figure
from isospine.geometry.grid import Grid
from isospine.io.nifti import load_labels, load_mask, load_volume
from isospine.io.tables import write_table
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    reference, affine = load_volume(files.reference)
    truth = load_mask(files.truth, reference.shape, affine)
    occupancies = {name: load_labels(path) for name, path in zip(params.methods, files.images, strict=True)}
    masks = {name: occupancy > 0.5 for name, occupancy in occupancies.items()}
    table = segmentation_scores(params.about, masks, truth > 0, Grid(reference.shape, affine))
    write_table(table, snakemake.output.table)
    figure = segmentation_figure(Panel("reference", reference, affine), truth, occupancies)
    save_figure(figure, [snakemake.output.png, snakemake.output.pdf])
