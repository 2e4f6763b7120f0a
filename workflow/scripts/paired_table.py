"""Compare the methods on the same images, as a table and as a page."""

from isospine.files import write_text
from isospine.html_table import table_page
from isospine.joblog import job_log
from isospine.paired import PAIRED_HEADINGS, PAIRED_TEXT, compare_methods, shown_comparisons
from isospine.tables import read_table, write_table

with job_log(snakemake.log[0]):
    metrics = read_table(snakemake.input.metrics)
    compared = compare_methods(metrics)
    write_table(compared, snakemake.output.table)
    shown = shown_comparisons(compared, metrics, snakemake.params.baselines)
    page = table_page(shown, "Paired comparison of methods", PAIRED_TEXT, PAIRED_HEADINGS)
    write_text(snakemake.output.page, page)
