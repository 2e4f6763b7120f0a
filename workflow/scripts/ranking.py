"""Rank methods by trials on the planes of the acquired views, as tables and as a page."""

from isospine.io.atomic import write_text
from isospine.io.tables import read_table, write_table
from isospine.jobs.log import job_log
from isospine.report.table_page import table_page
from isospine.statistics.ranking import RANKING_HEADINGS, RANKING_TEXT, image_scores, rank_methods

with job_log(snakemake.log[0]):
    images = image_scores(read_table(snakemake.input.trials))
    table = rank_methods(images)
    write_table(images, snakemake.output.images)
    write_table(table, snakemake.output.table)
    page = table_page(table, "Methods by trials", RANKING_TEXT, RANKING_HEADINGS)
    write_text(snakemake.output.page, page)
