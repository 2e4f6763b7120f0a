"""What a job prints goes into its log file, and an input error ends it with that one message."""

import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isospine.errors import InputError
from isospine.failures import ENDED
from isospine.memory import peak_memory_mb


@contextmanager
def job_log(path: str | Path) -> Iterator[None]:
    """Send standard output and error, of child processes too, to a log file, which ends with what the job took.

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
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            yield
            print(
                f"{ENDED}{time.perf_counter() - start:.1f} s and at most {peak_memory_mb():.0f} MB of memory"
            )
        except InputError as error:
            sys.stdout.flush()  # what was printed before comes before
            print(f"ERROR: {error}", file=sys.stderr)
            sys.exit(1)
        except Exception:
            sys.stdout.flush()
            traceback.print_exc()
            sys.exit(1)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
