"""Gather the scores of the segmentations of all images, with what their columns hold, as tables and as a page."""

from isospine.evaluation import label_agreement, segmentation_scores
from isospine.io.atomic import write_json, write_text
from isospine.io.tables import concatenate_tables, read_table, write_table
from isospine.jobs.log import job_log
from isospine.report.table_page import table_page

TEXT = (
    "One row per image and method, of labels on the views, against the dataset's own segmentation of the spinal cord. "
    "Surface distances in mm, areas in % of that segmentation's."
)
DRAWN_TEXT = (
    "One row per image, method and view with labels. Nobody knows the truth: each segmentation, as the view would show it, is compared "
    "with the labels that were drawn on the view. It was made of these; the segmentation of the other views alone was not, so that "
    "this says how far the views agree and how well the method fills in what lies between slices."
)
HEADINGS = {
    "surface_distance": "surface distance (mm)",
    "surface_distance_95": "its 95th percentile (mm)",
    "area_error": "area error (%)",
    "area_bias": "area bias (%)",
    "dice_others": "dice, labels of the other views alone",
}
#: Decimal places of the page.
DIGITS = {
    **{"dice": 4, "dice_others": 4, "surface_distance": 3, "surface_distance_95": 3},
    **{"area_error": 2, "area_bias": 2},
}

with job_log(snakemake.log[0]):
    output, acquired = snakemake.output, snakemake.params.acquired
    columns = (label_agreement if acquired else segmentation_scores).COLUMNS
    write_table(concatenate_tables(snakemake.input), output.table)
    write_json(output.columns, {name: {"Description": text} for name, text in columns.items()})
    table = read_table(output.table)
    digits = {name: [places] * len(table) for name, places in DIGITS.items() if name in table}
    text, headings = (
        DRAWN_TEXT if acquired else TEXT,
        {name: HEADINGS[name] for name in HEADINGS if name in table},
    )
    write_text(output.page, table_page(table, "Segmentations", text, headings, digits))
