"""Print how far each image of the run is."""

from isospine.io.atomic import write_text
from isospine.jobs.status import run_status, status_text

text = status_text(run_status(snakemake.params.jobs, snakemake.params.left_out))
write_text(snakemake.log[0], text)
print(text, flush=True)
