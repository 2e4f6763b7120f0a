"""Run a baseline on a trial of each acquired view, and tell how close it comes."""

from isospine.evaluation.scores import identified
from isospine.evaluation.trials import plane_trials, trial_table
from isospine.io.tables import write_table
from isospine.jobs.log import job_log
from isospine.methods.baselines import baseline_method
from isospine.views.record import read_placed

with job_log(snakemake.log[0]):
    placed = read_placed(snakemake.input.images, snakemake.input.placement, snakemake.params.contrast)
    name = snakemake.params.baseline
    scores = trial_table(plane_trials(placed.stacks), {name: baseline_method(name)})
    write_table(identified(scores, placed, snakemake.params.provenance), snakemake.output.scores)
