"""Output folder of `isospine run`, and the working folder of Snakemake that belongs to it; standard library only.

The results are a BIDS derivative dataset. What a run needs beside them is in a hidden folder, which BIDS tools pass over:
the configuration, Snakemake's notes, and `results`, a link to the output folder.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from isospine.errors import InputError
from isospine.io.atomic import read_json, write_json

HIDDEN = ".isospine"
RECORD = "run.json"
RESULTS = "results"


def hidden_in(output: Path) -> Path:
    """Folder of what belongs to a run and is no result."""
    return output / HIDDEN


@dataclass(frozen=True)
class RunFolder:
    """Folders of a run.

    Attributes
    ----------
    output : Path
        Of the results; absolute.
    work : Path
        In which Snakemake works; absolute.
    """

    output: Path
    work: Path

    @property
    def config(self) -> Path:
        """Overlay on the packaged configuration that the last run recorded."""
        return self.work / "config.yaml"

    @property
    def left_out(self) -> Path:
        """Images that the tables go on without."""
        return self.output / "left_out.tsv"

    @property
    def is_hidden(self) -> bool:
        """Whether the working folder is the default one."""
        return self.work == hidden_in(self.output)

    def create(self) -> None:
        """Make both folders, the link between them, and the records by which each of them finds the other.

        Raises
        ------
        InputError
            If the working folder belongs to another run, or holds other results.
        """
        link, target = self.work / RESULTS, ".." if self.is_hidden else str(self.output)
        known = output_of(self.work)
        if known not in (None, self.output):
            raise InputError(f"--work-dir: {self.work} is that of the run to {known}; name another folder")
        if os.path.lexists(link) and not (link.is_symlink() and os.readlink(link) == target):
            raise InputError(f"{link}: is no link to {self.output}; move it away, or name another --work-dir")
        self.work.mkdir(parents=True, exist_ok=True)
        hidden_in(self.output).mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(target)
        if not self.is_hidden:
            write_json(self.work / RECORD, {"output": str(self.output)})
        write_json(hidden_in(self.output) / RECORD, {} if self.is_hidden else {"work": str(self.work)})

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other runs out of the folders during the block; a run that was killed keeps nobody out.

        Raises
        ------
        InputError
            If another run is at work.
        """
        with (self.work / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    f"{self.output}: another run is at work there; wait for it to end, or stop it. For several subjects at a "
                    "time: one run with --cores, or --profile slurm"
                ) from None
            yield


def find_run(output: Path) -> RunFolder | None:
    """Folders of the run to an output folder; None if there was none."""
    output = Path(os.path.abspath(output))
    record = hidden_in(output) / RECORD
    if not record.is_file():
        return None
    return RunFolder(output, Path(read_json(record).get("work", hidden_in(output))))


def output_of(work: Path) -> Path | None:
    """Output folder of the run that works in a folder; None for the working directory of a plain `snakemake`."""
    record = work / RECORD
    if not record.is_file():
        return None
    stated = read_json(record).get("output")
    return Path(stated) if stated else work.absolute().parent
