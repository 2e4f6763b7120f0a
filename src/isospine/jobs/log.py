"""Send what a job prints into its log file, which an input error ends with that one message."""

import logging
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from isospine.errors import InputError
from isospine.io.atomic import full_disk, is_full
from isospine.jobs.failures import ENDED
from isospine.jobs.memory import peak_memory_mb
from isospine.jobs.steering import chosen_instructions
from isospine.words import printable


class LineFormatter(logging.Formatter):
    """Writes a message on one line, whatever names of files in it hold."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        return printable(super().format(record))


@contextmanager
def job_log(path: str | Path) -> Iterator[None]:
    """Send standard output and error, including those of child processes, to a log file that ends with the job's time and memory.

    Parameters
    ----------
    path : path-like
        The log file, replaced.

    Raises
    ------
    SystemExit
        With code 1 after an `InputError`, whose message is the last line of the log.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    with path.open("w", encoding="utf-8", buffering=1) as log:
        sys.stdout.flush()
        sys.stderr.flush()
        terminal = os.dup(2)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        # of this library alone: others warn of what concerns nobody who runs it
        ours, handler = logging.getLogger("isospine"), logging.StreamHandler(sys.stderr)
        handler.setFormatter(LineFormatter("%(levelname)s: %(message)s"))
        ours.setLevel(logging.INFO)
        ours.addHandler(handler)
        try:
            if chosen := chosen_instructions():
                print("environment:", *(f"{name}={value}" for name, value in chosen.items()))
            yield
            print(
                f"{ENDED}{time.perf_counter() - start:.1f} s and at most {peak_memory_mb():.0f} MB of memory"
            )
        except InputError as error:
            fail(f"ERROR: {error}", terminal)
        except Exception as error:
            if is_full(error):  # the log itself, since what else a job writes names its file
                fail(f"ERROR: {full_disk(path)}", terminal)
            fail("\n".join(map(printable, traceback.format_exc().splitlines())), terminal)
        finally:
            ours.removeHandler(handler)
            sys.stdout.flush()
            sys.stderr.flush()


def fail(reason: str, terminal: int) -> NoReturn:
    """End the job with a reason in its log or, where the disk has no space for it, on the terminal."""
    try:
        sys.stdout.flush()  # what was printed before comes before
        print(reason.rstrip(), file=sys.stderr, flush=True)
    except OSError:
        os.write(terminal, f"{reason.rstrip()}\n".encode())
        os._exit(1)  # what waits to be written to the log would fail again
    sys.exit(1)
