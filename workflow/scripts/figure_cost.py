"""Draw quality against computing time."""

from isospine.figures.cost import cost_figure
from isospine.figures.style import save_figure
from isospine.io.tables import read_table
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    figure = cost_figure(read_table(snakemake.input.metrics), snakemake.params.baselines)
    save_figure(figure, snakemake.output)
