"""Draw quality against the bits that a model needs."""

from isospine.figures.rate import rate_distortion_figure
from isospine.figures.style import save_figure
from isospine.io.tables import read_table
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    metrics = read_table(snakemake.input.metrics)
    codes = read_table(snakemake.input.codes) if snakemake.input.codes else None
    figure = rate_distortion_figure(metrics, snakemake.params.series, snakemake.params.baselines, codes)
    save_figure(figure, snakemake.output)
