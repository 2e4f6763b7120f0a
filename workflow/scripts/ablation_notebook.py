"""Execute the notebook of the ablations, and write it as a page."""

from pathlib import Path

import nbformat

from isospine.io.atomic import write_text
from isospine.jobs.log import job_log
from isospine.report.notebook import notebook_page, run_notebook

with job_log(snakemake.log[0]):
    source = Path(snakemake.scriptdir).parent / "notebooks" / "ablation.ipynb"
    # where it will be opened, so that it finds the metrics both times
    notebook = run_notebook(source, Path(snakemake.output.notebook).parent)
    write_text(snakemake.output.notebook, nbformat.writes(notebook) + "\n")
    write_text(snakemake.output.page, notebook_page("isospine: ablations", notebook))
