"""Sum up the metrics per method, as a table and as a page."""

from isospine.io.atomic import write_text
from isospine.io.tables import read_table, write_table
from isospine.jobs.log import job_log
from isospine.report.table_page import table_page
from isospine.statistics.by_contrast import by_contrast, stacked
from isospine.statistics.summary import summarise, summary_headings, summary_text

with job_log(snakemake.log[0]):
    metrics = read_table(snakemake.input.metrics)
    table = stacked({contrast: summarise(own) for contrast, own in by_contrast(metrics).items()})
    write_table(table, snakemake.output.table)
    write_text(
        snakemake.output.page, table_page(table, "Summary by method", summary_text(), summary_headings())
    )
