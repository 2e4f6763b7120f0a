"""Gather the scores of slices that were never acquired, with the person whom each image shows, as a table and as a page."""

from isospine.io.atomic import write_text
from isospine.io.tables import concatenate_tables, read_table, write_table
from isospine.jobs.log import job_log
from isospine.report.virtual_slices import slices_page
from isospine.statistics.persons import with_persons

with job_log(snakemake.log[0]):
    output = snakemake.output
    write_table(with_persons(concatenate_tables(snakemake.input), snakemake.params.persons), output.table)
    write_text(output.page, slices_page(read_table(output.table)))
