"""Show the metrics of every reconstruction as a page."""

from isospine.io.atomic import write_text
from isospine.io.tables import read_table
from isospine.jobs.log import job_log
from isospine.report.table_page import table_page
from isospine.statistics.summary import metrics_headings, metrics_text

with job_log(snakemake.log[0]):
    table = read_table(snakemake.input.metrics)
    page = table_page(table, "All metrics", metrics_text(table), metrics_headings())
    write_text(snakemake.output.page, page)
