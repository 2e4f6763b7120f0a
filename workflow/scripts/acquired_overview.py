"""Write the front page of the report on acquired views."""

from isospine.io.atomic import read_json, write_text
from isospine.io.tables import read_table
from isospine.jobs.log import job_log
from isospine.report.facts import dataset_facts
from isospine.report.front_page_acquired import acquired_facts, acquired_overview_page

with job_log(snakemake.log[0]):
    images, ranking = read_table(snakemake.input.images), read_table(snakemake.input.ranking)
    settings = snakemake.params.settings
    facts = dataset_facts(read_json(snakemake.input.record), settings["source"])
    facts += acquired_facts(images, settings, *snakemake.params.commit)
    page = acquired_overview_page(
        images, ranking, read_table(snakemake.input.paired), facts, snakemake.params.left_out
    )
    write_text(snakemake.output.page, page)
