"""Train one coordinate network on the views of one image."""

from isospine.jobs.guard import see_views_only
from isospine.jobs.job import job
from isospine.models.coordinate.train import train_coordinate
from isospine.recipes.kinds import settings_of
from isospine.training.files import save_training
from isospine.training.session import job_session
from isospine.views.simulated import read_simulated, simulated_record

params = snakemake.params
with job(snakemake) as this, job_session(this, params.seed, params.provenance) as session:
    see_views_only(snakemake.wildcards.image, snakemake.input)
    groups = {params.provenance["contrast"]: snakemake.input.views}
    record = simulated_record(groups)
    view_sets = [read_simulated(contrast, record[contrast], own, None) for contrast, own in groups.items()]
    models, curve = train_coordinate(view_sets, settings_of(params.hyperparameters), session)
    for number, model in enumerate(models.values()):
        files = snakemake.output[number :: len(models)]
        save_training(model, curve, *files, joules=session.checkpoint.joules)
