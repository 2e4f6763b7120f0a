"""Draw quality against one hyperparameter, for a paper and as an interactive page."""

from isospine.figures.ablation import ablation_figure
from isospine.figures.style import save_figure
from isospine.io.atomic import write_text
from isospine.io.tables import read_table
from isospine.jobs.log import job_log
from isospine.report.ablation.page import ablation_page

with job_log(snakemake.log[0]):
    metrics = read_table(snakemake.input.metrics)
    series, baselines = snakemake.params.series, snakemake.params.baselines
    figure = ablation_figure(metrics, series, baselines)
    page = ablation_page(snakemake.params.name, metrics, series, baselines, snakemake.params.seeds)
    save_figure(figure, [snakemake.output.screen, snakemake.output.paper])
    write_text(snakemake.output.page, page)
