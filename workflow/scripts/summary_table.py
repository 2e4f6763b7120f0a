"""Sum up the metrics per method, as a table and as a page."""

from isospine.files import write_text
from isospine.html_table import table_page
from isospine.joblog import job_log
from isospine.summary import SUMMARY_HEADINGS, SUMMARY_TEXT, summarise
from isospine.tables import read_table, write_table

with job_log(snakemake.log[0]):
    table = summarise(read_table(snakemake.input.metrics))
    write_table(table, snakemake.output.table)
    write_text(snakemake.output.page, table_page(table, "Summary by method", SUMMARY_TEXT, SUMMARY_HEADINGS))
