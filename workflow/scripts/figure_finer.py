"""Draw reconstructions on a finer grid beside the same on the reference's grid."""

from isospine.figures.images import grids_figure
from isospine.figures.panels import Panel, spacing_title
from isospine.figures.style import save_figure
from isospine.geometry.display_slices import image_frame
from isospine.io.nifti import load_mask, load_volume
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    reference, affine = load_volume(files.reference)
    cord = load_mask(files.cord, reference.shape, affine) if files.cord else None
    truth = Panel(f"reference, {spacing_title(affine)}", reference, affine)
    pairs = []
    for recipe, *paths in zip(params.recipes, files.images, files.finer, strict=True):
        volumes = [load_volume(path) for path in paths]
        same, finer = (Panel(f"INR {recipe}, {spacing_title(own)}", data, own) for data, own in volumes)
        pairs.append((same, finer))
    frame = image_frame(reference, affine, cord)
    save_figure(grids_figure(truth, pairs, frame, params.field), snakemake.output)
