"""Describe the simulated views of one image, of all contrasts, for whatever reads them."""

from isospine.io.atomic import write_json
from isospine.jobs.job import job
from isospine.views.simulated import simulated_record

with job(snakemake):
    files = iter(snakemake.input.images)
    groups = {
        contrast: [next(files) for _ in range(count)] for contrast, count in snakemake.params.views.items()
    }
    write_json(snakemake.output.record, simulated_record(groups))
