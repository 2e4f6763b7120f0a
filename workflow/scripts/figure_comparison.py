"""Draw reconstructions of one image beside the reference, with their errors."""

from isospine.figures.comparison import read_comparison
from isospine.figures.images import comparison_figure
from isospine.figures.style import save_figure
from isospine.geometry.display_slices import image_frame
from isospine.io.nifti import load_mask
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    panels, _ = read_comparison(files.reference, files.images, files.metrics, params.shown)
    volume, affine = panels[0].data, panels[0].affine
    cord = load_mask(files.cord, volume.shape, affine) if files.cord else None
    frame = image_frame(volume, affine, cord)
    save_figure(comparison_figure(panels, frame, params.field, params.patch), snakemake.output)
