"""What `--cache` takes from other working directories has a checksum beside it, so that a damaged file is made again."""

import snakemake.workflow as engine
from snakemake.caching.local import OutputFileCache

from isospine.io.checksum import is_whole, write_checksum


class CheckedOutputFileCache(OutputFileCache):
    """A local cache that gives no file whose bytes are not those that were stored.

    Beside each file lies its checksum. It is written first: what a killed job left is a checksum without its file, or
    with an older file, and neither is taken.
    """

    async def store(self, job):
        """Store the files that a job made, and their checksums."""
        for made, stored in await self.get_outputfiles_and_cachefiles(job):
            if made.exists():  # else Snakemake says that the job did not make it
                self.set_permissions(write_checksum(stored, made))
        await super().store(job)

    async def fetch(self, job):
        """Link the files of a job from the cache, unless one of them is missing or damaged."""
        for _, stored in await self.get_outputfiles_and_cachefiles(job):
            if stored.exists() and not is_whole(stored):
                logger.warning(
                    f"{stored} in the cache does not have the checksum of what was stored; it is made again."
                )
                self.raise_cache_miss_exception(job)
        await super().fetch(job)


# Snakemake has no setting for it; it makes its cache of the class of this name once the Snakefile is read
engine.LocalOutputFileCache = CheckedOutputFileCache
