"""Draw reconstructions of one image beside the reference, with their errors."""

from isospine.comparison import choose_interpolation, comparison_panels
from isospine.image_figures import comparison_figure
from isospine.joblog import job_log
from isospine.nifti import load_mask, load_volume
from isospine.plotting import save_figure
from isospine.slices import image_frame
from isospine.tables import read_table

with job_log(snakemake.log[0]):
    reference, affine = load_volume(snakemake.input.reference)
    cord = load_mask(snakemake.input.cord, reference.shape, affine) if snakemake.input.cord else None
    tables = [read_table(path) for path in snakemake.input.metrics]
    chosen = choose_interpolation(snakemake.params.shown, tables)
    images = [load_volume(snakemake.input.images[number])[0] for number in chosen]
    shown = [(snakemake.params.shown[number], tables[number]) for number in chosen]
    panels = comparison_panels(reference, affine, images, shown)
    frame = image_frame(reference, affine, cord)
    figure = comparison_figure(panels, frame, snakemake.params.field, snakemake.params.patch)
    save_figure(figure, snakemake.output)
