"""Get one file of the dataset, checked against the manifest."""

from pathlib import Path

from isospine.dataset.clone import dataset_root
from isospine.dataset.fetch import fetch_file
from isospine.io.atomic import read_json
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    # not an input: what identifies the file is its content in params, so that another clone's cache can serve it
    clone = Path("results/sourcedata/dataset")
    root = dataset_root(read_json(clone.with_suffix(".json")), clone)
    # whether to keep it is no param, since the file is the same
    keep = snakemake.config["dataset"]["keep"]
    fetch_file(root, **snakemake.params.file, destination=Path(snakemake.output.image), keep=keep)
