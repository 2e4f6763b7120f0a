"""Train one network on the acquired views of all contrasts of one body."""

# loaded by name; imported so that they count in the rule's code until it declares them itself
import isospine.models.coordinate.train
import isospine.views.record  # noqa: F401
from isospine.jobs.job import job
from isospine.models.train import train
from isospine.recipes.kinds import settings_of
from isospine.training.files import save_training
from isospine.training.session import job_session
from isospine.views.view_set import read_view_sets

params = snakemake.params
with job(snakemake) as this, job_session(this, params.seed, params.provenance) as session:
    inputs = (snakemake.input.images, snakemake.input.placement)
    view_sets = read_view_sets(*inputs, params.contrasts, params.grid)
    models, curve = train([*view_sets.values()], settings_of(params.hyperparameters), session)
    for number, model in enumerate(models.values()):
        files = snakemake.output[number :: len(models)]
        save_training(model, curve, *files, joules=session.checkpoint.joules)
