"""Draw the reference and its views in three planes."""

from isospine.figures.images import planes_figure
from isospine.figures.panels import Panel, spacing_title
from isospine.figures.style import save_figure
from isospine.geometry.display_slices import image_frame
from isospine.io.nifti import load_mask, load_volume
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    reference, affine = load_volume(snakemake.input.reference)
    cord = load_mask(snakemake.input.cord, reference.shape, affine) if snakemake.input.cord else None
    panels = [Panel(f"reference, {spacing_title(affine)}", reference, affine)]
    for plane, path in zip(snakemake.params.planes, snakemake.input.views, strict=True):
        data, own = load_volume(path)
        panels.append(Panel(f"{plane} view, {spacing_title(own)}", data, own))
    figure = planes_figure(panels, image_frame(reference, affine, cord), snakemake.params.field)
    save_figure(figure, snakemake.output)
