"""Run commands that use a network: retry after a pause, and abort a transfer that stalls."""

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_chain,
    wait_random,
)

from isospine.errors import PassingError

#: Seconds between one try and the next, each with up to a quarter more or less, so that jobs do not ask in step.
PAUSES = (2.0, 8.0, 32.0)

#: Seconds without a byte before a transfer is aborted.
PATIENCE = 300.0

#: Messages of a remote that a retry would repeat.
PERMANENT = re.compile(
    "not found|does not exist|not appear to be|authentication|unauthorized|forbidden|permission denied|"
    "could not read (?:username|password)|error: 40[134]",
    re.IGNORECASE,
)

T = TypeVar("T")


def try_again(action: Callable[[], T]) -> T:
    """Run an action, and retry after a pause if the failure may be temporary.

    Parameters
    ----------
    action : callable
        Raises `PassingError` where another try is worth it. Any other error is raised at once.

    Raises
    ------
    PassingError
        From the last attempt. Earlier failures and the pauses are printed.
    """
    return Retrying(
        retry=retry_if_exception_type(PassingError),
        stop=stop_after_attempt(len(PAUSES) + 1),
        wait=wait_chain(*(wait_random(0.75 * pause, 1.25 * pause) for pause in PAUSES)),
        before_sleep=_print_failure,
        reraise=True,
    )(action)


def _print_failure(state: RetryCallState) -> None:
    """Print why an attempt failed, and when the next one begins."""
    error = state.outcome.exception() if state.outcome else None
    pause = state.upcoming_sleep
    print(f"Try {state.attempt_number} of {len(PAUSES) + 1}: {error}. The next in {pause:.1f} s.", flush=True)


def run_patiently(command: list[str], folder: Path, growing: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as long as files grow, and end it with all its children once they stop growing.

    Parameters
    ----------
    command : list of str
        The program, found on PATH, and its arguments.
    folder : Path
        Where to run it.
    growing : Path
        The folder that it transfers into; it need not exist yet.

    Returns
    -------
    CompletedProcess
        With `returncode`, and `stdout` and `stderr` as text in which undecodable bytes survive.

    Raises
    ------
    PassingError
        If nothing changed in `growing` for `PATIENCE` seconds.

    Notes
    -----
    Call it in the main thread only: it also ends the command when this process is asked to end (SIGTERM).
    """
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        # a new session: grandchildren are ended too, and none can prompt on the terminal
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        with _ended(process):
            _wait(process, command, growing)
        texts = []
        for stream in (stdout, stderr):
            stream.seek(0)
            texts.append(os.fsdecode(stream.read()))
    return subprocess.CompletedProcess(command, process.returncode, *texts)


def _wait(process: subprocess.Popen[bytes], command: list[str], growing: Path) -> None:
    """Wait for a process to end."""
    seen, since, pause = -1, time.monotonic(), 0.01
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(pause)
            return
        pause = min(2 * pause, 1.0)
        size = _size(growing)
        if size != seen:
            seen, since = size, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            raise PassingError(f"{' '.join(command)}: stalled, no data for {PATIENCE:g} seconds")


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a process and its children with the block, also when this process is asked to end."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        signal.signal(signal.SIGTERM, before)


def _size(folder: Path) -> int:
    """Sum the bytes of all files below a folder, except those that vanish meanwhile."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_size
    return size
