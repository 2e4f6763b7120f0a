"""Clone the dataset without its content, or find it where it is."""

from pathlib import Path

from isospine.dataset.clone import clone_dataset
from isospine.io.atomic import write_json
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    dataset = snakemake.config["dataset"]
    source = snakemake.input[0].removesuffix(".json") if snakemake.input else dataset["source"]
    folder = Path(snakemake.output.record.removesuffix(".json"))
    write_json(snakemake.output.record, clone_dataset(source, dataset["version"], folder))
