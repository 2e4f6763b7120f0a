"""Show the reference, the best classical method and a network in slices that follow the cord, as an interactive page."""

from isospine.figures.comparison import read_comparison
from isospine.io.atomic import write_text
from isospine.io.nifti import load_mask
from isospine.jobs.log import job_log
from isospine.report.viewer.along_cord import along_cord_page

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    panels, _ = read_comparison(files.reference, files.images, files.metrics, params.shown)
    cord = load_mask(files.cord, panels[0].data.shape, panels[0].affine)
    write_text(snakemake.output.page, along_cord_page(f"Along the cord of {params.name}", panels, cord))
