"""Run a method without some slices of each view, and score how well it predicts them."""

from isospine.evaluation.scores import held_out_scores, identified
from isospine.io.tables import write_table
from isospine.jobs.guard import see_views_only
from isospine.jobs.job import job
from isospine.methods.job import job_method
from isospine.views.view_set import is_simulated, read_view_sets

params = snakemake.params
with job(snakemake) as this:
    if is_simulated(snakemake.input.records):
        see_views_only(snakemake.wildcards.image, snakemake.input)
    view_sets = read_view_sets(snakemake.input.images, snakemake.input.records, params.contrasts, params.grid)
    view_set, name = view_sets.pop(params.contrast), params.provenance["method"]
    training = {"hyperparameters": params.hyperparameters, "seed": params.seed}
    with job_method(this, params.provenance, **training, others=[*view_sets.values()]) as method:
        scores = held_out_scores(view_set, {name: method})
    record = params.provenance | (training if params.hyperparameters else {})
    write_table(identified(scores, view_set.sources, record), snakemake.output.scores)
