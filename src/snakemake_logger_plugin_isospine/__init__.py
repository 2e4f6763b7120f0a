"""Snakemake logger plugin `isospine`: a quiet terminal, one line of progress, failures in one line each.

Every Snakemake of the environment imports this package when it starts, also for other workflows: nothing here imports
`isospine` before a run fails, and no library beyond what Snakemake has loaded.

Modules
-------
`handler`
    What of a run is shown, by Snakemake's records.
`screen`
    One line that changes on a terminal, a line now and then in a file.
"""

from snakemake_logger_plugin_isospine.handler import LogHandler

__all__ = ["LogHandler"]
