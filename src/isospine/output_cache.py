"""Snakemake's cache between workflows, with a checksum beside each file, so that a damaged one is made again."""

from pathlib import Path

from snakemake.caching.local import OutputFileCache
from snakemake.jobs import Job
from snakemake.logging import logger

from isospine.files import sha256_of, write_text


class CheckedOutputFileCache(OutputFileCache):  # type: ignore[misc]  # Snakemake has no types
    """A local cache that gives no file whose bytes are not those that were stored.

    Beside each file lies one of its name with ``.sha256`` behind it, as ``sha256sum --check`` reads it. It is written
    first: what a killed job left is a checksum without its file, or with an older file, and neither is taken.
    """

    async def store(self, job: Job) -> None:
        """Store the files that a job made, and their checksums."""
        for made, stored in await self.get_outputfiles_and_cachefiles(job):
            if made.exists():  # else Snakemake says that the job did not make it
                checksum = checksum_file(stored)
                write_text(checksum, f"{sha256_of(made)}  {stored.name}\n")
                self.set_permissions(checksum)
        await super().store(job)

    async def fetch(self, job: Job) -> None:
        """Link the files of a job from the cache, unless one of them is missing or damaged."""
        for _, stored in await self.get_outputfiles_and_cachefiles(job):
            if stored.exists() and not is_whole(stored):
                logger.warning(
                    f"{stored} in the cache does not have the checksum of what was stored; it is made again."
                )
                self.raise_cache_miss_exception(job)
        await super().fetch(job)


def checksum_file(stored: Path) -> Path:
    """Where the checksum of a file in the cache is."""
    return stored.with_name(f"{stored.name}.sha256")


def is_whole(stored: Path) -> bool:
    """Whether a file in the cache has the bytes that its checksum says; not if it has none."""
    try:
        said = checksum_file(stored).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return False
    return said[:1] == [sha256_of(stored)]
