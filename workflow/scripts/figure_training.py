"""Draw the training curves of a run."""

from isospine.figures.cost import training_figure
from isospine.figures.style import save_figure
from isospine.io.tables import read_table
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    curves = [read_table(path) for path in snakemake.input.curves]
    runs = list(zip(snakemake.params.methods, curves, strict=True))
    save_figure(training_figure(runs, snakemake.params.groups), snakemake.output)
