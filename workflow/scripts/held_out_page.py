"""Show every held-out slice as a page."""

from isospine.files import write_text
from isospine.html_table import table_page
from isospine.joblog import job_log
from isospine.ranking import HELD_OUT_HEADINGS, HELD_OUT_TEXT
from isospine.tables import read_table

with job_log(snakemake.log[0]):
    table = read_table(snakemake.input.scores)
    write_text(snakemake.output.page, table_page(table, "Held-out slices", HELD_OUT_TEXT, HELD_OUT_HEADINGS))
