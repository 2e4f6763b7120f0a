"""Compare the methods on the same images, as a table and as a page."""

from isospine.io.atomic import write_text
from isospine.io.tables import read_table, write_table
from isospine.jobs.log import job_log
from isospine.report.table_page import table_page
from isospine.statistics.by_contrast import by_contrast, stacked
from isospine.statistics.paired import (
    PAIRED_HEADINGS,
    compare_methods,
    paired_digits,
    paired_text,
    shown_comparisons,
)

with job_log(snakemake.log[0]):
    metrics = by_contrast(read_table(snakemake.input.metrics))
    compared = {contrast: compare_methods(own) for contrast, own in metrics.items()}
    write_table(stacked(compared), snakemake.output.table)
    shown = {
        contrast: shown_comparisons(table, metrics[contrast], snakemake.params.baselines)
        for contrast, table in compared.items()
    }
    table = stacked(shown)
    about = ("Paired comparison of methods", paired_text(), PAIRED_HEADINGS, paired_digits(table))
    page = table_page(table, *about)
    write_text(snakemake.output.page, page)
