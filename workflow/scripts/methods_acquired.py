"""Write the methods section of a paper on acquired views, with references and what is needed to repeat the run."""

from isospine import __version__
from isospine.io.atomic import read_json, write_text
from isospine.jobs.log import job_log
from isospine.report.methods.page import methods_files
from isospine.report.methods.text import methods_paragraphs

with job_log(snakemake.log[0]):
    dataset = read_json(snakemake.input.record)
    records = [read_json(path) for path in snakemake.input.records]
    params = snakemake.params
    environment = {"isospine": __version__} | params.versions
    paragraphs = methods_paragraphs(
        dataset,
        records,
        [read_json(path) for path in snakemake.input.placements],
        params.configuration,
        params.left_out,
        environment,
    )
    about = (dataset, records, params.configuration, params.source, environment, *params.commit)
    files = methods_files(paragraphs, *about)
    for path, text in zip(snakemake.output, files, strict=True):
        write_text(path, text)
