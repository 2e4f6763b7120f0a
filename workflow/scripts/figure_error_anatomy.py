"""Measure and draw where the errors of the reconstructions of one image lie."""

import logging

from isospine.evaluation.audit import audit_run, audited, simulated_operator
from isospine.evaluation.error_anatomy import error_anatomy
from isospine.evaluation.spectrum import blind_bands
from isospine.figures.comparison import compared_images, read_comparison
from isospine.figures.error_anatomy import error_anatomy_figure
from isospine.figures.style import save_figure
from isospine.io.nifti import load_mask
from isospine.io.tables import read_table, write_table
from isospine.jobs.log import job_log
from isospine.statistics.seen import with_earlier

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    panels, shown = read_comparison(files.reference, files.images, files.metrics, params.shown)
    reference, affine = panels[0].data, panels[0].affine
    cord = load_mask(files.cord, reference.shape, affine) if files.cord else None
    titles, images = compared_images(panels, shown)
    operator = simulated_operator(reference, affine, params.views, params.profile)
    table = error_anatomy(params.name, reference, affine, cord, images, operator)
    knowing = {name for path in files.metrics for name in with_earlier(read_table(path))["method"]}
    networks = [one["title"] for one in shown if one["kind"] == "network" and one["title"] not in knowing]
    for accusation in audit_run(audited(table, knowing), networks)[1]:
        logging.getLogger("isospine").warning(accusation)
    bands = blind_bands(affine, params.views, params.profile)
    figure = error_anatomy_figure(table, titles, bands, cord is not None)
    write_table(table, snakemake.output.table)
    save_figure(figure, [snakemake.output.png, snakemake.output.pdf])
