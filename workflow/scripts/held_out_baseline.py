"""Run a baseline without some slices of each acquired view, and score how well it predicts them."""

# loaded by name; imported so that they count in the rule's code until it declares them itself
import isospine.views.record  # noqa: F401
from isospine.evaluation.scores import held_out_scores, identified
from isospine.io.tables import write_table
from isospine.jobs.job import job
from isospine.methods.registry import job_method
from isospine.views.view_set import read_view_sets

params = snakemake.params
with job(snakemake) as this:
    inputs = (snakemake.input.images, snakemake.input.placement)
    view_sets = read_view_sets(*inputs, [params.contrast], params.grid)
    view_set, name = view_sets.pop(params.contrast), params.provenance["method"]
    training = {"hyperparameters": None, "seed": None}
    with job_method(this, params.provenance, **training, others=[*view_sets.values()]) as method:
        scores = held_out_scores(view_set, {name: method})
    write_table(identified(scores, view_set.sources, params.provenance), snakemake.output.scores)
