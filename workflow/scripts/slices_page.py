"""Show scores of single slices as a page."""

from isospine.io.atomic import write_text
from isospine.io.tables import read_table
from isospine.jobs.log import job_log
from isospine.report.table_page import table_page
from isospine.statistics.ranking import SLICE_HEADINGS, SLICES_TEXT

with job_log(snakemake.log[0]):
    scored = snakemake.params.scored
    table = read_table(snakemake.input.scores)
    page = table_page(table, scored.capitalize(), SLICES_TEXT[scored], SLICE_HEADINGS)
    write_text(snakemake.output.page, page)
