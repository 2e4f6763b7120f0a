"""Make the embedded demo dataset."""

from isospine.dataset.demo.dataset import make_demo_dataset
from isospine.io.atomic import write_json
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    folder = snakemake.output.record.removesuffix(".json")
    write_json(snakemake.output.record, {"commit": make_demo_dataset(folder)})
