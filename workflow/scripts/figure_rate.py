"""Draw quality against the bits that a model needs."""

from isospine.joblog import job_log
from isospine.plotting import save_figure
from isospine.rate_figures import rate_distortion_figure
from isospine.tables import read_table

with job_log(snakemake.log[0]):
    metrics = read_table(snakemake.input.metrics)
    figure = rate_distortion_figure(metrics, snakemake.params.series, snakemake.params.baselines)
    save_figure(figure, snakemake.output)
