"""Write the methods section of a paper, with references and what is needed to repeat the run."""

from isospine import __version__
from isospine.files import read_json, write_text
from isospine.joblog import job_log
from isospine.methods_page import commands, methods_files, reproducibility_facts, run_config
from isospine.methods_text import methods_paragraphs
from isospine.run_facts import dataset_facts

with job_log(snakemake.log[0]):
    dataset = read_json(snakemake.input.record)
    records = [read_json(path) for path in snakemake.input.records]
    params = snakemake.params
    kind, environment = params.source, {"isospine": __version__} | params.versions
    paragraphs = methods_paragraphs(
        dataset,
        records,
        [read_json(path) for path in snakemake.input.sidecars],
        params.configuration,
        params.left_out,
        params.cord,
        environment,
    )
    facts = dataset_facts(dataset, kind) + reproducibility_facts(records, environment, *params.commit)
    config = run_config(params.configuration, dataset, kind)
    files = methods_files(paragraphs, facts, commands(*params.commit), config)
    for path, text in zip(snakemake.output, files, strict=True):
        write_text(path, text)
