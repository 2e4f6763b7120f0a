"""Measure and draw where the errors of the reconstructions of one image lie."""

from isospine.comparison import choose_interpolation, shown_title
from isospine.error_anatomy import error_anatomy
from isospine.error_anatomy_figure import error_anatomy_figure
from isospine.joblog import job_log
from isospine.nifti import load_mask, load_volume
from isospine.plotting import save_figure
from isospine.spectrum import blind_bands
from isospine.tables import read_table, write_table

with job_log(snakemake.log[0]):
    reference, affine = load_volume(snakemake.input.reference)
    cord = load_mask(snakemake.input.cord, reference.shape, affine) if snakemake.input.cord else None
    shown = snakemake.params.shown
    chosen = choose_interpolation(shown, [read_table(path) for path in snakemake.input.metrics])
    # one volume after the other, for memory
    images = ((shown[n]["title"], load_volume(snakemake.input.images[n])[0]) for n in chosen)
    table = error_anatomy(snakemake.params.name, reference, affine, cord, images)
    titles = {shown[n]["title"]: shown_title(shown[n]) for n in chosen}
    bands = blind_bands(affine, snakemake.params.views, snakemake.params.profile)
    figure = error_anatomy_figure(table, titles, bands, cord is not None)
    write_table(table, snakemake.output.table)
    save_figure(figure, [snakemake.output.png, snakemake.output.pdf])
