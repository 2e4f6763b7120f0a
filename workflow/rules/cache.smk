"""What `--cache` takes from other working directories is checked."""

import snakemake.workflow as engine

from isospine.output_cache import CheckedOutputFileCache

# Snakemake has no setting for it; it makes its cache of the class of this name once the Snakefile is read
engine.LocalOutputFileCache = CheckedOutputFileCache
