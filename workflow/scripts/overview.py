"""Write the front page of the report."""

from isospine.files import read_json, write_text
from isospine.joblog import job_log
from isospine.overview import overview_page
from isospine.run_facts import dataset_facts, run_facts
from isospine.tables import read_table
from isospine.thumbnail import data_uri

with job_log(snakemake.log[0]):
    metrics = read_table(snakemake.input.metrics)
    settings = snakemake.params.settings
    facts = dataset_facts(read_json(snakemake.input.record), settings["source"])
    facts += run_facts(metrics, settings, *snakemake.params.commit)
    hero = (snakemake.params.image, data_uri(snakemake.input.hero, 1000))
    page = overview_page(metrics, read_table(snakemake.input.paired), facts, snakemake.params.left_out, hero)
    write_text(snakemake.output.page, page)
