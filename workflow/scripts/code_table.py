"""Stack the scores of every code into one table."""

from isospine.io.tables import concatenate_tables, write_table
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    write_table(concatenate_tables(snakemake.input), snakemake.output.table)
