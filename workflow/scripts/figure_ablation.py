"""Draw quality against one hyperparameter."""

from isospine.ablation_figures import ablation_figure
from isospine.joblog import job_log
from isospine.plotting import save_figure
from isospine.tables import read_table

with job_log(snakemake.log[0]):
    metrics = read_table(snakemake.input.metrics)
    figure = ablation_figure(metrics, snakemake.params.series, snakemake.params.baselines)
    save_figure(figure, snakemake.output)
