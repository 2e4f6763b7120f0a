"""Train a network on a trial of one acquired view, and score how close it comes."""

# loaded by name; imported so that they count in the rule's code until it declares them itself
import isospine.methods.networks
import isospine.models.coordinate.train
import isospine.models.prior.train
import isospine.views.record  # noqa: F401
from isospine.evaluation.scores import identified
from isospine.evaluation.trials import plane_trials, trial_table
from isospine.io.tables import write_table
from isospine.jobs.job import job
from isospine.methods.registry import job_method
from isospine.views.view_set import read_view_sets

params = snakemake.params
with job(snakemake) as this:
    inputs = (snakemake.input.images, snakemake.input.placement)
    view_sets = read_view_sets(*inputs, params.contrasts)
    view_set, name = view_sets.pop(params.contrast), params.provenance["method"]
    training = {"hyperparameters": params.hyperparameters, "seed": params.seed}
    with job_method(this, params.provenance, **training, others=[*view_sets.values()]) as method:
        scores = trial_table(
            [one for one in plane_trials(view_set) if one.view == params.number], {name: method}
        )
    write_table(identified(scores, view_set.sources, params.provenance | training), snakemake.output.scores)
