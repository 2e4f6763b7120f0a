"""Run a baseline without some slices of each acquired view, and tell how well it predicts them."""

from isospine.evaluation.scores import held_out_scores, identified
from isospine.io.tables import write_table
from isospine.jobs.log import job_log
from isospine.methods.baselines import baseline_method
from isospine.views.placed import body_grid
from isospine.views.record import read_placed

with job_log(snakemake.log[0]):
    placed = read_placed(snakemake.input.images, snakemake.input.placement, snakemake.params.contrast)
    name = snakemake.params.baseline
    scores = held_out_scores(
        placed, body_grid(placed, **snakemake.params.grid), {name: baseline_method(name)}
    )
    write_table(identified(scores, placed, snakemake.params.provenance), snakemake.output.scores)
