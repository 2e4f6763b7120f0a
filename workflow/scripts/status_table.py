"""Show which images are in the results, and why others are not, as a table and as a page."""

import pandas as pd

from isospine.io.atomic import write_text
from isospine.io.tables import write_table
from isospine.jobs.log import job_log
from isospine.jobs.status import STATUS_TEXT, finished_status
from isospine.report.table_page import table_page

with job_log(snakemake.log[0]):
    table = pd.DataFrame(finished_status(snakemake.params.jobs, snakemake.params.left_out))
    write_table(table, snakemake.output.table)
    write_text(snakemake.output.page, table_page(table, "Status of each image", STATUS_TEXT, {}))
