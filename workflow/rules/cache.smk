"""What `--cache` takes from other working directories has a checksum beside it, so that a damaged file is made again."""

import snakemake.workflow as engine
from snakemake.caching.local import OutputFileCache

from isospine.io.atomic import sha256_of, write_text


class CheckedOutputFileCache(OutputFileCache):
    """A local cache that gives no file whose bytes are not those that were stored.

    Beside each file lies one of its name with ``.sha256`` behind it, as ``sha256sum --check`` reads it. It is written
    first: what a killed job left is a checksum without its file, or with an older file, and neither is taken.
    """

    async def store(self, job):
        """Store the files that a job made, and their checksums."""
        for made, stored in await self.get_outputfiles_and_cachefiles(job):
            if made.exists():  # else Snakemake says that the job did not make it
                checksum = checksum_file(stored)
                write_text(checksum, f"{sha256_of(made)}  {stored.name}\n")
                self.set_permissions(checksum)
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


def checksum_file(stored):
    """Where the checksum of a file in the cache is."""
    return stored.with_name(f"{stored.name}.sha256")


def is_whole(stored):
    """Whether a file in the cache has the bytes that its checksum says; not if it has none."""
    try:
        said = checksum_file(stored).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return False
    return said[:1] == [sha256_of(stored)]


# Snakemake has no setting for it; it makes its cache of the class of this name once the Snakefile is read
engine.LocalOutputFileCache = CheckedOutputFileCache
