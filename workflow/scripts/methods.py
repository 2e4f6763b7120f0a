"""Write the methods section of a paper, with references and what is needed to repeat the run."""

from isospine import __version__
from isospine.citations import bibliography, cited_keys
from isospine.files import read_json, write_text
from isospine.joblog import job_log
from isospine.methods_page import commands, methods_markdown, methods_page, reproducibility_facts, run_config
from isospine.methods_text import methods_paragraphs
from isospine.overview import dataset_facts

with job_log(snakemake.log[0]):
    dataset = read_json(snakemake.input.record)
    records = [read_json(path) for path in snakemake.input.records]
    settings, kind = snakemake.params.configuration, snakemake.params.source
    environment = {"isospine": __version__} | snakemake.params.versions
    paragraphs = methods_paragraphs(
        dataset,
        records,
        [read_json(path) for path in snakemake.input.sidecars],
        settings,
        snakemake.params.left_out,
        snakemake.params.cord,
        environment,
    )
    commit, changed = snakemake.params.commit
    repeat = commands(commit, changed)
    config = run_config(settings, dataset, kind)
    bibtex = bibliography(cited_keys("\n".join(paragraphs)))
    facts = dataset_facts(dataset, kind) + reproducibility_facts(records, environment, commit, changed)
    write_text(snakemake.output.text, methods_markdown(paragraphs, repeat, config))
    write_text(snakemake.output.references, bibtex)
    write_text(snakemake.output.page, methods_page(paragraphs, facts, repeat, config, bibtex))
