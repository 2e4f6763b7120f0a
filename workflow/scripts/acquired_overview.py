"""Write the front page of the report on acquired views."""

from isospine.io.atomic import read_json, write_text
from isospine.io.tables import read_table
from isospine.jobs.log import job_log
from isospine.report.facts import dataset_facts, run_facts
from isospine.report.front_page import front_page

with job_log(snakemake.log[0]):
    images, ranking = read_table(snakemake.input.images), read_table(snakemake.input.ranking)
    settings = snakemake.params.settings
    facts = dataset_facts(read_json(snakemake.input.record), settings["source"])
    facts += run_facts(images, settings, *snakemake.params.commit)
    paired = read_table(snakemake.input.paired)
    page = front_page(images, paired, facts, snakemake.params.left_out, ranking)
    write_text(snakemake.output.page, page)
