"""Go on without the images that failed, or are not finished."""

import sys
from pathlib import Path

from isospine.errors import InputError
from isospine.io.atomic import write_text
from isospine.jobs.status import leave_out, run_status

rows = run_status(snakemake.params.jobs, snakemake.params.left_out)
try:
    gone = leave_out(rows, Path(snakemake.params.path), snakemake.params.states)
except InputError as error:
    write_text(snakemake.log[0], f"ERROR: {error}\n")
    sys.exit(f"ERROR: {error}")
text = (
    f"{len(gone)} of {len(rows)} images are left out from now on: {', '.join(gone) or 'none'}\n"
    f"{snakemake.params.path} says why; delete it, or a line of it, to take them again\n"
)
write_text(snakemake.log[0], text)
print(text, flush=True)
