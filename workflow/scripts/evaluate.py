"""Measure one reconstruction against the reference."""

from isospine.evaluation import evaluate
from isospine.files import read_json
from isospine.joblog import job_log
from isospine.nifti import load_mask, load_volume
from isospine.tables import write_table

with job_log(snakemake.log[0]):
    reference, affine = load_volume(snakemake.input.reference)
    image, _ = load_volume(snakemake.input.image)
    cord = load_mask(snakemake.input.cord, reference.shape, affine) if snakemake.input.cord else None
    record = read_json(snakemake.input.record)
    table = evaluate(reference, image, cord, record, snakemake.params.acquisition)
    write_table(table, snakemake.output.metrics)
