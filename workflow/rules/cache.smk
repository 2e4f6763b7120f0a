"""Keep a checksum beside each file of the cache (`--cache`), so that a damaged one is made again."""

import snakemake.workflow as engine
from snakemake.caching.local import OutputFileCache

from isospine.io.checksum import is_whole, write_checksum


class CheckedOutputFileCache(OutputFileCache):
    """A local cache that never returns a file whose bytes differ from those stored.

    Beside each file lies its checksum. It is written first: a killed job leaves a checksum without its file, or with
    an older file, and neither is used.
    """

    async def store(self, job):
        """Store the files of a job, and their checksums."""
        for made, stored in await self.get_outputfiles_and_cachefiles(job):
            if made.exists():  # otherwise Snakemake reports the missing output
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


# Snakemake has no setting for this; after reading the Snakefile it makes its cache from the class of this name
engine.LocalOutputFileCache = CheckedOutputFileCache
