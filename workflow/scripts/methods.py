"""Write the methods section of a paper, with references and what is needed to repeat the run."""

from isospine.io.atomic import read_json, write_text
from isospine.jobs.log import job_log
from isospine.report.methods.page import methods_files
from isospine.report.methods.text import methods_paragraphs
from isospine.version import __version__

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    dataset = read_json(files.record)
    records = [read_json(path) for path in files.records]
    # what was estimated of acquired views, or the sidecars of simulated ones
    views = [read_json(path) for path in files.get("placements") or files.sidecars]
    environment = {"isospine": __version__} | params.versions
    paragraphs = methods_paragraphs(
        dataset,
        records,
        views,
        params.configuration,
        params.left_out,
        environment,
        cord=params.get("cord", False),
        persons=params.persons,
    )
    about = (dataset, records, params.configuration, params.source, environment, *params.commit)
    for path, text in zip(snakemake.output, methods_files(paragraphs, *about), strict=True):
        write_text(path, text)
