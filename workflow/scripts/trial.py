"""Run a method on trials of the views' own planes, and score how close it comes."""

from isospine.evaluation.scores import identified
from isospine.evaluation.trials import plane_trials, trial_table
from isospine.io.tables import write_table
from isospine.jobs.guard import see_views_only
from isospine.jobs.job import job
from isospine.methods.job import job_method
from isospine.views.view_set import is_simulated, read_view_sets

params = snakemake.params
with job(snakemake) as this:
    if is_simulated(snakemake.input.records):
        see_views_only(snakemake.wildcards.image, snakemake.input)
    view_sets = read_view_sets(snakemake.input.images, snakemake.input.records, params.contrasts)
    view_set, name = view_sets.pop(params.contrast), params.provenance["method"]
    training = {"hyperparameters": params.hyperparameters, "seed": params.seed}
    with job_method(this, params.provenance, **training, others=[*view_sets.values()]) as method:
        # none of a stack that is too small
        trials = [one for one in plane_trials(view_set) if one.view == params.number]
        scores = trial_table(trials, {name: method})
    record = params.provenance | (training if params.hyperparameters else {})
    write_table(identified(scores, view_set.sources, record), snakemake.output.scores)
