"""The snakemake command, asking every second what became of submitted jobs.

The Slurm plugin asks after some seconds, and waits ten seconds longer each time that nothing has ended: with jobs of
a few seconds, a run would be nothing but waiting. Only the process that submits is changed, not its jobs.
"""

import asyncio

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor


async def sleep(executor: RemoteExecutor) -> None:
    """Wait between two questions."""
    await asyncio.sleep(1)


if __name__ == "__main__":
    RemoteExecutor.sleep = sleep
    main()
