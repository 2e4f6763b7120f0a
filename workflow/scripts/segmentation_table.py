"""Gather the scores of the segmentations of all images, with what their columns hold, as tables and as a page."""

from isospine.evaluation.segmentation_scores import COLUMNS
from isospine.io.atomic import write_json, write_text
from isospine.io.tables import concatenate_tables, read_table, write_table
from isospine.jobs.log import job_log
from isospine.report.table_page import table_page

TEXT = (
    "One row per image and method, of labels on the views, against the dataset's own segmentation of the spinal cord. "
    "Surface distances in mm, areas in % of that segmentation's."
)
HEADINGS = {
    "surface_distance": "surface distance (mm)",
    "surface_distance_95": "its 95th percentile (mm)",
    "area_error": "area error (%)",
    "area_bias": "area bias (%)",
}
#: Decimal places of the page.
DIGITS = {"dice": 4, "surface_distance": 3, "surface_distance_95": 3, "area_error": 2, "area_bias": 2}

with job_log(snakemake.log[0]):
    output = snakemake.output
    write_table(concatenate_tables(snakemake.input), output.table)
    write_json(output.columns, {name: {"Description": text} for name, text in COLUMNS.items()})
    table = read_table(output.table)
    digits = {name: [places] * len(table) for name, places in DIGITS.items()}
    write_text(output.page, table_page(table, "Segmentations", TEXT, HEADINGS, digits))
