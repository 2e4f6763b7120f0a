"""Stack the metrics of every reconstruction into one table, with the person whom each image shows."""

from isospine.io.tables import concatenate_tables, write_table
from isospine.jobs.log import job_log
from isospine.statistics.persons import with_persons

with job_log(snakemake.log[0]):
    table = concatenate_tables(snakemake.input)
    write_table(with_persons(table, snakemake.params.persons), snakemake.output.table)
