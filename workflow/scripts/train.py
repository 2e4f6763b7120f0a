"""Train a method's model on the views of one image, of one contrast or of several together."""

from isospine.io.nifti import load_volume
from isospine.jobs.guard import see_views_only
from isospine.jobs.job import job
from isospine.models.train import train
from isospine.plan.population import learned_from
from isospine.recipes.kinds import settings_of
from isospine.training.files import read_contents, save_training
from isospine.training.session import job_session
from isospine.views.view_set import is_simulated, read_view_sets

params = snakemake.params
with job(snakemake) as this, job_session(this, params.seed, params.provenance) as session:
    if is_simulated(snakemake.input.records):
        see_views_only(snakemake.wildcards.image, snakemake.input, snakemake.input.earlier)
    view_sets = read_view_sets(snakemake.input.images, snakemake.input.records, params.contrasts, params.grid)
    others = learned_from(params.population, snakemake.wildcards.image)
    names = [image.split("/")[-1] for image in others]
    known = [*map(load_volume, snakemake.input.references), *map(read_contents, snakemake.input.starts)]
    references = dict(zip(names, known, strict=True))
    if params.earlier:
        references[params.earlier] = load_volume(snakemake.input.earlier[0])
    models, curve = train([*view_sets.values()], settings_of(params.hyperparameters), session, references)
    for number, contrast in enumerate(params.contrasts):
        # models of all contrasts, then their curves and their records
        files = snakemake.output[number :: len(models)]
        save_training(models[contrast], curve, *files, joules=session.checkpoint.joules)
