"""List the images of the dataset in the manifest."""

from pathlib import Path

from isospine.dataset.clone import dataset_root
from isospine.dataset.index import index_dataset
from isospine.dataset.manifest import write_manifest
from isospine.io.atomic import read_json
from isospine.jobs.log import job_log
from isospine.plan.population import check_others

with job_log(snakemake.log[0]):
    root = dataset_root(read_json(snakemake.input.record), Path(snakemake.input.record.removesuffix(".json")))
    params = snakemake.params
    chosen = (params.contrasts, params.subjects, params.exclude, params.views, params.persons, params.earlier)
    table = index_dataset(root, *chosen, params.sessions, params.soft)
    check_others(dict(zip(table["image"], table["person"], strict=False)), params.population)
    write_manifest(table, Path(snakemake.output.manifest))
