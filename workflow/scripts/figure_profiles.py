"""Measure and draw intensities along lines across the cord and along the vertebral column of one image."""

from isospine.evaluation.line_profiles import intensity_profiles, profile_lines
from isospine.figures.comparison import compared_images, read_comparison
from isospine.figures.line_profiles import profile_figure, slice_thicknesses
from isospine.figures.style import save_figure
from isospine.geometry.display_slices import image_frame
from isospine.io.nifti import load_mask
from isospine.io.tables import write_table
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    panels, shown = read_comparison(files.reference, files.images, files.metrics, params.shown)
    reference, affine = panels[0].data, panels[0].affine
    cord = load_mask(files.cord, reference.shape, affine) if files.cord else None
    frame = image_frame(reference, affine, cord)
    lines = profile_lines(reference, affine, frame, cord)
    titles, images = compared_images(panels, shown)
    table = intensity_profiles(params.name, reference, affine, lines, images)
    thicknesses = slice_thicknesses(affine, params.views)
    figure = profile_figure(table, titles, lines, panels[0], frame, thicknesses)
    write_table(table, snakemake.output.table)
    save_figure(figure, [snakemake.output.png, snakemake.output.pdf])
