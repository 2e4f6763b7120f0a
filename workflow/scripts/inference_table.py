"""Tabulate what a voxel costs each network of coordinates, as a table and as a page."""

import pandas as pd

from isospine.io.atomic import write_text
from isospine.io.tables import read_table, write_table
from isospine.jobs.log import job_log
from isospine.report.inference import inference_headings, inference_table, inference_text
from isospine.report.table_page import table_page
from isospine.statistics.by_contrast import by_contrast, stacked

with job_log(snakemake.log[0]):
    networks = snakemake.params.networks
    tables = [read_table(path) for path in snakemake.input]
    scores = pd.concat(tables, ignore_index=True) if tables else None
    parts = {"": None} if scores is None else by_contrast(scores)
    table = stacked({contrast: inference_table(networks, own) for contrast, own in parts.items()})
    write_table(table, snakemake.output.table)
    page = table_page(table, "Cost of a voxel, and fixed point", inference_text(scores), inference_headings())
    write_text(snakemake.output.page, page)
