"""Export the finished results as a self-contained dataset."""

from pathlib import Path

from isospine.dataset.export import export_results
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    files = [Path(file) for file in snakemake.input.files]
    export_results(
        files, Path("results"), snakemake.config, Path(snakemake.params.folder), snakemake.params.datalad
    )
