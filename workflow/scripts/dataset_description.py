"""Describe the results as a BIDS derivative dataset."""

from isospine.dataset.bids import BIDSIGNORE, dataset_description
from isospine.io.atomic import read_json, write_json, write_text
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    dataset = read_json(snakemake.input.record)
    write_json(snakemake.output.description, dataset_description(dataset))
    rows = [f"desc-{label}\t{text}" for label, text in snakemake.params.labels.items()]
    write_text(snakemake.output.labels, "\n".join(["desc_id\tdescription", *rows]) + "\n")
    write_text(snakemake.output.ignore, BIDSIGNORE)
