"""Evaluate a network of coordinates in fixed point, and score it against the reference."""

from isospine.evaluation.fixed_point import format_scores
from isospine.io.nifti import load_mask, load_volume
from isospine.io.tables import write_table
from isospine.jobs.device import job_processors
from isospine.jobs.job import job
from isospine.models.coordinate.fixed_point import fixed_point_images
from isospine.models.load import load_model
from isospine.views.view_set import read_view_sets

given, params = snakemake.input, snakemake.params
with job(snakemake) as this, job_processors(this) as device:
    view_sets = read_view_sets(given.images, given.records, [params.contrast])
    model = load_model(given.model, device)
    # before the reference is read
    images = fixed_point_images(model, view_sets[params.contrast].views, params.bits)
    reference, affine = load_volume(given.reference)
    cord = load_mask(given.cord, reference.shape, affine) if given.cord else None
    about = {key: model.provenance[key] for key in ("image", "contrast", "method", "seed")}
    write_table(format_scores(reference, cord, images, about), snakemake.output.scores)
